import type { DbcSignal } from './dbc.ts';

/** Where the bits of a signal lie, the same for both byte orders. */
export interface BitField {
  /** The byte that holds its least significant bit. */
  readonly lowByte: number;
  /** From a byte to the next more significant one: 1 Intel, -1 Motorola. */
  readonly step: 1 | -1;
  readonly byteCount: number;
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
  return {
    lowByte: isIntel ? firstByte : firstByte + byteCount - 1,
    step: isIntel ? 1 : -1,
    byteCount,
    endByte: firstByte + byteCount,
    shift: isIntel ? skipped : byteCount * 8 - skipped - length,
    length,
  };
}

/** The part of a field that begins so many bits above its lowest. */
export function partOf(field: BitField, firstBit: number, length: number): BitField {
  const shift = (field.shift + firstBit) % 8;
  return {
    ...field,
    lowByte: field.lowByte + field.step * Math.floor((field.shift + firstBit) / 8),
    byteCount: Math.ceil((shift + length) / 8),
    shift,
    length,
  };
}

/**
 * Makes the function that reads a field of at most 32 bits as an unsigned number. The payload must be long enough.
 * A function for each count of bytes, since this is what a frame costs.
 */
export function compileBits(field: BitField): (data: Uint8Array) => number {
  const { lowByte: a, step, byteCount, shift, length } = field;
  const [b, c, d, e] = [a + step, a + 2 * step, a + 3 * step, a + 4 * step];
  // -1 >>> 0 is all 32 bits; a shift by 32 would be one by 0.
  const mask = -1 >>> (32 - length);
  const at = (data: Uint8Array, index: number) => data[index] ?? 0;
  switch (byteCount) {
    case 1:
      return (data) => (at(data, a) >>> shift) & mask;
    case 2:
      return (data) => ((at(data, a) | (at(data, b) << 8)) >>> shift) & mask;
    case 3:
      return (data) => ((at(data, a) | (at(data, b) << 8) | (at(data, c) << 16)) >>> shift) & mask;
    case 4:
      return (data) =>
        (((at(data, a) | (at(data, b) << 8) | (at(data, c) << 16) | (at(data, d) << 24)) >>> shift) & mask) >>> 0;
    default:
      return (data) => {
        const low = at(data, a) | (at(data, b) << 8) | (at(data, c) << 16) | (at(data, d) << 24);
        // Five bytes for at most 32 bits: the shift is not 0.
        return (((low >>> shift) | (at(data, e) << (32 - shift))) & mask) >>> 0;
      };
  }
}

/** The field cut into parts of 32 bits, the least significant first; the last has what is left. */
export function compileWords(field: BitField): readonly ((data: Uint8Array) => number)[] {
  return Array.from({ length: Math.ceil(field.length / 32) }, (_, index) =>
    compileBits(partOf(field, index * 32, Math.min(32, field.length - index * 32))),
  );
}

/** Sets the field to the low bits of `value`. The payload must be long enough. */
export function writeBits(data: Uint8Array, field: BitField, value: bigint): void {
  const shift = BigInt(field.shift);
  let bits = BigInt.asUintN(field.length, value) << shift;
  let mask = BigInt.asUintN(field.length, -1n) << shift;
  for (let place = 0; place < field.byteCount; place++) {
    const index = field.lowByte + field.step * place;
    data[index] = ((data[index] ?? 0) & ~Number(mask & 0xffn)) | Number(bits & 0xffn);
    bits >>= 8n;
    mask >>= 8n;
  }
}
