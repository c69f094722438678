import { sinkOf } from './letter.ts';
import type { LetterPlace } from './letter-codec.ts';

/** What is known in memory of a letter. */
export interface LetterEntry extends LetterPlace {
  /** What it takes in the log: see {@link sizeInLog}. */
  readonly sizeBytes: number;
}

/** How many letters a sink has. */
export interface LetterCounts {
  /** That are there. */
  waiting: number;
  /** That had to go since the first of all, because there was no room. */
  evicted: number;
}

/** Which letters there are, the oldest first: all that is kept of them in memory. */
export class LetterIndex {
  readonly #entries = new Map<string, LetterEntry>();
  readonly #counts = new Map<string, LetterCounts>();
  #sizeBytes = 0;

  get count(): number {
    return this.#entries.size;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** In the order of the sinks' first letters. */
  get sinks(): Iterable<readonly [sink: string, counts: Readonly<LetterCounts>]> {
    return this.#counts;
  }

  get(id: string): LetterEntry | undefined {
    return this.#entries.get(id);
  }

  /** A letter that is there already keeps its place. */
  set(id: string, entry: LetterEntry): void {
    const before = this.#entries.get(id);
    this.#sizeBytes += entry.sizeBytes - (before?.sizeBytes ?? 0);
    if (before === undefined) this.#countsOf(sinkOf(id)).waiting++;
    this.#entries.set(id, entry);
  }

  /** @returns whether it was there */
  delete(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    this.#sizeBytes -= entry.sizeBytes;
    this.#countsOf(sinkOf(id)).waiting--;
    return this.#entries.delete(id);
  }

  /** @returns how many of its sink have gone so */
  evict(id: string): number {
    const counts = this.#countsOf(sinkOf(id));
    if (this.delete(id)) counts.evicted++;
    return counts.evicted;
  }

  /** As an earlier process has counted. */
  setEvicted(sink: string, count: number): void {
    this.#countsOf(sink).evicted = count;
  }

  countsOf(sink: string): Readonly<LetterCounts> {
    return this.#counts.get(sink) ?? NONE;
  }

  /** The oldest but this one. */
  oldestBut(id: string): string | undefined {
    for (const each of this.#entries.keys()) if (each !== id) return each;
    return undefined;
  }

  /** Those behind a place in the order, the oldest first; of one sink, or of all. Changes meanwhile are seen. */
  *behind(order: number, sink?: string): Generator<readonly [id: string, entry: LetterEntry]> {
    const prefix = sink === undefined ? '' : `${sink}/`;
    for (const each of this.#entries) if (each[1].order > order && each[0].startsWith(prefix)) yield each;
  }

  #countsOf(sink: string): LetterCounts {
    let counts = this.#counts.get(sink);
    if (counts === undefined) {
      counts = { waiting: 0, evicted: 0 };
      this.#counts.set(sink, counts);
    }
    return counts;
  }
}

const NONE: LetterCounts = { waiting: 0, evicted: 0 };

/** What a letter takes in a record of the log: two keys may name it. */
export function sizeInLog(id: string, valueBytes: number): number {
  return valueBytes + 2 * id.length + OVERHEAD_BYTES;
}

const OVERHEAD_BYTES = 32;
