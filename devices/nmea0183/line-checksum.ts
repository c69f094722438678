import { lettersOf } from './letter-table.ts';
import { MAX_SENTENCE_CHARS } from './nmea-sentence.ts';

/** What the two ends of a line say of it: see {@link judgeLine}. */
export type LineVerdict = 'right' | 'wrong-checksum' | 'no-checksum' | 'not-a-sentence' | 'too-long';

/**
 * Compares the checksum of a line, `*hh` in either case, with the bytes between its `$` or `!` and the `*`.
 * Without any, or with `*` alone at the end, the line has `no-checksum`; with part of one it is `not-a-sentence`: something was lost.
 *
 * @see NMEA 0183 4.11, section 5.3.1
 */
export function judgeLine(bytes: Uint8Array, start: number, end: number): LineVerdict {
  if (end - start > MAX_SENTENCE_CHARS) return 'too-long';
  const star = end - 3;
  if (star <= start + 1 || (bytes[start] !== DOLLAR && bytes[start] !== EXCLAMATION_MARK)) return 'not-a-sentence';
  if (bytes[star] !== ASTERISK) {
    const firstStar = bytes.subarray(start, end - 1).indexOf(ASTERISK);
    return firstStar === -1 ? 'no-checksum' : 'not-a-sentence';
  }
  const stated = checksumOf(bytes, end);
  if (Number.isNaN(stated)) return 'not-a-sentence';
  let sum = 0;
  for (let index = start + 1; index < star; index++) sum ^= bytes[index] ?? 0;
  return sum === stated ? 'right' : 'wrong-checksum';
}

/** The checksum that a line states in the two digits before `end`; NaN if they are none. */
export function checksumOf(bytes: Uint8Array, end: number): number {
  return (HEX_DIGITS[bytes[end - 2] ?? 0] ?? NaN) * 16 + (HEX_DIGITS[bytes[end - 1] ?? 0] ?? NaN);
}

/** What a hexadecimal digit of either case counts, by its byte. */
export const HEX_DIGITS = lettersOf(
  Object.fromEntries([...'0123456789ABCDEFabcdef'].map((digit) => [digit, Number.parseInt(digit, 16)])),
);

const EXCLAMATION_MARK = 0x21;
const DOLLAR = 0x24;
const ASTERISK = 0x2a;
