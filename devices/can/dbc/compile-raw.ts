import { bitFieldOf, compileWords } from './bit-field.ts';
import type { DbcSignal } from './dbc.ts';
import { readLongBigInt, readLongNumber } from './read-long.ts';

type ReadNumber = (data: Uint8Array) => number;

/** Integers of more bits than this do not fit into a number. */
const MAX_EXACT_BITS = 53;

/** What two words hold. */
const MAX_WORDS_BITS = 64;

/** Whether raw values of the signal are a `bigint`. */
export function isBig({ valueType, length }: Pick<DbcSignal, 'valueType' | 'length'>): boolean {
  return valueType === 'integer' && length > MAX_EXACT_BITS;
}

/** Makes the function that reads the raw value as a number, without allocating; the payload must be long enough. Beyond 2^53 it is rounded. */
export function compileRawNumber(signal: DbcSignal): ReadNumber {
  if (signal.valueType !== 'integer') return compileFloat(signal);
  return compileInteger(signal, signal.isSigned);
}

/** The bits of a multiplexor: an unsigned number, whatever the sign of the signal. */
export function compileSwitch(signal: DbcSignal): ReadNumber {
  return compileInteger(signal, false);
}

function compileInteger(signal: DbcSignal, isSigned: boolean): ReadNumber {
  const field = bitFieldOf(signal);
  if (field.length > MAX_WORDS_BITS) return (data) => readLongNumber(data, field, isSigned);
  const [low = none, high] = compileWords(field);
  if (high === undefined) {
    const unused = 32 - signal.length;
    return isSigned ? (data) => (low(data) << unused) >> unused : low;
  }
  const unused = 64 - signal.length;
  return isSigned
    ? (data) => ((high(data) << unused) >> unused) * 2 ** 32 + low(data)
    : (data) => high(data) * 2 ** 32 + low(data);
}

/** Makes the function that reads an integer of any length with all its bits. */
export function compileRawBigInt(signal: DbcSignal): (data: Uint8Array) => bigint {
  const field = bitFieldOf(signal);
  const { length, isSigned } = signal;
  if (length > MAX_WORDS_BITS) return (data) => readLongBigInt(data, field, isSigned);
  const [low = none, high = none] = compileWords(field);
  return (data) => {
    const bits = (BigInt(high(data)) << 32n) | BigInt(low(data));
    return isSigned ? BigInt.asIntN(length, bits) : bits;
  };
}

/** IEEE 754. */
function compileFloat(signal: DbcSignal): ReadNumber {
  const [low = none, high = none] = compileWords(bitFieldOf(signal));
  if (signal.valueType === 'double') {
    return (data) => {
      SCRATCH.setUint32(0, high(data));
      SCRATCH.setUint32(4, low(data));
      return SCRATCH.getFloat64(0);
    };
  }
  if (signal.length === 16) return (data) => decodeHalf(low(data));
  return (data) => {
    SCRATCH.setUint32(0, low(data));
    return SCRATCH.getFloat32(0);
  };
}

const SCRATCH = new DataView(new ArrayBuffer(8));

function none(): number {
  return 0;
}

/** A binary16 number: 1 bit of sign, 5 of exponent, 10 of fraction. */
export function decodeHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
