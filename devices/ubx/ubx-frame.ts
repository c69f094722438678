/** One UBX frame whose checksum holds, not yet understood. */
export interface UbxFrame {
  readonly messageClass: number;
  readonly messageId: number;
  /** Without header and checksum; where a framer hands it over, a view of bytes that are only valid during the call. */
  readonly payload: DataView;
}

/** Sync characters, class, id and length. */
export const UBX_HEADER_BYTES = 6;
/** The two of Fletcher's sums. */
export const UBX_CHECKSUM_BYTES = 2;
export const UBX_SYNC_1 = 0xb5;
export const UBX_SYNC_2 = 0x62;

/**
 * ```text
 *  0    1    2      3   4        6            6+n
 *  B5   62   class  id  length n payload      sum A, sum B over class to payload
 * ```
 * @see u-blox interface description, UBX frame structure and checksum
 */
export function encodeUbxFrame({ messageClass, messageId, payload }: UbxFrame): Uint8Array {
  const end = UBX_HEADER_BYTES + payload.byteLength;
  const frame = new Uint8Array(end + UBX_CHECKSUM_BYTES);
  frame.set([UBX_SYNC_1, UBX_SYNC_2, messageClass, messageId, payload.byteLength & 0xff, payload.byteLength >> 8]);
  frame.set(new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength), UBX_HEADER_BYTES);
  const checksum = ubxChecksum(frame, 2, end);
  frame[end] = checksum & 0xff;
  frame[end + 1] = checksum >> 8;
  return frame;
}

/** Fletcher's checksum over `bytes[start]` to `bytes[end - 1]`: sum A in the low byte, sum B in the high one. */
export function ubxChecksum(bytes: Uint8Array, start: number, end: number): number {
  let sumA = 0;
  let sumB = 0;
  for (let index = start; index < end; index++) {
    sumA = (sumA + (bytes[index] ?? 0)) & 0xff;
    sumB = (sumB + sumA) & 0xff;
  }
  return (sumB << 8) | sumA;
}
