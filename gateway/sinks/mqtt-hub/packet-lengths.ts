/** Larger packets of a hub end the connection before they are read: MQTT allows 256 MiB, and MQTT.js would keep it all. */
export const MAX_HUB_PACKET_BYTES = 16 * 1024 * 1024;

const LENGTH_BITS = 7;
const LENGTH_MASK = 0x7f;
const MORE = 0x80;
const MAX_LENGTH_BYTES = 4;

/**
 * Follows the lengths of the packets in a byte stream, and keeps nothing of it.
 *
 * @see MQTT 5.0, section 2.1.4
 */
export class PacketLengths {
  /** Of the body under way. */
  #leftBytes = 0;
  /** Bytes of the fixed header that are there; the first is type and flags. */
  #headerBytes = 0;
  #lengthBytes = 0;

  /** @returns the length of a body that is larger than `maxBytes`; nothing after a length that is malformed, which the parser refuses */
  findLarger(chunk: Uint8Array, maxBytes: number): number | undefined {
    for (let offset = 0; offset < chunk.length; ) {
      if (this.#leftBytes > 0) {
        const taken = Math.min(this.#leftBytes, chunk.length - offset);
        this.#leftBytes -= taken;
        offset += taken;
        continue;
      }
      const isWhole = this.#addHeader(chunk[offset++] ?? 0);
      if (!isWhole) continue;
      if (this.#lengthBytes > maxBytes) return this.#lengthBytes;
      this.#leftBytes = this.#lengthBytes;
    }
    return undefined;
  }

  #addHeader(byte: number): boolean {
    if (this.#headerBytes === 0) {
      this.#headerBytes = 1;
      this.#lengthBytes = 0;
      return false;
    }
    this.#lengthBytes += (byte & LENGTH_MASK) * 2 ** (LENGTH_BITS * (this.#headerBytes - 1));
    this.#headerBytes += 1;
    if ((byte & MORE) !== 0 && this.#headerBytes <= MAX_LENGTH_BYTES) return false;
    this.#headerBytes = 0;
    return true;
  }
}
