/** Collects the first line of a byte stream, and no more than `maxBytes` of it. */
export class BoundedLine {
  readonly #maxBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #sizeBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next bytes; what follows the line end is ignored. */
  push(chunk: Uint8Array): { readonly text: string } | 'incomplete' | 'tooLong' {
    const end = chunk.indexOf(0x0a);
    const part = end < 0 ? chunk : chunk.subarray(0, end);
    this.#sizeBytes += part.length;
    if (this.#sizeBytes > this.#maxBytes) return 'tooLong';
    this.#chunks.push(part);
    return end < 0 ? 'incomplete' : { text: Buffer.concat(this.#chunks).toString('utf8') };
  }
}
