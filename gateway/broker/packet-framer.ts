import type { PacketFault } from './packet-fault.ts';

/** Why a byte stream is no longer MQTT that we are willing to read. */
export type FramingRejection = 'malformedLength' | 'packetTooLarge' | PacketFault;

/** Judges a whole packet; like `packetFault`. */
export type PacketJudge = (bytes: Buffer, start: number, end: number) => PacketFault | undefined;

/** What one chunk completed. */
export type Framed =
  | {
      readonly isFramed: true;
      /** Buffers that hold whole packets only, in order. */
      readonly whole: readonly Buffer[];
      /** How many of those packets are publishes. */
      readonly publishCount: number;
      /** Bytes behind the last packet asked for, not looked at. */
      readonly rest: Buffer;
    }
  | { readonly isFramed: false; readonly reason: FramingRejection };

/**
 * Cuts a byte stream into whole MQTT packets, so that the parser behind it never has to buffer and no peer decides how much
 * memory it gets: a length over the limit is refused before a byte of the body is kept [B5].
 *
 * ```text
 * byte 0        type and flags
 * byte 1 to 4   remaining length: 7 bits each, least significant first; the high bit says that another byte follows
 * ```
 * @see MQTT 3.1.1, section 2.2.3
 */
export class PacketFramer {
  readonly #maxPacketBytes: number;
  readonly #judge: PacketJudge;
  readonly #header = Buffer.alloc(MAX_HEADER_BYTES);
  #headerBytes = 0;
  #packet: Buffer | undefined;
  #filledBytes = 0;

  /**
   * @param maxPacketBytes largest packet, fixed header included
   * @param judge of each packet; by default none is refused for what is in it
   */
  constructor(maxPacketBytes: number, judge: PacketJudge = () => undefined) {
    this.#maxPacketBytes = maxPacketBytes;
    this.#judge = judge;
  }

  /** @param packetLimit stop after so many packets, and give back the rest */
  push(chunk: Buffer, packetLimit = Number.POSITIVE_INFINITY): Framed {
    const whole: Buffer[] = [];
    let publishCount = 0;
    let offset = 0;
    if (this.#headerBytes > 0) {
      const continued = this.#continuePacket(chunk);
      if (typeof continued !== 'number') return { isFramed: false, reason: continued };
      offset = continued;
      const packet = this.#takePacket();
      if (packet === undefined) return { isFramed: true, whole, publishCount, rest: EMPTY };
      const fault = this.#judge(packet, 0, packet.length);
      if (fault !== undefined) return { isFramed: false, reason: fault };
      whole.push(packet);
      if (isPublish(packet, 0)) publishCount++;
    }
    const start = offset;
    for (let count = whole.length; count < packetLimit && offset < chunk.length; count++) {
      const sizeBytes = packetSizeBytes(chunk, offset, chunk.length);
      if (sizeBytes === MALFORMED) return { isFramed: false, reason: 'malformedLength' };
      if (sizeBytes > this.#maxPacketBytes) return { isFramed: false, reason: 'packetTooLarge' };
      if (sizeBytes === INCOMPLETE || offset + sizeBytes > chunk.length) {
        if (offset > start) whole.push(chunk.subarray(start, offset));
        this.#continuePacket(chunk.subarray(offset));
        return { isFramed: true, whole, publishCount, rest: EMPTY };
      }
      const fault = this.#judge(chunk, offset, offset + sizeBytes);
      if (fault !== undefined) return { isFramed: false, reason: fault };
      if (isPublish(chunk, offset)) publishCount++;
      offset += sizeBytes;
    }
    if (offset > start) whole.push(chunk.subarray(start, offset));
    return { isFramed: true, whole, publishCount, rest: chunk.subarray(offset) };
  }

  /** Adds to the packet that is still short. @returns how many bytes of the chunk belong to it */
  #continuePacket(chunk: Buffer): number | FramingRejection {
    let offset = 0;
    while (this.#packet === undefined) {
      if (offset === chunk.length) return offset;
      this.#headerBytes += chunk.copy(this.#header, this.#headerBytes, offset, ++offset);
      const sizeBytes = packetSizeBytes(this.#header, 0, this.#headerBytes);
      if (sizeBytes === MALFORMED) return 'malformedLength';
      if (sizeBytes > this.#maxPacketBytes) return 'packetTooLarge';
      if (sizeBytes !== INCOMPLETE) {
        this.#packet = Buffer.allocUnsafeSlow(sizeBytes);
        this.#filledBytes = this.#header.copy(this.#packet, 0, 0, this.#headerBytes);
      }
    }
    const copiedBytes = chunk.copy(this.#packet, this.#filledBytes, offset);
    this.#filledBytes += copiedBytes;
    return offset + copiedBytes;
  }

  #takePacket(): Buffer | undefined {
    const packet = this.#packet;
    if (packet === undefined || this.#filledBytes < packet.length) return undefined;
    this.#packet = undefined;
    this.#headerBytes = 0;
    return packet;
  }
}

/** Whether the packet that begins at `start` is a PUBLISH [MQTT 3.1.1, section 2.2.1]. */
export function isPublish(bytes: Uint8Array, start: number): boolean {
  return (bytes[start] ?? 0) >> 4 === PUBLISH_TYPE;
}

const PUBLISH_TYPE = 3;
const EMPTY = Buffer.alloc(0);
const MAX_HEADER_BYTES = 5;
// No packet is shorter than two bytes, so neither can be mistaken for a size.
const INCOMPLETE = 0;
const MALFORMED = -1;

/** Size of the packet whose fixed header begins at `start`, fixed header included; or `INCOMPLETE`, or `MALFORMED`. */
function packetSizeBytes(bytes: Buffer, start: number, end: number): number {
  let lengthBytes = 0;
  for (let index = start + 1; index < end; index++) {
    const byte = bytes[index] ?? 0;
    const position = index - start - 1;
    lengthBytes += (byte & 0x7f) * 128 ** position;
    if (byte < 0x80) return position + 2 + lengthBytes;
    if (position === 3) return MALFORMED;
  }
  return INCOMPLETE;
}
