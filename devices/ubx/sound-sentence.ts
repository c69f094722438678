/**
 * Whether a line of printable characters is an NMEA 0183 sentence whose checksum holds: `$` or `!`, a body, `*`, two hexadecimal digits.
 *
 * @param end behind the last digit
 * @see NMEA 0183 4.11, section 5.3
 */
export function isSoundSentence(bytes: Uint8Array, start: number, end: number): boolean {
  const star = end - CHECKSUM_CHARS;
  if (star <= start || bytes[star] !== ASTERISK) return false;
  let sum = 0;
  for (let index = start + 1; index < star; index++) sum ^= bytes[index] ?? 0;
  return sum === ((hexValue(bytes[end - 2]) << 4) | hexValue(bytes[end - 1]));
}

/** More than any checksum if it is no digit. */
function hexValue(char = 0): number {
  if (char >= 0x30 && char <= 0x39) return char - 0x30;
  const letter = char | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : NO_DIGIT;
}

const ASTERISK = 0x2a;
const CHECKSUM_CHARS = 3;
const NO_DIGIT = 0x100;
