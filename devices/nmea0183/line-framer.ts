/**
 * Cuts a byte stream into the lines of NMEA 0183, whatever the chunks.
 *
 * A line begins at `$` or `!`, holds printable ASCII, and ends at CR or LF. What else is on the wire (binary protocols, comments,
 * noise, the head of a line whose tail was lost) is counted and dropped. It never judges what a line says: see `devices/gps`.
 * Memory is one line; time is linear in the bytes.
 */
export class LineFramer {
  readonly #line: Uint8Array;
  readonly #onLine: LineHandler;
  #length = 0;
  #discardedBytes = 0;

  /** @param maxLineChars longer lines are dropped, `$` included, line ending not */
  constructor(maxLineChars: number, onLine: LineHandler) {
    this.#line = new Uint8Array(maxLineChars);
    this.#onLine = onLine;
  }

  /** Bytes that belonged to no line; line endings between lines are not counted. */
  get discardedBytes(): number {
    return this.#discardedBytes;
  }

  /** Hands over the lines that end in this chunk, without their line endings. */
  push(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (byte === CARRIAGE_RETURN || byte === LINE_FEED) {
        if (this.#length > 0) this.#giveLine();
      } else if (byte === DOLLAR || byte === EXCLAMATION_MARK) {
        this.#discardLine();
        this.#line[this.#length++] = byte;
      } else if (this.#length === 0) {
        this.#discardedBytes++;
      } else if (byte < SPACE || byte > TILDE || this.#length === this.#line.length) {
        this.#discardLine();
        this.#discardedBytes++;
      } else {
        this.#line[this.#length++] = byte;
      }
    }
  }

  /** Hands over the line that the end of the input, or silence, leaves without a line ending. */
  flush(): void {
    if (this.#length > 0) this.#giveLine();
  }

  #giveLine(): void {
    const length = this.#length;
    this.#length = 0;
    this.#onLine(this.#line, 0, length);
  }

  #discardLine(): void {
    this.#discardedBytes += this.#length;
    this.#length = 0;
  }
}

/** Takes a line; the bytes are only valid during the call. */
export type LineHandler = (bytes: Uint8Array, start: number, end: number) => void;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const EXCLAMATION_MARK = 0x21;
const DOLLAR = 0x24;
const TILDE = 0x7e;
