import type { ClockRuns } from '#gateway/journal/clock-runs.ts';
import type { JournalStream } from '#gateway/journal/journal.ts';
import type { StoredRecord } from '#gateway/model/message.ts';
import type { Mark } from './state-codec.ts';

/** What is read of a stream at a time. */
export const REPLAY_READ_LIMIT = { maxEvents: 500, maxBytes: 2 ** 20 };

/** A part of the journal that {@link replayTail} reads. */
export type ReplayedStream = Pick<JournalStream, 'id' | 'syncedSequence' | 'oldestSequence' | 'read'>;

/** What {@link replayTail} needs. */
export interface ReplayOptions {
  readonly streams: readonly ReplayedStream[];
  readonly marks: ReadonlyMap<string, Mark>;
  readonly clockRuns: ClockRuns;
  /** One record after the other, oldest first. */
  readonly visit: (stored: StoredRecord) => void;
}

/** What was read. */
export interface Replayed {
  readonly recordCount: number;
  /** Records beyond a mark that are gone: damaged, or dropped to make room. */
  readonly lostCount: number;
}

/**
 * Reads the records beyond the marks, merged over the streams in the order in which they were accepted: by clock run and
 * monotonic time, which no change of the date disturbs. Within a stream the order is that of the sequences.
 */
export async function replayTail({ streams, marks, clockRuns, visit }: ReplayOptions): Promise<Replayed> {
  const runIndexes = new Map(clockRuns.map(({ id }, index) => [id, index]));
  const tails = streams.map((stream) => new Tail(stream, marks.get(stream.id)));
  for (const tail of tails) await tail.fill();
  let recordCount = 0;
  for (let oldest = oldestOf(tails, runIndexes); oldest?.next !== undefined; oldest = oldestOf(tails, runIndexes)) {
    visit(oldest.next);
    recordCount++;
    oldest.shift();
    if (oldest.next === undefined) await oldest.fill();
  }
  return { recordCount, lostCount: tails.reduce((sum, { lostCount }) => sum + lostCount, 0) };
}

/** One stream from its mark on. */
class Tail {
  lostCount = 0;
  readonly #stream: ReplayedStream;
  readonly #mark: Mark | undefined;
  #records: readonly StoredRecord[] = [];
  #index = 0;
  #from: number;

  constructor(stream: ReplayedStream, mark: Mark | undefined) {
    this.#stream = stream;
    this.#mark = mark;
    // Where the stream ends before its mark, it has begun anew: what it holds may be of another epoch, with sequences of its own.
    const isBehind = mark !== undefined && stream.syncedSequence < mark.sequence;
    this.#from = mark === undefined || isBehind ? stream.oldestSequence : mark.sequence + 1;
  }

  get next(): StoredRecord | undefined {
    return this.#records[this.#index];
  }

  shift(): void {
    this.#index++;
  }

  /** Reads on until there is a record that was not dealt with, or no more. */
  async fill(): Promise<void> {
    while (this.next === undefined && this.#from <= this.#stream.syncedSequence) {
      const { records, lost, nextSequence } = await this.#stream.read(this.#from, REPLAY_READ_LIMIT);
      this.#records = records.filter((stored) => !this.#isDone(stored));
      this.#index = 0;
      for (const { from, to } of lost) this.lostCount += to - from + 1;
      this.#from = nextSequence;
    }
  }

  #isDone({ epoch, sequence }: StoredRecord): boolean {
    return this.#mark !== undefined && epoch === this.#mark.epoch && sequence <= this.#mark.sequence;
  }
}

function oldestOf(tails: readonly Tail[], runIndexes: ReadonlyMap<string, number>): Tail | undefined {
  let oldest: Tail | undefined;
  for (const tail of tails) {
    if (tail.next === undefined) continue;
    if (oldest?.next === undefined || isBefore(tail.next, oldest.next, runIndexes)) oldest = tail;
  }
  return oldest;
}

/** A run that nothing is known of is older than those that are remembered. */
function isBefore(one: StoredRecord, other: StoredRecord, runIndexes: ReadonlyMap<string, number>): boolean {
  const { stamp } = one.record;
  const { stamp: otherStamp } = other.record;
  if (stamp.clockRun === otherStamp.clockRun) return stamp.monotonicMs < otherStamp.monotonicMs;
  return (runIndexes.get(stamp.clockRun) ?? -1) < (runIndexes.get(otherStamp.clockRun) ?? -1);
}
