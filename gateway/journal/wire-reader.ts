import { MAX_VARINT_BYTES, WIRE_DELIMITED, WIRE_FIXED32, WIRE_FIXED64, WIRE_VARINT } from './wire-writer.ts';

/**
 * Walks over the fields of one Protocol Buffers message. What cannot be read ends the walk and leaves its reason in
 * {@link WireReader.rejection}; nothing here throws, and no length is believed before it is compared with what is there [J12].
 *
 * ```ts
 * while (read.next()) {
 *   if (read.tag === TOPIC) topic = read.text();
 *   else read.skip();
 * }
 * ```
 */
export class WireReader {
  /** Field number and wire type as {@link wireTag} makes them. */
  tag = 0;
  readonly #bytes: Buffer;
  readonly #end: number;
  #offset: number;
  #fieldOffset: number;
  #rejection: WireRejection | undefined;

  /** Of a message that stands in `bytes` from `start` to before `end`. */
  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#end = end;
    this.#offset = start;
    this.#fieldOffset = start;
  }

  /** The first problem met so far. */
  get rejection(): WireRejection | undefined {
    return this.#rejection;
  }

  /** Where the field begins that was moved to last, tag and all. */
  get fieldOffset(): number {
    return this.#fieldOffset;
  }

  /** Moves to the next field; the value of the last one must have been read or skipped. */
  next(): boolean {
    if (this.#rejection !== undefined || this.#offset >= this.#end) return false;
    this.#fieldOffset = this.#offset;
    this.tag = this.uint();
    return this.#rejection === undefined;
  }

  /** A varint up to 2^53 - 1. */
  uint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < MAX_VARINT_BYTES; count++) {
      const byte = this.#offset < this.#end ? this.#bytes[this.#offset++] : undefined;
      if (byte === undefined) return this.#reject('truncated', 0);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value <= Number.MAX_SAFE_INTEGER ? value : this.#reject('number-too-large', 0);
      scale *= 0x80;
    }
    return this.#reject('bad-varint', 0);
  }

  /** A zigzag varint. */
  sint(): number {
    const value = this.uint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A `fixed64` as 16 hex digits. */
  fixed64(): string {
    const start = this.#take(8);
    if (start === undefined) return '';
    const high = this.#bytes.readUInt32LE(start + 4);
    const low = this.#bytes.readUInt32LE(start);
    if (high !== lastFixed64.high || low !== lastFixed64.low) {
      lastFixed64 = { high, low, hex: high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0') };
    }
    return lastFixed64.hex;
  }

  text(): string {
    const sizeBytes = this.uint();
    const start = this.#take(sizeBytes);
    return start === undefined ? '' : this.#bytes.toString('utf8', start, start + sizeBytes);
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    const sizeBytes = this.uint();
    const start = this.#take(sizeBytes);
    return start === undefined ? EMPTY : this.#bytes.subarray(start, start + sizeBytes);
  }

  /** A message within this one, read in its place. */
  message(): WireReader {
    const sizeBytes = this.uint();
    const start = this.#take(sizeBytes);
    return start === undefined ? new WireReader(EMPTY) : new WireReader(this.#bytes, start, start + sizeBytes);
  }

  /** Passes over the value of a field that is not known. */
  skip(): void {
    const wireType = this.tag % 8;
    if (this.tag < 8) this.#reject('bad-tag', undefined);
    else if (wireType === WIRE_VARINT) this.#skipVarint();
    else if (wireType === WIRE_FIXED64) this.#take(8);
    else if (wireType === WIRE_DELIMITED) this.#take(this.uint());
    else if (wireType === WIRE_FIXED32) this.#take(4);
    else this.#reject('bad-tag', undefined);
  }

  /** The field just read or skipped, tag and all. */
  field(): Buffer {
    return this.#bytes.subarray(this.#fieldOffset, this.#offset);
  }

  #skipVarint(): undefined {
    for (let count = 0; count < MAX_VARINT_BYTES; count++) {
      const byte = this.#offset < this.#end ? this.#bytes[this.#offset++] : undefined;
      if (byte === undefined) return this.#reject('truncated', undefined);
      if (byte < 0x80) return undefined;
    }
    return this.#reject('bad-varint', undefined);
  }

  #take(sizeBytes: number): number | undefined {
    if (this.#rejection !== undefined) return undefined;
    if (sizeBytes > this.#end - this.#offset) return this.#reject('truncated', undefined);
    const start = this.#offset;
    this.#offset += sizeBytes;
    return start;
  }

  #reject<T>(reason: WireRejection, value: T): T {
    this.#rejection ??= reason;
    return value;
  }
}

/** Why a message cannot be read. */
export type WireRejection = 'truncated' | 'bad-varint' | 'number-too-large' | 'bad-tag';

/** Field number and wire type in one number, as on the wire. */
export function wireTag(field: number, wireType: number): number {
  return field * 8 + wireType;
}

const EMPTY = Buffer.alloc(0);

/** Records one after the other name the same clock run: it is made once, and kept once. */
let lastFixed64 = { high: 0, low: 0, hex: '0'.repeat(16) };
