import { invariant } from '#gateway/model/errors.ts';

/**
 * Appends Protocol Buffers wire format to a buffer that grows. Made for the hot path: nothing is allocated per field.
 *
 * Bytes before the message, reserved at construction, are left for whoever frames it.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class WireWriter {
  #buffer: Buffer;
  #length: number;
  readonly #reservedBytes: number;

  constructor(initialBytes: number, reservedBytes = 0) {
    this.#buffer = Buffer.allocUnsafe(Math.max(initialBytes, reservedBytes));
    this.#length = reservedBytes;
    this.#reservedBytes = reservedBytes;
  }

  /** Bytes of message written so far. */
  get sizeBytes(): number {
    return this.#length - this.#reservedBytes;
  }

  /** The buffer behind, with room for at least `extraBytes` after the message. Valid until the next write. */
  buffer(extraBytes = 0): Buffer {
    this.#ensure(extraBytes);
    return this.#buffer;
  }

  /** A view of the message. Valid until the next write. */
  message(): Buffer {
    return this.#buffer.subarray(this.#reservedBytes, this.#length);
  }

  /** Takes back everything written after the first `sizeBytes`. */
  truncate(sizeBytes: number): void {
    this.#length = this.#reservedBytes + sizeBytes;
  }

  /** `uint64`, `uint32`, `bool` or enum. @param value an integer, 0 to 2^53 - 1 */
  uint(field: number, value: number): void {
    // A negative or fractional number would garble every record of its frame.
    invariant(Number.isSafeInteger(value) && value >= 0, 'A varint holds an integer from 0 to 2^53 - 1.');
    this.#ensure(2 * MAX_VARINT_BYTES);
    this.#varint(field * 8 + WIRE_VARINT);
    this.#varint(value);
  }

  /** `sint64`: zigzag, so that small negative numbers stay short. @param value an integer within ±2^52 */
  sint(field: number, value: number): void {
    this.uint(field, value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** `fixed64` from 16 hex digits. */
  fixed64(field: number, hex: string): void {
    invariant(hex.length === 16, 'A fixed64 is made of 16 hex digits.');
    this.#ensure(MAX_VARINT_BYTES + 8);
    this.#varint(field * 8 + WIRE_FIXED64);
    this.#length = this.#buffer.writeUInt32LE(Number.parseInt(hex.slice(8, 16), 16), this.#length);
    this.#length = this.#buffer.writeUInt32LE(Number.parseInt(hex.slice(0, 8), 16), this.#length);
  }

  /** `string`. */
  text(field: number, value: string): void {
    // UTF-8 takes at most three bytes for each UTF-16 unit.
    this.#ensure(2 * MAX_VARINT_BYTES + 3 * value.length);
    this.#varint(field * 8 + WIRE_DELIMITED);
    const start = this.#openLength(value.length);
    this.#length += writeShortAscii(value, this.#buffer, start) || this.#buffer.write(value, start, 'utf8');
    this.#closeLength(start, value.length);
  }

  /** `bytes`. */
  bytes(field: number, value: Uint8Array): void {
    this.#ensure(2 * MAX_VARINT_BYTES + value.length);
    this.#varint(field * 8 + WIRE_DELIMITED);
    this.#varint(value.length);
    this.raw(value);
  }

  /** Bytes that are wire format already. */
  raw(value: Uint8Array): void {
    this.#ensure(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /**
   * Begins an embedded message; what follows belongs to it until {@link endMessage}.
   *
   * @param expectedBytes a guess; a right one saves moving the message by a byte
   * @returns what `endMessage` needs
   */
  beginMessage(field: number, expectedBytes: number): number {
    this.#ensure(2 * MAX_VARINT_BYTES);
    this.#varint(field * 8 + WIRE_DELIMITED);
    return this.#openLength(expectedBytes);
  }

  endMessage(start: number, expectedBytes: number): void {
    this.#ensure(MAX_VARINT_BYTES);
    this.#closeLength(start, expectedBytes);
  }

  /** Leaves room for the length of what comes, as wide as `expectedBytes` needs. */
  #openLength(expectedBytes: number): number {
    this.#length += varintBytes(expectedBytes);
    return this.#length;
  }

  #closeLength(start: number, expectedBytes: number): void {
    const end = this.#length;
    const sizeBytes = end - start;
    const shift = varintBytes(sizeBytes) - varintBytes(expectedBytes);
    if (shift !== 0) this.#buffer.copyWithin(start + shift, start, end);
    this.#length = start - varintBytes(expectedBytes);
    this.#varint(sizeBytes);
    this.#length = end + shift;
  }

  #varint(value: number): void {
    let rest = value;
    // Bit operations hold 32 bits only.
    while (rest >= 0x8000_0000) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#length++] = rest;
  }

  #ensure(extraBytes: number): void {
    const needed = this.#length + extraBytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

/** Wire types. */
export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_DELIMITED = 2;
export const WIRE_FIXED32 = 5;

/** A varint of 64 bits takes ten bytes. */
export const MAX_VARINT_BYTES = 10;

/** Twice as fast as a call into the runtime for what most texts are. @returns bytes written; 0 if it is not for this text */
function writeShortAscii(value: string, target: Buffer, offset: number): number {
  if (value.length > SHORT_TEXT_LENGTH) return 0;
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code >= 0x80) return 0;
    target[offset + index] = code;
  }
  return value.length;
}

const SHORT_TEXT_LENGTH = 48;

function varintBytes(value: number): number {
  let count = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) count++;
  return count;
}
