const CR = 0x0d;
const LF = 0x0a;
const BEL = 0x07;

/** Longest line kept: a CAN FD frame with a timestamp has 146 characters, a free-text version may have more than a frame. */
export const MAX_SLCAN_LINE_BYTES = 160;

/** What {@link SlcanLineCutter} finds in a stream. */
export interface SlcanLineSink {
  /** The line is what is in `bytes` from `start` up to `end`, during the call. */
  onLine(bytes: Uint8Array, start: number, end: number): void;
  onBell(hadPartialLine: boolean): void;
  onOverlongLine(): void;
}

/**
 * Cuts SLCAN traffic into lines ended by CR, in fixed memory, for either end of the cable. A bell ends a line too: it is an adapter's
 * whole answer, and what came before it will never be finished. Line feeds, which some adapters add, are passed over.
 *
 * A line that lies whole in a chunk is handed on where it lies; only one that is split over chunks is copied.
 */
export class SlcanLineCutter {
  readonly #sink: SlcanLineSink;
  readonly #line = new Uint8Array(MAX_SLCAN_LINE_BYTES);
  #sizeBytes = 0;
  #isOverlong = false;

  constructor(sink: SlcanLineSink) {
    this.#sink = sink;
  }

  push(chunk: Uint8Array): void {
    const { length } = chunk;
    let start = 0;
    for (let index = 0; index < length; index++) {
      const byte = chunk[index] ?? 0;
      // One comparison for each byte of a frame: what ends a line is not above CR.
      if (byte > CR) continue;
      if (byte === CR || byte === BEL) this.#end(chunk, start, index);
      else if (byte === LF) this.#keep(chunk, start, index);
      else continue;
      start = index + 1;
    }
    this.#keep(chunk, start, length);
  }

  /** Ends the line that has begun, if one has. */
  flush(): void {
    if (this.#sizeBytes > 0 || this.#isOverlong) this.push(Uint8Array.of(CR));
  }

  #end(chunk: Uint8Array, start: number, end: number): void {
    const isBell = chunk[end] === BEL;
    const isWhole = this.#sizeBytes === 0 && !this.#isOverlong && end - start <= MAX_SLCAN_LINE_BYTES;
    if (isWhole && !isBell) {
      this.#sink.onLine(chunk, start, end);
      return;
    }
    this.#keep(chunk, start, end);
    const sizeBytes = this.#sizeBytes;
    const isOverlong = this.#isOverlong;
    this.#sizeBytes = 0;
    this.#isOverlong = false;
    if (isOverlong) this.#sink.onOverlongLine();
    if (isBell) this.#sink.onBell(!isOverlong && sizeBytes > 0);
    else if (!isOverlong) this.#sink.onLine(this.#line, 0, sizeBytes);
  }

  #keep(chunk: Uint8Array, start: number, end: number): void {
    if (this.#sizeBytes + end - start > MAX_SLCAN_LINE_BYTES) this.#isOverlong = true;
    if (this.#isOverlong) return;
    for (let index = start; index < end; index++) this.#line[this.#sizeBytes++] = chunk[index] ?? 0;
  }
}
