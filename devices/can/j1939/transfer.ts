import { GLOBAL_ADDRESS, type J1939Id } from './j1939-id.ts';
import type { J1939Message } from './j1939-message.ts';
import { PACKET_BYTES, type TransferRequest } from './transport-control.ts';

/** Between two packets. */
export const T1_MS = 750;
/** From the clearance to the first packet. */
export const T2_MS = 1250;
/** From the request, or the last packet that was cleared, to the answer. */
export const T3_MS = 1250;
/** From an answer that asks to wait to the next answer; the receiver repeats it every 500 ms (Th). */
export const T4_MS = 1050;

/** Why a packet ends a transfer. */
export type PacketRejection = 'sequence-gap' | 'duplicate-packet' | 'too-many-packets' | 'short-packet';

/**
 * One transfer under way, heard from the side: a number of packets that come in their order, from 1, or again from where the receiver asks.
 *
 * Nothing is filled in or guessed: a packet out of order ends it. The one exception is the last packet once more with the same bytes, which CAN
 * itself makes of a frame whose last bit only its sender saw disturbed.
 *
 * @see SAE J1939-21, 5.10.2
 */
export class Transfer {
  readonly #id: J1939Id;
  readonly #packetCount: number;
  readonly #data: Uint8Array;
  /** Packets from the first on that are there. */
  #heardCount = 0;
  #nextPacket = 1;
  /** The last packet that the receiver asked for; 0 where that was not heard. */
  #clearedTo = 0;
  #deadlineMs: number;

  /** @param id of the message inside, between the nodes of the request */
  constructor(id: J1939Id, request: TransferRequest, nowMs: number) {
    this.#id = id;
    this.#packetCount = request.packetCount;
    this.#data = new Uint8Array(request.sizeBytes);
    this.#deadlineMs = nowMs + (this.isToAll ? T1_MS : T3_MS);
  }

  get pgn(): number {
    return this.#id.pgn;
  }

  get isToAll(): boolean {
    return this.#id.destination === GLOBAL_ADDRESS;
  }

  /** Whether all packets are there, and all that were asked for again came again. */
  get isComplete(): boolean {
    return this.#heardCount === this.#packetCount && this.#nextPacket > this.#clearedTo;
  }

  /** Whether somebody has been silent for too long. */
  isExpired(nowMs: number): boolean {
    return nowMs > this.#deadlineMs;
  }

  /** The message; it may be asked for once {@link isComplete}. */
  get message(): J1939Message {
    return { ...this.#id, data: this.#data, transport: this.isToAll ? 'bam' : 'rtsCts' };
  }

  /** Whether an acknowledgement speaks of this transfer. */
  hasSize(sizeBytes: number, packetCount: number): boolean {
    return sizeBytes === this.#data.length && packetCount === this.#packetCount;
  }

  /**
   * The receiver asks for packets.
   *
   * @returns `sequence-gap` if it has packets that were not heard here
   */
  clear(packetCount: number, nextPacket: number, nowMs: number): PacketRejection | undefined {
    if (packetCount === 0) {
      this.#deadlineMs = nowMs + T4_MS;
      return undefined;
    }
    if (nextPacket < 1 || nextPacket > this.#packetCount) return 'too-many-packets';
    if (nextPacket > this.#heardCount + 1) return 'sequence-gap';
    this.#nextPacket = nextPacket;
    this.#clearedTo = Math.min(nextPacket + packetCount - 1, this.#packetCount);
    this.#deadlineMs = nowMs + T2_MS;
    return undefined;
  }

  /** @param data of the frame: number of the packet, up to seven bytes */
  take(data: Uint8Array, nowMs: number): PacketRejection | undefined {
    const packet = data[0] ?? 0;
    if (packet === this.#nextPacket - 1 && this.#holds(packet, data)) return undefined;
    if (packet !== this.#nextPacket || packet > this.#packetCount) return this.#misplaced(packet);
    const start = (packet - 1) * PACKET_BYTES;
    const end = Math.min(start + PACKET_BYTES, this.#data.length);
    if (data.length < 1 + end - start) return 'short-packet';
    for (let index = start; index < end; index++) this.#data[index] = data[1 + index - start] ?? 0;
    this.#nextPacket++;
    this.#heardCount = Math.max(this.#heardCount, packet);
    const isReceiversTurn = !this.isToAll && (packet === this.#clearedTo || this.#clearedTo === 0);
    this.#deadlineMs = nowMs + (isReceiversTurn ? T3_MS : T1_MS);
    return undefined;
  }

  #misplaced(packet: number): PacketRejection {
    if (packet > this.#packetCount) return 'too-many-packets';
    return packet > 0 && packet < this.#nextPacket ? 'duplicate-packet' : 'sequence-gap';
  }

  /** Whether these are the bytes of a packet that is there. */
  #holds(packet: number, data: Uint8Array): boolean {
    const start = (packet - 1) * PACKET_BYTES;
    const end = Math.min(start + PACKET_BYTES, this.#data.length);
    if (packet === 0 || data.length < 1 + end - start) return false;
    for (let index = start; index < end; index++) if (this.#data[index] !== data[1 + index - start]) return false;
    return true;
  }
}
