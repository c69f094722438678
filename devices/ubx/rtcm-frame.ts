/** First byte of a frame of RTCM 3: corrections that are sent to, or pass through, a receiver. Nothing here reads what they say. */
export const RTCM_PREAMBLE = 0xd3;

/** Preamble, six reserved bits that are 0, ten bits of length. */
export const RTCM_HEADER_BYTES = 3;

/**
 * The length of the whole frame by its header, 6 to 1029 bytes; undefined if the reserved bits say that it is none.
 *
 * @param start of the preamble; the header must be there
 * @see RTCM 10403.3, transport layer
 */
export function rtcmFrameBytes(bytes: Uint8Array, start: number): number | undefined {
  const high = bytes[start + 1] ?? 0;
  const payloadBytes = (high << 8) | (bytes[start + 2] ?? 0);
  return high <= MAX_LENGTH_HIGH ? RTCM_HEADER_BYTES + payloadBytes + PARITY_BYTES : undefined;
}

/** Whether the parity of a complete frame holds. */
export function isSoundRtcm(bytes: Uint8Array, start: number, end: number): boolean {
  // The remainder over a frame with its own parity is 0.
  return crc24q(bytes, start, end) === 0;
}

/** The cyclic redundancy check of Qualcomm, 24 bits, over `bytes[start]` to `bytes[end - 1]`. */
export function crc24q(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let index = start; index < end; index++) {
    crc = ((crc << 8) & 0xff_ffff) ^ (CRC_TABLE[(crc >>> 16) ^ (bytes[index] ?? 0)] ?? 0);
  }
  return crc;
}

const MAX_LENGTH_HIGH = 0x03;
const PARITY_BYTES = 3;
const POLYNOMIAL = 0x186_4cfb;
/** The remainder of each byte. */
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 16;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80_0000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
  return crc;
});
