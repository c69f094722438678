import { bitFieldOf, writeBits } from './bit-field.ts';
import { isSelected } from './compile-message.ts';
import { decodeHalf, isBig } from './compile-raw.ts';
import type { DbcMessage, DbcSignal } from './dbc.ts';
import { hasIntegerScale } from './scale.ts';

/**
 * Makes the payload of a message from physical values: the inverse of the decoder, for simulated devices.
 *
 * Signals without a value are 0 in the bits; integers are rounded, and held within what their bits can say. A multiplexed signal is written
 * only while its multiplexor has a value that selects it.
 * @throws RangeError for a name that is no signal of the message
 */
export function encodeMessage(message: DbcMessage, values: Readonly<Record<string, number | bigint>>): Uint8Array {
  // Of several with one name the first is the one that others depend on.
  const byName = new Map(message.signals.toReversed().map((signal) => [signal.name, signal]));
  for (const name of Object.keys(values)) {
    if (!byName.has(name)) throw new RangeError(`message ${message.name} has no signal ${name}`);
  }
  const bitsOf = (signal: DbcSignal) => toBits(signal, values[signal.name] ?? 0);
  const isPresent = ({ selector }: DbcSignal): boolean => {
    if (selector === undefined) return true;
    const multiplexor = byName.get(selector.multiplexor);
    if (multiplexor === undefined || !isPresent(multiplexor)) return false;
    const isStated = Object.hasOwn(values, multiplexor.name);
    return isSelected(selector, isStated ? Number(bitsOf(multiplexor)) : 0);
  };
  const data = new Uint8Array(message.sizeBytes);
  for (const signal of message.signals) {
    if (Object.hasOwn(values, signal.name) && isPresent(signal)) writeBits(data, bitFieldOf(signal), bitsOf(signal));
  }
  return data;
}

/** The bits of a physical value, as an unsigned number. */
function toBits(signal: DbcSignal, value: number | bigint): bigint {
  const { length, isSigned, factor, offset } = signal;
  // Every raw value means the same: 0 says it.
  if (factor === 0) return 0n;
  if (signal.valueType !== 'integer') return floatBits(signal, (Number(value) - offset) / factor);
  const min = isSigned ? -(2n ** BigInt(length - 1)) : 0n;
  const max = isSigned ? -min - 1n : 2n ** BigInt(length) - 1n;
  const raw =
    typeof value === 'bigint' && isBig(signal) && hasIntegerScale(signal)
      ? (value - BigInt(offset)) / BigInt(factor)
      : roundWithin((Number(value) - offset) / factor, min, max);
  return BigInt.asUintN(length, raw < min ? min : raw > max ? max : raw);
}

/** The nearest integer; an end of the range for what lies beyond, 0 for what is no number. */
function roundWithin(value: number, min: bigint, max: bigint): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value <= Number(min)) return min;
  return value >= Number(max) ? max : BigInt(Math.round(value));
}

function floatBits({ valueType, length }: DbcSignal, raw: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (valueType === 'double') {
    view.setFloat64(0, raw);
    return view.getBigUint64(0);
  }
  if (length === 16) return BigInt(encodeHalf(raw));
  view.setFloat32(0, raw);
  return BigInt(view.getUint32(0));
}

/** The nearest binary16 number: of one sign they rise with their bits. */
function encodeHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  let low = 0;
  let high = HALF_INFINITY;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (decodeHalf(middle) <= size) low = middle;
    else high = middle;
  }
  // Halfway to what would be the next number after the largest, a value counts as infinite.
  const above = high === HALF_INFINITY ? 2 ** 16 : decodeHalf(high);
  return sign | (size - decodeHalf(low) < above - size ? low : high);
}

const HALF_INFINITY = 0x7c00;
