import type { AcknowledgedRange, CursorExtras, ReadLimit } from '#gateway/journal/journal.ts';
import type { WaystationError } from '#gateway/model/errors.ts';
import type { StoredRecord, StreamId } from '#gateway/model/message.ts';
import type { DeadLetters, RefusedEvent } from '#gateway/sinks/dead-letters/dead-letters.ts';
import type { LaneRead, LaneSource } from './lane-source.ts';

/** Dead letters in memory, for tests of the loop. */
export class FakeDeadLetters implements DeadLetters {
  readonly buried: RefusedEvent[] = [];
  readonly queue = new FakeQueue();
  /** What becomes of the next one. */
  failure: WaystationError | undefined;

  async bury(letter: RefusedEvent): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.buried.push(letter);
  }

  queueOf(): FakeQueue {
    return this.queue;
  }
}

/** What a person wants tried again. */
export class FakeQueue implements LaneSource {
  // A brand is only a type.
  readonly lane = 'deadletters' as StreamId;
  readonly isRedrive = true;
  acknowledgedSequence = 0;
  forwardedSequence = 0;
  readonly ranges: readonly AcknowledgedRange[] = [];
  readonly #records: StoredRecord[] = [];
  #wake: () => void = () => {};

  get extent() {
    return { oldestSequence: 1, syncedSequence: this.#records.length, losses: [] };
  }

  redrive(stored: StoredRecord): void {
    this.#records.push(stored);
    this.#wake();
  }

  async read(from: number, { maxEvents }: ReadLimit): Promise<LaneRead> {
    const records = this.#records.slice(from - 1, from - 1 + maxEvents);
    return {
      records,
      positions: records.map((_, index) => from + index),
      lost: [],
      nextSequence: from + records.length,
    };
  }

  waitFor(position: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.#records.length >= position || signal.aborted) resolve();
      };
      this.#wake = check;
      signal.addEventListener('abort', check);
      check();
    });
  }

  advance(acknowledgedSequence: number, forwardedSequence: number, _extras?: CursorExtras): void {
    this.acknowledgedSequence = acknowledgedSequence;
    this.forwardedSequence = forwardedSequence;
  }

  async persist(): Promise<void> {}
}
