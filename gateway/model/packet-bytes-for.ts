/** The packet at a hub that the largest payload the broker takes can become: base64 adds a third. */
export function packetBytesFor(maxPayloadBytes: number): number {
  return Math.ceil((maxPayloadBytes * 4) / 3) + ENVELOPE_BYTES;
}

/** Topic and attributes around a payload: far more than they take. */
const ENVELOPE_BYTES = 64 * 1024;
