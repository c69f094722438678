/** One UBX frame whose checksum holds, not yet understood. */
export interface UbxFrame {
  readonly messageClass: number;
  readonly messageId: number;
  /** Without header and checksum; where a framer hands it over, a view of bytes that are only valid during the call. */
  readonly payload: DataView;
}

/** First of the two sync characters; the second is `b`. */
export const UBX_SYNC_1 = 0xb5;
const UBX_SYNC_2 = 0x62;

/** Sync characters, class, id and length. */
export const UBX_HEADER_BYTES = 6;

/** The two of Fletcher's sums. */
export const UBX_CHECKSUM_BYTES = 2;

/** Longest payload that a framer waits for: room for the raw measurements of 127 signals, more than any receiver tracks. */
export const MAX_UBX_PAYLOAD_BYTES = 4096;

/**
 * The length of the whole frame by its header; undefined if the header is none: no second sync character, a class that u-blox does not use, or a
 * payload longer than {@link MAX_UBX_PAYLOAD_BYTES}.
 *
 * @param start of the first sync character; the header must be there
 */
export function ubxFrameBytes(bytes: Uint8Array, start: number): number | undefined {
  if (bytes[start + 1] !== UBX_SYNC_2 || CLASSES[bytes[start + 2] ?? 0] !== 1) return undefined;
  const payloadBytes = (bytes[start + 4] ?? 0) | ((bytes[start + 5] ?? 0) << 8);
  return payloadBytes <= MAX_UBX_PAYLOAD_BYTES ? UBX_HEADER_BYTES + payloadBytes + UBX_CHECKSUM_BYTES : undefined;
}

/** Whether the checksum of a complete frame holds. */
export function isSoundUbx(bytes: Uint8Array, start: number, end: number): boolean {
  const checksum = ubxChecksum(bytes, start + 2, end - UBX_CHECKSUM_BYTES);
  return bytes[end - 2] === (checksum & 0xff) && bytes[end - 1] === checksum >> 8;
}

/** A view of a complete frame. */
export function viewUbx(bytes: Uint8Array, start: number, end: number): UbxFrame {
  const payloadStart = start + UBX_HEADER_BYTES;
  const payloadBytes = end - UBX_CHECKSUM_BYTES - payloadStart;
  return {
    messageClass: bytes[start + 2] ?? 0,
    messageId: bytes[start + 3] ?? 0,
    payload: new DataView(bytes.buffer, bytes.byteOffset + payloadStart, payloadBytes),
  };
}

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
    sumA = (sumA + (bytes[index] ?? 0)) | 0;
    sumB = (sumB + sumA) | 0;
  }
  return ((sumB & 0xff) << 8) | (sumA & 0xff);
}

/** 1 for each class that some generation uses: NAV RXM TRK INF ACK CFG UPD MON AID EVN TIM ESF MGA LOG SEC HNR NAV2. */
const CLASSES = new Uint8Array(256);
for (const messageClass of [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x10, 0x13, 0x21, 0x27, 0x28, 0x29,
]) {
  CLASSES[messageClass] = 1;
}
