import { bitFieldOf, compileBigIntReader, compileNumberReader } from './bit-field.ts';
import type { DbcSignal } from './dbc.ts';
import type { DecodedSignal } from './message-decoder.ts';
import { compileScale } from './scale.ts';

/** Integers of more bits than this do not fit into a number. */
export const MAX_EXACT_BITS = 53;

/** Makes the function that reads a signal out of a payload that is long enough. */
export function compileValueReader(signal: DbcSignal): (data: Uint8Array) => DecodedSignal {
  const { unit } = signal;
  const stated = unit === undefined ? {} : { unit };
  const isBig = signal.valueType === 'integer' && signal.length > MAX_EXACT_BITS;
  const readValue = isBig ? compileBigReader(signal) : compileReader(signal);
  if (signal.labels.size === 0) return unit === undefined ? readValue : (data) => ({ ...readValue(data), ...stated });
  const labels = new Map<number | bigint, string>();
  for (const [raw, label] of signal.labels) labels.set(isBig ? raw : Number(raw), label);
  return (data) => {
    const value = readValue(data);
    const label = labels.get(value.raw);
    return label === undefined ? { ...value, ...stated } : { ...value, label, ...stated };
  };
}

function compileReader(signal: DbcSignal): (data: Uint8Array) => DecodedSignal {
  const isFloat = signal.valueType !== 'integer';
  const read = isFloat ? compileFloatReader(signal) : compileIntegerReader(signal);
  const scale = compileScale(signal.factor, signal.offset, isFloat ? Number.POSITIVE_INFINITY : 2 ** signal.length);
  return (data) => {
    const raw = read(data);
    return { raw, phys: scale(raw) };
  };
}

function compileIntegerReader(signal: DbcSignal): (data: Uint8Array) => number {
  const read = compileNumberReader(bitFieldOf(signal));
  if (!signal.isSigned) return read;
  const modulus = 2 ** signal.length;
  return (data) => {
    const bits = read(data);
    return bits < modulus / 2 ? bits : bits - modulus;
  };
}

function compileFloatReader(signal: DbcSignal): (data: Uint8Array) => number {
  const view = new DataView(new ArrayBuffer(8));
  const field = bitFieldOf(signal);
  if (signal.valueType === 'double') {
    const read = compileBigIntReader(field);
    return (data) => {
      view.setBigUint64(0, read(data));
      return view.getFloat64(0);
    };
  }
  const read = compileNumberReader(field);
  return (data) => {
    view.setUint32(0, read(data));
    return view.getFloat32(0);
  };
}

function compileBigReader(signal: DbcSignal): (data: Uint8Array) => DecodedSignal {
  const { length, isSigned, factor, offset } = signal;
  const read = compileBigIntReader(bitFieldOf(signal));
  const scale = compileBigScale(factor, offset);
  return (data) => {
    const bits = read(data);
    const raw = isSigned ? BigInt.asIntN(length, bits) : bits;
    return { raw, phys: scale(raw) };
  };
}

function compileBigScale(factor: number, offset: number): (raw: bigint) => number | bigint {
  if (!hasIntegerScale({ factor, offset })) return (raw) => Number(raw) * factor + offset;
  const wholeFactor = BigInt(factor);
  const wholeOffset = BigInt(offset);
  return (raw) => raw * wholeFactor + wholeOffset;
}

/** Whether physical values of an integer signal are integers too. */
export function hasIntegerScale(signal: Pick<DbcSignal, 'factor' | 'offset'>): boolean {
  return Number.isSafeInteger(signal.factor) && Number.isSafeInteger(signal.offset);
}
