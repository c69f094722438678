import { CLOCK_STREAM } from '#gateway/model/built-in-streams.ts';
import { CLOCK_MARK_KINDS, type ClockMark } from '#gateway/model/clock-mark.ts';
import type { EventRecord } from '#gateway/model/message.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { type ClockRuns, trustedTimeOf, withMark } from './clock-runs.ts';
import { MAX_CLOCK_RUNS, MAX_CLOCK_SEGMENTS } from './limits.ts';
import type { Stream } from './stream.ts';

/**
 * The clock runs, kept in a stream of their own: one record a {@link ClockMark}, its kind in the topic, the rest in the stamp.
 * That stream is written like any other, and read once, at opening.
 */
export class ClockLog implements AsyncDisposable {
  readonly #stream: Stream;
  readonly #logger: Logger;
  readonly #listeners = new Set<() => void>();
  #runs: ClockRuns;
  #trimming: Promise<void> = Promise.resolve();
  /** The clock run of this process that is under way. */
  #ownRun = '';

  private constructor(stream: Stream, runs: ClockRuns, logger: Logger) {
    this.#stream = stream;
    this.#runs = runs;
    this.#logger = logger;
  }

  /** What cannot be read is missing: then records are repaired no more, and the journal opens all the same [J5]. */
  static async load(stream: Stream, logger: Logger): Promise<ClockLog> {
    let runs: ClockRuns = [];
    try {
      let from = Math.max(stream.oldestSequence, stream.syncedSequence + 1 - MAX_READ_MARKS);
      while (from <= stream.syncedSequence) {
        const { records, nextSequence } = await stream.read(from, READ_LIMIT);
        for (const { record } of records) {
          const mark = toMark(record);
          if (mark !== undefined) runs = withMark(runs, mark);
        }
        from = nextSequence;
      }
    } catch (error) {
      logger.error(
        { stream: CLOCK_STREAM, error },
        'The clock runs cannot be read; old records keep the time they have.',
      );
    }
    return new ClockLog(stream, runs, logger);
  }

  get runs(): ClockRuns {
    return this.#runs;
  }

  /**
   * The time, if this process has known it for {@link SETTLED_MS}. What is too old goes for good, so a first date that is wrong, and is
   * taken back within that time, must make nothing old.
   */
  trustedNow(monotonicMs: number): number | undefined {
    const anchor = this.#runs.findLast(({ id }) => id === this.#ownRun)?.anchor;
    if (anchor === undefined || monotonicMs - anchor.monotonicMs < SETTLED_MS) return undefined;
    const now = { wallMs: 0, monotonicMs, clockRun: this.#ownRun, quality: 'none' } as const;
    return trustedTimeOf(this.#runs, now);
  }

  /** Counts at once, and is remembered as soon as the disk takes it. */
  add(mark: ClockMark): void {
    this.#runs = withMark(this.#runs, mark);
    this.#ownRun = mark.stamp.clockRun;
    this.#stream.append(toRecord(mark), (error) => {
      if (error === undefined) return void this.#trim();
      this.#logger.warn(
        { ...mark, error },
        'A clock run could not be written down; after a restart its records have no time.',
      );
    });
    for (const listener of this.#listeners) listener();
  }

  /** @returns what ends it */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#trimming;
    await this.#stream[Symbol.asyncDispose]();
  }

  /** Whole segments go: those left hold every run that is remembered. */
  #trim(): void {
    const { store } = this.#stream;
    this.#trimming = this.#trimming.then(async () => {
      try {
        while (store.segments.length > MAX_CLOCK_SEGMENTS) await store.dropOldest();
      } catch (error) {
        this.#logger.warn({ stream: CLOCK_STREAM, error }, 'A segment of the clock runs could not be dropped.');
      }
    });
  }
}

/** Receivers that were wrong are followed after half a minute: see the timekeeper. */
const SETTLED_MS = 60_000;
/** A run has a beginning and at most one anchor. */
const MAX_READ_MARKS = 2 * MAX_CLOCK_RUNS;
const READ_LIMIT = { maxEvents: 256, maxBytes: 64 * 1024 };
const TOPIC_ROOT = 'clock/';

function toRecord({ kind, stamp }: ClockMark): EventRecord {
  return {
    topic: `${TOPIC_ROOT}${kind}`,
    payload: new Uint8Array(),
    qos: 1,
    isRetained: false,
    isDuplicate: false,
    clientId: '@clock',
    stamp,
  };
}

/** @returns undefined for a kind of a newer version */
function toMark({ topic, stamp }: EventRecord): ClockMark | undefined {
  const kind = CLOCK_MARK_KINDS.find((known) => topic === `${TOPIC_ROOT}${known}`);
  return kind && { kind, stamp };
}
