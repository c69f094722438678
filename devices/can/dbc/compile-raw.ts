import { bitFieldOf, compileWords } from './bit-field.ts';
import type { DbcSignal } from './dbc.ts';

type ReadNumber = (data: Uint8Array) => number;

/** Integers of more bits than this do not fit into a number. */
const MAX_EXACT_BITS = 53;

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
  const [low = none, high, ...higher] = compileWords(bitFieldOf(signal));
  if (high === undefined) {
    const unused = 32 - signal.length;
    return isSigned ? (data) => (low(data) << unused) >> unused : low;
  }
  const topBits = ((signal.length - 1) % 32) + 1;
  const unused = 32 - topBits;
  const signed = (top: number) => (isSigned ? (top << unused) >> unused : top);
  if (higher.length === 0) return (data) => signed(high(data)) * 2 ** 32 + low(data);
  const words = [low, high, ...higher].reverse();
  return (data) => {
    let value = 0;
    for (let index = 0; index < words.length; index++) {
      const word = words[index]?.(data) ?? 0;
      value = value * 2 ** 32 + (index === 0 ? signed(word) : word);
    }
    return value;
  };
}

/** Makes the function that reads an integer of any length with all its bits. */
export function compileRawBigInt(signal: DbcSignal): (data: Uint8Array) => bigint {
  const words = compileWords(bitFieldOf(signal)).toReversed();
  const { length, isSigned } = signal;
  return (data) => {
    let bits = 0n;
    for (const word of words) bits = (bits << 32n) | BigInt(word(data));
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
