import { repairTime, trustedTimeOf } from '#gateway/journal/clock-runs.ts';
import type { Journal } from '#gateway/journal/journal.ts';
import type { Stamp, StreamId } from '#gateway/model/message.ts';
import type { LaneStatus, SinkStatus } from '#gateway/model/sink-status.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import { TailMarks } from './tail-marks.ts';

/** A read may have to look through a segment from its start: while a sink works off a backlog of an earlier run, it is not done at every look. */
const READ_INTERVAL_MS = 10_000;

/** What {@link OldestUnsent} needs. */
export interface OldestUnsentOptions {
  readonly journal: Pick<Journal, 'stream' | 'clockRuns'>;
  readonly clock: Clock;
}

/** The first record that is there at or behind `sequence`, read from the journal. */
interface OldRecord {
  readonly sequence: number;
  readonly readAtMs: number;
  /** False until the journal has answered: what could not be read is tried again. */
  readonly isAnswered: boolean;
  /** Until then, that of the record read before it. */
  readonly stamp?: Stamp;
}

/**
 * How long the oldest record that each sink still owes has waited. What came in since the start is known from {@link TailMarks};
 * of what an earlier run left, the record at the cursor is read from the journal, seldom. What is lost has stopped waiting: the
 * first record counts that is there.
 */
export class OldestUnsent {
  readonly #options: OldestUnsentOptions;
  readonly #marks = new TailMarks();
  readonly #oldRecords = new Map<string, OldRecord>();
  #oldestSequences: ReadonlyMap<StreamId, number> = new Map();

  constructor(options: OldestUnsentOptions) {
    this.#options = options;
  }

  /** Looks at the gateway; once a second. */
  note(status: GatewayStatus): void {
    const { streams } = status.journal;
    this.#marks.note(this.#options.clock.monotonicMs(), streams);
    this.#oldestSequences = new Map(streams.map(({ id, oldestSequence }) => [id, oldestSequence]));
    for (const sink of status.sinks) {
      for (const lane of sink.lanes) this.#readOld(sink, lane);
    }
  }

  /** Milliseconds by sink; a sink that owes nothing is absent. */
  agesMs(sinks: readonly SinkStatus[]): Readonly<Record<string, number>> {
    const ages = sinks.map((sink) => {
      const lanes = sink.lanes.filter((lane) => lane.backlogCount > 0).flatMap((lane) => this.#ageMs(sink, lane) ?? []);
      return [sink.id, lanes] as const;
    });
    return Object.fromEntries(ages.flatMap(([id, lanes]) => (lanes.length > 0 ? [[id, Math.max(...lanes)]] : [])));
  }

  #ageMs(sink: SinkStatus, lane: LaneStatus): number | undefined {
    const { clock } = this.#options;
    const syncedAtMs = this.#marks.syncedAtMs(lane.stream, this.#firstOwed(lane));
    if (syncedAtMs !== undefined) return Math.max(0, clock.monotonicMs() - syncedAtMs);
    const stamp = this.#oldRecords.get(keyOf(sink, lane.stream))?.stamp;
    return stamp && this.#sinceMs(stamp);
  }

  /** Of an earlier run only dates tell: repaired ones where the time is known, else the host's. Without any, nobody knows. */
  #sinceMs(stamp: Stamp): number | undefined {
    const { clock, journal } = this.#options;
    const { clockRuns } = journal;
    const accepted = repairTime(clockRuns, stamp);
    if (!('unixMs' in accepted)) return undefined;
    const clockRun = clockRuns.at(-1)?.id ?? '';
    const now = { wallMs: 0, monotonicMs: clock.monotonicMs(), clockRun, quality: 'none' } as const;
    return Math.max(0, (trustedTimeOf(clockRuns, now) ?? clock.wallMs()) - accepted.unixMs);
  }

  /** The first sequence that a lane owes and that retention has left. */
  #firstOwed({ stream, acknowledgedSequence }: LaneStatus): number {
    return Math.max(acknowledgedSequence + 1, this.#oldestSequences.get(stream) ?? 0);
  }

  #readOld(sink: SinkStatus, lane: LaneStatus): void {
    const { clock, journal } = this.#options;
    const key = keyOf(sink, lane.stream);
    const sequence = this.#firstOwed(lane);
    if (lane.backlogCount === 0 || this.#marks.syncedAtMs(lane.stream, sequence) !== undefined) {
      this.#oldRecords.delete(key);
      return;
    }
    const known = this.#oldRecords.get(key);
    const nowMs = clock.monotonicMs();
    const isAnswered = known?.sequence === sequence && known.isAnswered;
    if (isAnswered || (known !== undefined && nowMs - known.readAtMs < READ_INTERVAL_MS)) return;
    const reading = { ...known, sequence, readAtMs: nowMs, isAnswered: false };
    this.#oldRecords.set(key, reading);
    journal
      .stream(lane.stream)
      .read(sequence, { maxEvents: 1, maxBytes: 1 })
      .then(({ records: [stored] }) => {
        if (stored !== undefined && this.#oldRecords.get(key) === reading)
          this.#oldRecords.set(key, { ...reading, isAnswered: true, stamp: stored.record.stamp });
      })
      // The journal reports what it cannot read; the age stays what it was until it can.
      .catch(() => undefined);
  }
}

function keyOf(sink: SinkStatus, stream: StreamId): string {
  return `${sink.id}/${stream}`;
}
