import { bitFieldOf } from '#devices/can/dbc/bit-field.ts';
import type { DbcMessage, DbcSignal } from '#devices/can/dbc/dbc.ts';

const MARKS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const FURTHER_MARK = '#';
const SHARED_MARK = '*';
const FREE_MARK = '.';

/** Longer messages are not drawn: the longest payload of CAN FD. */
const MAX_DRAWN_BYTES = 64;

/** The letter of a signal in the map; beyond 62 signals they share one. */
export function markOf(signalIndex: number): string {
  return MARKS[signalIndex] ?? FURTHER_MARK;
}

/**
 * Draws which signal has which bit: a line per byte, bit 7 to the left.
 *
 * ```text
 *      7 6 5 4 3 2 1 0
 *   0  b b b b a a a a
 *   1  . . . * * b b b     * several, . none
 * ```
 */
export function drawBitMap({ signals, sizeBytes }: Pick<DbcMessage, 'signals' | 'sizeBytes'>): readonly string[] {
  if (sizeBytes < 1 || sizeBytes > MAX_DRAWN_BYTES) return [];
  const bits: string[] = new Array(sizeBytes * 8).fill(FREE_MARK);
  for (const [index, signal] of signals.entries()) {
    for (const place of bitPlacesOf(signal)) {
      if (place < bits.length) bits[place] = bits[place] === FREE_MARK ? markOf(index) : SHARED_MARK;
    }
  }
  const rows = Array.from({ length: sizeBytes }, (_, byte) => {
    const row = bits.slice(byte * 8, byte * 8 + 8).reverse();
    return `${String(byte).padStart(4)}  ${row.join(' ')}`;
  });
  return ['      7 6 5 4 3 2 1 0', ...rows];
}

/** The bits of a signal, counted `byte * 8 + bit`. */
function bitPlacesOf(signal: DbcSignal): readonly number[] {
  const { lowByte, step, shift, length } = bitFieldOf(signal);
  return Array.from({ length }, (_, index) => {
    const bit = shift + index;
    return (lowByte + step * Math.floor(bit / 8)) * 8 + (bit % 8);
  });
}
