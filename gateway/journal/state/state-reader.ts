import type { TrimmableStream } from '#gateway/journal/journal.ts';
import type { StateIndex } from './state-index.ts';
import { decodeStateRecord } from './state-record.ts';

/** Reads single values back at run time. It remembers the record that it read last, and nothing else. */
export class StateReader {
  readonly #stream: TrimmableStream;
  readonly #index: StateIndex;
  #last: { readonly sequence: number; readonly values: ReadonlyMap<string, Buffer> } | undefined;

  constructor(stream: TrimmableStream, index: StateIndex) {
    this.#stream = stream;
    this.#index = index;
  }

  /** The newest value of a key, as a view. @returns undefined where there is none, or it cannot be read [J5] */
  async read(key: string): Promise<Buffer | undefined> {
    for (let place = this.#index.placeOf(key); place !== undefined; ) {
      const values = await this.#valuesIn(place.sequence);
      const now = this.#index.placeOf(key);
      if (now === place) return values?.get(key);
      // It was copied forward or set anew meanwhile, and the record may have gone.
      place = now;
    }
    return undefined;
  }

  async #valuesIn(sequence: number): Promise<ReadonlyMap<string, Buffer> | undefined> {
    if (this.#last?.sequence === sequence) return this.#last.values;
    const [stored] = (await this.#stream.read(sequence, ONE_RECORD)).records;
    const decoded = stored?.sequence === sequence ? decodeStateRecord(stored.record) : undefined;
    if (typeof decoded !== 'object') return undefined;
    const values = new Map<string, Buffer>();
    for (const { key, value } of decoded.changes) if (value !== undefined) values.set(key, value);
    this.#last = { sequence, values };
    return values;
  }
}

const ONE_RECORD = { maxEvents: 1, maxBytes: 1 };
