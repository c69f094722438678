import { repairTime } from '#gateway/journal/clock-runs.ts';
import type { CursorExtras, Journal } from '#gateway/journal/journal.ts';
import { MAX_FILTER_STATE_BYTES } from '#gateway/journal/limits.ts';
import { clippedTo } from '#gateway/journal/lost-ranges.ts';
import { isPossibleDate } from '#gateway/model/clock-mark.ts';
import type { Stamp, StreamId } from '#gateway/model/message.ts';
import { type Clock, wait } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { Shaper } from '#gateway/sinks/shape/shaper.ts';
import { ConditionTally } from './condition-tally.ts';
import type { DeliveryAction, DeliveryPolicy, ReadInput } from './delivery-state.ts';
import { FilterTrail } from './filter-trail.ts';
import type { LaneRead, LaneSource } from './lane-source.ts';
import type { LaneEntry } from './run.ts';
import type { Packet, Target } from './target.ts';
import { withLosses } from './with-losses.ts';

/** Decoding, filtering and preparing more in one turn of the event loop would keep others waiting: a client of the broker takes several turns to log in. */
const MAX_READ_EVENTS = 256;
/** How soon a journal that could not be read is asked again. */
const READ_RETRY_MS = 1000;

/** While the journal has been told of none. */
const NO_RUN = '0'.repeat(16);

/** What a {@link RunReader} is made of. */
export interface RunReaderOptions<P extends Packet> {
  readonly target: Pick<Target<P>, 'prepare'>;
  readonly journal: Pick<Journal, 'clockRuns'>;
  readonly shaper: Shaper;
  readonly policy: Pick<DeliveryPolicy, 'window'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is to be read. */
export type ReadRequest = Extract<DeliveryAction<Packet>, { kind: 'read' }>;

/** Reads what the runs of a sink ask for, filters it, and has the target prepare what passes. */
export class RunReader<P extends Packet> {
  /** What its conditions left out since the start. */
  readonly conditions = new ConditionTally();
  readonly #options: RunReaderOptions<P>;
  readonly #trails = new Map<StreamId, Map<number, FilterTrail>>();

  constructor(options: RunReaderOptions<P>) {
    this.#options = options;
  }

  /** What the filter remembered when the cursor was saved counts for the oldest run. */
  resume(lane: StreamId, oldestRunId: number, filterState: Uint8Array | undefined): void {
    const { shaper, logger } = this.#options;
    const trail = new FilterTrail(shaper, filterState, (reason) =>
      logger.warn(
        { stream: lane, reason },
        'What the filter remembered cannot be read; each topic is forwarded once more.',
      ),
    );
    this.#trails.set(lane, new Map([[oldestRunId, trail]]));
  }

  /**
   * Waits until there is something.
   *
   * @param isWanted asked when there is: what nobody wants any more must leave no trace in the memory of the filter
   * @returns nothing when it is not wanted any more
   */
  async read(
    source: LaneSource,
    request: ReadRequest,
    signal: AbortSignal,
    isWanted: () => boolean,
  ): Promise<ReadInput<P> | undefined> {
    let result = await this.#readOnce(source, request.from, signal);
    while (result === undefined && !signal.aborted) {
      await wait(this.#options.clock, READ_RETRY_MS, signal);
      result = await this.#readOnce(source, request.from, signal);
    }
    if (result === undefined || !isWanted()) return undefined;
    const { stream, runId, from, to } = request;
    const throughSequence = Math.min(result.nextSequence - 1, to);
    const entries = source.isRedrive ? this.#redriven(request, result) : this.#shaped(request, result, throughSequence);
    return { kind: 'read', stream, runId, from, entries, throughSequence };
  }

  /** The lane has come further. @returns what its cursor is to keep beside that */
  commit({ stream, ranges, runs }: Extract<DeliveryAction<P>, { kind: 'advance' }>): CursorExtras {
    const trails = this.#trails.get(stream);
    const [oldest] = runs;
    if (trails === undefined || oldest === undefined) return { ranges };
    const newest = runs.at(-1) ?? oldest;
    for (const id of trails.keys()) if (id !== oldest.id && id !== newest.id) trails.delete(id);
    trails.get(newest.id)?.commit(newest.acknowledgedSequence);
    const trail = trails.get(oldest.id);
    trail?.commit(oldest.acknowledgedSequence);
    return { ranges, ...(trail && { filterState: () => trail.encode(MAX_FILTER_STATE_BYTES) }) };
  }

  /** @returns nothing when the loop is stopping, or when the journal could not be read */
  async #readOnce(source: LaneSource, from: number, signal: AbortSignal): Promise<LaneRead | undefined> {
    const { policy, logger } = this.#options;
    try {
      await source.waitFor(from, signal);
      if (signal.aborted) return undefined;
      const { maxEvents, maxBytes } = policy.window;
      return await source.read(from, { maxEvents: Math.min(maxEvents, MAX_READ_EVENTS), maxBytes });
    } catch (error) {
      // A journal that closes is no fault to tell of.
      if (signal.aborted) return undefined;
      logger.error({ stream: source.lane, from, error }, 'The journal could not be read; trying again.');
      return undefined;
    }
  }

  #shaped(request: ReadRequest, { records, lost }: LaneRead, through: number): readonly LaneEntry<P>[] {
    const { stream, runId, from, isReplayed } = request;
    const { target, journal, clock } = this.#options;
    const trail = this.#trailOf(stream, runId);
    trail.rewind(from);
    const losses = lost.length === 0 ? lost : clippedTo(lost, from, through);
    const readAtMs = clock.monotonicMs();
    const entries: LaneEntry<P>[] = [];
    let { prev } = request;
    for (const found of withLosses(stream, { records, lost: losses }, this.#stamp())) {
      const { sequence, firstLost } = found;
      if (sequence > through) break;
      const isNew = sequence > trail.decidedSequence;
      // Nobody knows whether what is gone would have passed the filter.
      const decision = firstLost === undefined ? trail.decide(sequence, found.record) : undefined;
      if (decision?.passes === false) {
        if (isNew) this.conditions.note(decision);
        continue;
      }
      const record = decision?.record ?? found.record;
      const stored = record === found.record ? found : { ...found, record };
      const accepted = repairTime(journal.clockRuns, record.stamp);
      const packet = target.prepare({ stored, prev, isReplayed, accepted });
      const lostCount = firstLost === undefined ? 0 : sequence - firstLost + 1;
      entries.push({ ...FRESH, sequence, prev, packet, stored, readAtMs, isReplayed, lostCount });
      prev = sequence;
    }
    return entries;
  }

  /** What was refused before passed the filter then. */
  #redriven({ isReplayed }: ReadRequest, { records, positions = [] }: LaneRead): readonly LaneEntry<P>[] {
    const { target, journal, clock } = this.#options;
    const readAtMs = clock.monotonicMs();
    return records.map((stored, index) => {
      const accepted = repairTime(journal.clockRuns, stored.record.stamp);
      const packet = target.prepare({ stored, prev: 0, isReplayed, accepted });
      const sequence = positions[index] ?? stored.sequence;
      return { ...FRESH, sequence, prev: 0, packet, stored, readAtMs, isReplayed, lostCount: 0 };
    });
  }

  #trailOf(stream: StreamId, runId: number): FilterTrail {
    const trails = this.#trails.get(stream) ?? new Map<number, FilterTrail>();
    this.#trails.set(stream, trails);
    const trail = trails.get(runId) ?? new FilterTrail(this.#options.shaper);
    trails.set(runId, trail);
    return trail;
  }

  /** The time, for a loss that has no record beside it. */
  #stamp(): Stamp {
    const { clock, journal } = this.#options;
    const clockRun = journal.clockRuns.at(-1)?.id ?? NO_RUN;
    const wallMs = clock.wallMs();
    const quality = isPossibleDate(wallMs) ? 'system' : 'none';
    return { wallMs, monotonicMs: clock.monotonicMs(), clockRun, quality };
  }
}

/** Of an entry that was never sent. */
const FRESH = { attempts: 0, isTombstone: false } as const;
