import { bitFieldOf } from './bit-field.ts';
import type { DbcSignal } from './dbc.ts';

/** Messages with more signals are not looked through: the work grows with the square. */
const MAX_COMPARED_SIGNALS = 512;

/** The signals that share a bit with an earlier one of their message that is present at the same time. */
export function findOverlaps(signals: readonly DbcSignal[]): readonly DbcSignal[] {
  if (signals.length > MAX_COMPARED_SIGNALS) return [];
  const masks = signals.map(maskOf);
  return signals.filter((signal, index) =>
    signals
      .slice(0, index)
      .some((earlier, place) => ((masks[index] ?? 0n) & (masks[place] ?? 0n)) !== 0n && canMeet(signal, earlier)),
  );
}

/** The bits of the payload that hold the signal. */
function maskOf(signal: DbcSignal): bigint {
  const { lowByte, step, byteCount, endByte, shift, length } = bitFieldOf(signal);
  if (endByte > MAX_COMPARED_BYTES) return 0n;
  const bits = BigInt.asUintN(length, -1n) << BigInt(shift);
  let mask = 0n;
  for (let place = 0; place < byteCount; place++) {
    mask |= ((bits >> BigInt(place * 8)) & 0xffn) << BigInt((lowByte + step * place) * 8);
  }
  return mask;
}

/** The longest payload of CAN FD; beyond lie texts and the like. */
const MAX_COMPARED_BYTES = 64;

/** Whether both can be in one payload, as far as one multiplexor tells. */
function canMeet(one: DbcSignal, other: DbcSignal): boolean {
  if (one.selector === undefined || other.selector === undefined) return true;
  const { multiplexor, ranges } = other.selector;
  if (one.selector.multiplexor !== multiplexor) return false;
  return one.selector.ranges.some(([from, to]) =>
    ranges.some(([otherFrom, otherTo]) => from <= otherTo && otherFrom <= to),
  );
}
