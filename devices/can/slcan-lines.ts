const CR = 0x0d;
const LF = 0x0a;
const BEL = 0x07;

/** Longest line kept: a CAN FD frame with a timestamp has 142 characters, a free-text version may have more than a frame. */
export const MAX_SLCAN_LINE_BYTES = 160;

/** What {@link SlcanLineCutter} finds in a stream. A line is valid only during the call. */
export interface SlcanLineSink {
  onLine(line: Uint8Array): void;
  onBell(hadPartialLine: boolean): void;
  onOverlongLine(): void;
}

/**
 * Cuts SLCAN traffic into lines ended by CR, in fixed memory, for either end of the cable. A bell ends a line too: it is an adapter's
 * whole answer, and what came before it will never be finished. Line feeds, which some adapters add, are passed over.
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
    for (const byte of chunk) {
      if (byte === CR || byte === BEL) this.#end(byte);
      else if (byte === LF || this.#isOverlong) continue;
      else if (this.#sizeBytes === MAX_SLCAN_LINE_BYTES) this.#isOverlong = true;
      else this.#line[this.#sizeBytes++] = byte;
    }
  }

  #end(byte: number): void {
    const line = this.#line.subarray(0, this.#sizeBytes);
    const isOverlong = this.#isOverlong;
    this.#sizeBytes = 0;
    this.#isOverlong = false;
    if (isOverlong) this.#sink.onOverlongLine();
    if (byte === BEL) this.#sink.onBell(!isOverlong && line.length > 0);
    else if (!isOverlong) this.#sink.onLine(line);
  }
}
