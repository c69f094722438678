import type { DbcSignal } from './dbc.ts';

/** Where the bits of a signal lie, the same for both byte orders. */
export interface BitField {
  /** Bytes that hold it, the most significant first. */
  readonly byteIndexes: readonly number[];
  /** The bytes that a payload needs to contain it. */
  readonly endByte: number;
  /** Bits below it in the least significant of its bytes. */
  readonly shift: number;
  readonly length: number;
}

/**
 * Intel counts up from the least significant bit: byte `n / 8`, bit `n % 8`. Motorola names the most significant bit in the same numbers and
 * goes on towards bit 0, then to bit 7 of the next byte.
 *
 * ```text
 * Intel 4|12       byte 0: 3210 ----   byte 1: BA98 7654     (hex digits: place of the bit in the value)
 * Motorola 3|12    byte 0: ---- BA98   byte 1: 7654 3210
 * ```
 */
export function bitFieldOf(signal: Pick<DbcSignal, 'startBit' | 'length' | 'byteOrder'>): BitField {
  const { startBit, length, byteOrder } = signal;
  const firstByte = Math.floor(startBit / 8);
  const isIntel = byteOrder === 'intel';
  // Bits of the first byte that lie before the field, in the direction in which the field runs.
  const skipped = isIntel ? startBit % 8 : 7 - (startBit % 8);
  const byteCount = Math.ceil((skipped + length) / 8);
  const rising = Array.from({ length: byteCount }, (_, index) => firstByte + index);
  return {
    byteIndexes: isIntel ? rising.reverse() : rising,
    endByte: firstByte + byteCount,
    shift: isIntel ? skipped : byteCount * 8 - skipped - length,
    length,
  };
}

/** Reads the field as an unsigned number of at most 53 bits. The payload must be long enough. */
export function compileNumberReader(field: BitField): (data: Uint8Array) => number {
  const { byteIndexes, shift, length } = field;
  if (byteIndexes.length > MAX_EXACT_BYTES) {
    const read = compileBigIntReader(field);
    return (data) => Number(read(data));
  }
  const divisor = 2 ** shift;
  const modulus = 2 ** length;
  return (data) => {
    let bits = 0;
    for (const index of byteIndexes) bits = bits * 256 + (data[index] ?? 0);
    return Math.floor(bits / divisor) % modulus;
  };
}

/** Six bytes fit into the 53 exact bits of a number, whatever the shift. */
const MAX_EXACT_BYTES = 6;

/** Reads the field as an unsigned integer. The payload must be long enough. */
export function compileBigIntReader(field: BitField): (data: Uint8Array) => bigint {
  const { byteIndexes, length } = field;
  const shift = BigInt(field.shift);
  return (data) => {
    let bits = 0n;
    for (const index of byteIndexes) bits = (bits << 8n) | BigInt(data[index] ?? 0);
    return BigInt.asUintN(length, bits >> shift);
  };
}

/** Sets the field to the low bits of `value`. The payload must be long enough. */
export function writeBits(data: Uint8Array, field: BitField, value: bigint): void {
  const shift = BigInt(field.shift);
  let bits = BigInt.asUintN(field.length, value) << shift;
  let mask = BigInt.asUintN(field.length, -1n) << shift;
  for (const index of field.byteIndexes.toReversed()) {
    data[index] = ((data[index] ?? 0) & ~Number(mask & 0xffn)) | Number(bits & 0xffn);
    bits >>= 8n;
    mask >>= 8n;
  }
}
