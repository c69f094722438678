import type { Stamp } from '#gateway/model/message.ts';

/** So many chunks are remembered: at one byte each, more than the longest sentence. */
export const MAX_ARRIVALS = 256;

/** Tells when a byte of a stream came, by the chunk that brought it, as far back as it remembers. */
export class ArrivalLog {
  readonly #arrivals: { readonly endOffset: number; readonly stamp: Stamp }[] = [];
  #endOffset = 0;

  /** A chunk came. */
  note(sizeBytes: number, stamp: Stamp): void {
    this.#endOffset += sizeBytes;
    this.#arrivals.push({ endOffset: this.#endOffset, stamp });
    if (this.#arrivals.length > MAX_ARRIVALS) this.#arrivals.shift();
  }

  /** @returns when the byte came, at the latest; undefined if it has not come */
  find(offset: number): Stamp | undefined {
    return this.#arrivals.find(({ endOffset }) => endOffset > offset)?.stamp;
  }
}
