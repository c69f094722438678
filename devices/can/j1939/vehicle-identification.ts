/** Vehicle identification: the VIN, mostly in a transfer. */
export const VEHICLE_IDENTIFICATION_PGN = 65260;

/** What ends each of several texts. */
const DELIMITER = 0x2a;
const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;

/**
 * The VIN: ASCII up to an asterisk; filling around it is left out.
 *
 * @returns undefined if it is empty, or bytes are no text
 * @see SAE J1939-71, SPN 237
 */
export function decodeVin(data: Uint8Array): string | undefined {
  let text = '';
  for (const byte of data) {
    if (byte === DELIMITER) break;
    if (byte === 0x00 || byte === 0xff) continue;
    if (byte < FIRST_PRINTABLE || byte > LAST_PRINTABLE) return undefined;
    text += String.fromCharCode(byte);
  }
  return text.trim() || undefined;
}

/** The inverse of {@link decodeVin}. */
export function encodeVin(vin: string): Uint8Array {
  return Uint8Array.from(`${vin}*`, (character) => character.charCodeAt(0));
}
