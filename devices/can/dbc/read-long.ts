import type { BitField } from './bit-field.ts';

/** Integers of more than 64 bits, texts and the like: read byte by byte, since a function for every 32 bits would cost more than it saves. */

/** As a number, rounded; allocates nothing. The payload must be long enough. */
export function readLongNumber(data: Uint8Array, field: BitField, isSigned: boolean): number {
  const { lowByte, step, byteCount, shift, length } = field;
  const unused = 32 - (((shift + length - 1) % 8) + 1);
  const top = (data[lowByte + step * (byteCount - 1)] ?? 0) << unused;
  // The sign goes into the highest bits: subtracted at the end it would cancel what a number has.
  let value = isSigned ? top >> unused : top >>> unused;
  for (let place = byteCount - 2; place > 0; place--) value = value * 256 + (data[lowByte + step * place] ?? 0);
  return value * 2 ** (8 - shift) + ((data[lowByte] ?? 0) >>> shift);
}

/** With all its bits. The payload must be long enough. */
export function readLongBigInt(data: Uint8Array, field: BitField, isSigned: boolean): bigint {
  const { lowByte, step, byteCount, shift, length } = field;
  let hex = '0x';
  for (let place = byteCount - 1; place >= 0; place--) {
    hex += (data[lowByte + step * place] ?? 0).toString(16).padStart(2, '0');
  }
  const bits = BigInt(hex) >> BigInt(shift);
  return isSigned ? BigInt.asIntN(length, bits) : BigInt.asUintN(length, bits);
}
