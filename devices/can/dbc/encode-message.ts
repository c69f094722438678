import { bitFieldOf, writeBits } from './bit-field.ts';
import { isSelected } from './compile-message.ts';
import { hasIntegerScale, MAX_EXACT_BITS } from './compile-signal.ts';
import type { DbcMessage, DbcSignal } from './dbc.ts';

/**
 * Makes the payload of a message from physical values: the inverse of the decoder, for simulated devices.
 *
 * Signals without a value are 0 in the bits; integers are rounded, and held within what their bits can say. A multiplexed signal is written
 * only while its multiplexor has a value that selects it.
 * @throws RangeError for a name that is no signal of the message
 */
export function encodeMessage(message: DbcMessage, values: Readonly<Record<string, number | bigint>>): Uint8Array {
  const signals = new Map(message.signals.map((signal) => [signal.name, signal]));
  const bits = new Map<string, bigint>();
  for (const [name, value] of Object.entries(values)) {
    const signal = signals.get(name);
    if (signal === undefined) throw new RangeError(`message ${message.name} has no signal ${name}`);
    bits.set(name, toBits(signal, value));
  }
  const isPresent = ({ selector }: DbcSignal): boolean => {
    if (selector === undefined) return true;
    const multiplexor = signals.get(selector.multiplexor);
    return (
      multiplexor !== undefined &&
      isPresent(multiplexor) &&
      isSelected(selector, Number(bits.get(multiplexor.name) ?? 0n))
    );
  };
  const data = new Uint8Array(message.sizeBytes);
  for (const [name, value] of bits) {
    const signal = signals.get(name);
    if (signal !== undefined && isPresent(signal)) writeBits(data, bitFieldOf(signal), value);
  }
  return data;
}

/** The bits of a physical value, as an unsigned number. */
function toBits(signal: DbcSignal, value: number | bigint): bigint {
  const { length, isSigned, factor, offset } = signal;
  if (signal.valueType !== 'integer') return floatBits(signal, (Number(value) - offset) / factor);
  const min = isSigned ? -(2n ** BigInt(length - 1)) : 0n;
  const max = isSigned ? -min - 1n : 2n ** BigInt(length) - 1n;
  const raw =
    typeof value === 'bigint' && length > MAX_EXACT_BITS && hasIntegerScale(signal)
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

function floatBits(signal: DbcSignal, raw: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (signal.valueType === 'double') {
    view.setFloat64(0, raw);
    return view.getBigUint64(0);
  }
  view.setFloat32(0, raw);
  return BigInt(view.getUint32(0));
}
