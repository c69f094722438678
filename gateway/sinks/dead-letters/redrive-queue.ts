import type { ReadLimit } from '#gateway/journal/journal.ts';
import type { StreamExtent } from '#gateway/journal/owed.ts';
import { DEAD_LETTERS_STREAM } from '#gateway/model/built-in-streams.ts';
import type { StoredRecord } from '#gateway/model/message.ts';
import type { LaneRead, LaneSource } from '#gateway/sinks/delivery/lane-source.ts';

/** Where the letters of a queue are kept. */
export interface LetterShelf {
  /** The event of a letter; undefined where it is not to be had any more. */
  take(id: string): Promise<StoredRecord | undefined>;
  /** The target has taken these: they are no letters any more. Durable soon. */
  taken(ids: readonly string[]): void;
  /** Resolves when all of that is durable. */
  settle(): Promise<void>;
}

/**
 * The letters of one sink that a person wants tried again, as a lane [D6]: in the order in which they were marked, each at a position
 * of its own for as long as the process lives. Where the cursor of the lane passes a letter, it is gone for good; unless it was buried
 * again before, or given up by a person meanwhile.
 */
export class RedriveQueue implements LaneSource {
  readonly lane = DEAD_LETTERS_STREAM;
  readonly isRedrive = true;
  readonly ranges = [];
  readonly #shelf: LetterShelf;
  readonly #positions = new Map<string, number>();
  /** The same the other way round, in order. */
  readonly #ids = new Map<number, string>();
  readonly #waiting = new Set<() => void>();
  #lastPosition = 0;
  #acknowledgedSequence = 0;
  #forwardedSequence = 0;

  constructor(shelf: LetterShelf) {
    this.#shelf = shelf;
  }

  /** Letters that the target has not taken yet. */
  get count(): number {
    return this.#ids.size;
  }

  get extent(): StreamExtent {
    return { oldestSequence: this.#acknowledgedSequence + 1, syncedSequence: this.#lastPosition, losses: [] };
  }

  get acknowledgedSequence(): number {
    return this.#acknowledgedSequence;
  }

  get forwardedSequence(): number {
    return this.#forwardedSequence;
  }

  has(id: string): boolean {
    return this.#positions.has(id);
  }

  /** To be tried again, behind what is. */
  add(ids: readonly string[]): void {
    for (const id of ids) {
      if (this.has(id)) continue;
      this.#positions.set(id, ++this.#lastPosition);
      this.#ids.set(this.#lastPosition, id);
    }
    for (const wake of this.#waiting) wake();
  }

  /** It is to stay, or is none any more: passing its position means nothing from now on. */
  remove(id: string): void {
    const position = this.#positions.get(id);
    if (position === undefined) return;
    this.#positions.delete(id);
    this.#ids.delete(position);
  }

  async read(from: number, limit: ReadLimit): Promise<LaneRead> {
    const records: StoredRecord[] = [];
    const positions: number[] = [];
    let sizeBytes = 0;
    for (const [position, id] of this.#ids) {
      if (position < from) continue;
      const stored = await this.#shelf.take(id);
      // It may have been given up meanwhile.
      if (stored === undefined || !this.#ids.has(position)) continue;
      sizeBytes += stored.record.payload.length + stored.record.topic.length;
      const isFull = records.length >= limit.maxEvents || sizeBytes > limit.maxBytes;
      if (isFull && records.length > 0) return { records, positions, lost: [], nextSequence: position };
      records.push(stored);
      positions.push(position);
    }
    return { records, positions, lost: [], nextSequence: Math.max(from, this.#lastPosition + 1) };
  }

  waitFor(position: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.#lastPosition < position && !signal.aborted) return;
        this.#waiting.delete(check);
        signal.removeEventListener('abort', check);
        resolve();
      };
      this.#waiting.add(check);
      signal.addEventListener('abort', check);
      check();
    });
  }

  advance(acknowledgedSequence: number, forwardedSequence: number): void {
    this.#acknowledgedSequence = acknowledgedSequence;
    this.#forwardedSequence = forwardedSequence;
    const taken: string[] = [];
    for (const [position, id] of this.#ids) {
      if (position > acknowledgedSequence) break;
      taken.push(id);
    }
    for (const id of taken) this.remove(id);
    if (taken.length > 0) this.#shelf.taken(taken);
  }

  persist(): Promise<void> {
    return this.#shelf.settle();
  }
}
