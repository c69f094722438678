import { closeSync, openSync, readSync } from 'node:fs';

/** Reads a file of lines that another process appends to: each call gives the complete lines that have come since the last. */
export class NdjsonTail implements Disposable {
  readonly #path: string;
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  #fd: number | undefined;
  #offset = 0;
  /** The beginning of a line whose end has not been written yet. */
  #rest: Buffer = Buffer.alloc(0);

  /** @param path of a file that need not exist yet */
  constructor(path: string) {
    this.#path = path;
  }

  /** Holds one chunk and one line at a time, however long the file is. */
  *readNew(): Generator<string> {
    this.#fd ??= openIfThere(this.#path);
    if (this.#fd === undefined) return;
    for (;;) {
      const sizeBytes = readSync(this.#fd, this.#chunk, 0, CHUNK_BYTES, this.#offset);
      if (sizeBytes === 0) return;
      this.#offset += sizeBytes;
      const bytes = Buffer.concat([this.#rest, this.#chunk.subarray(0, sizeBytes)]);
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      this.#rest = bytes.subarray(end);
      for (const line of bytes.toString('utf8', 0, end).split('\n')) if (line !== '') yield line;
    }
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
