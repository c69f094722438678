/** No I, O and Q: they look like digits. */
const VIN = /^[A-HJ-NPR-Z0-9]{17}$/;

/**
 * A vehicle identification number out of the bytes that carry it; zero bytes before and after it are filling.
 * The check digit is not looked at: outside North America it is none.
 *
 * @returns undefined for what is no such number
 * @see ISO 3779
 */
export function decodeVin(data: Uint8Array): string | undefined {
  const text = decodePaddedText(data);
  return text !== undefined && VIN.test(text) ? text : undefined;
}

/** The seventeen bytes of a number. @returns undefined for what is no such number */
export function encodeVin(vin: string): Uint8Array | undefined {
  return VIN.test(vin) ? new TextEncoder().encode(vin) : undefined;
}

/**
 * Printable ASCII with zero bytes around it.
 *
 * @returns undefined when anything else is inside
 */
export function decodePaddedText(data: Uint8Array): string | undefined {
  let [start, end] = [0, data.length];
  while (start < end && data[start] === 0) start++;
  while (end > start && data[end - 1] === 0) end--;
  const bytes = data.subarray(start, end);
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f) ? String.fromCharCode(...bytes).trim() : undefined;
}
