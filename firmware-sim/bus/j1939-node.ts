import type { CanFrame } from '#devices/can/can-frame.ts';
import { decodeJ1939Id, encodeJ1939Id, GLOBAL_ADDRESS, NULL_ADDRESS } from '#devices/can/j1939/j1939-id.ts';
import { ADDRESS_CLAIM_PGN, decodeJ1939Name, writeJ1939Name } from '#devices/can/j1939/j1939-name.ts';
import { segmentTransfer, TRANSFER_PRIORITY } from '#devices/can/j1939/segment-transfer.ts';
import type { BusListener, CanBus } from './can-bus.ts';

/** What a node sends. */
export interface NodeMessage {
  readonly pgn: number;
  readonly priority: number;
  readonly data: Uint8Array;
  /** Absent: all. */
  readonly destination?: number;
}

/**
 * A node of a J1939 bus: it claims an address, defends it against higher NAMEs, gives way to lower ones, and sends nothing while it has
 * none. Messages that do not fit a frame go by the transport protocol.
 *
 * @see SAE J1939-81, 4.4 (address claims); SAE J1939-21, 5.10 (transport)
 */
export class J1939Node implements BusListener {
  readonly name: bigint;
  readonly #bus: CanBus;
  #address: number;
  /** Nothing else is sent before. */
  #speaksFromMs = Number.POSITIVE_INFINITY;
  /** A node makes one transfer at a time. */
  #transferFromMs = 0;

  constructor(bus: CanBus, name: bigint, address: number) {
    this.#bus = bus;
    this.name = name;
    this.#address = address;
    bus.listen(this);
  }

  /** {@link NULL_ADDRESS} while it has none. */
  get address(): number {
    return this.#address;
  }

  /** Claims its address. */
  claim(address = this.#address): void {
    this.#address = address;
    this.#sendFrame(ADDRESS_CLAIM_PGN, CLAIM_PRIORITY, writeJ1939Name(this.name), GLOBAL_ADDRESS);
    this.#speaksFromMs = address === NULL_ADDRESS ? Number.POSITIVE_INFINITY : this.#bus.nowMs + CLAIM_WAIT_MS;
  }

  /** @param isCyclic one that still waits for the wire is out of date */
  send({ data, destination = GLOBAL_ADDRESS, pgn, priority }: NodeMessage, isCyclic = false): void {
    if (this.#bus.nowMs < this.#speaksFromMs) return;
    if (data.length <= FRAME_BYTES) {
      this.#sendFrame(pgn, priority, data, destination, isCyclic);
      return;
    }
    const source = this.#address;
    const gapMs = destination === GLOBAL_ADDRESS ? BAM_GAP_MS : REPLY_MS;
    const startMs = Math.max(this.#bus.nowMs, this.#transferFromMs);
    if (startMs > this.#bus.nowMs + MAX_TRANSFER_DELAY_MS) return;
    // What the other side answers is part of the exchange: it is known beforehand.
    const frames = segmentTransfer({ pgn, priority: TRANSFER_PRIORITY, data, source, destination });
    for (const [index, frame] of frames.entries())
      this.#bus.at(startMs + index * gapMs, () => this.#bus.send(frame, this));
    this.#transferFromMs = startMs + frames.length * gapMs;
  }

  onFrame(frame: CanFrame): void {
    if (!frame.isExtended) return;
    const { pgn, source } = decodeJ1939Id(frame.id);
    if (pgn === REQUEST_PGN && requestedPgn(frame) === ADDRESS_CLAIM_PGN) this.#restate();
    if (pgn !== ADDRESS_CLAIM_PGN || source !== this.#address || source === NULL_ADDRESS) return;
    if (this.name < nameIn(frame)) this.#restate();
    else this.claim(this.#nextAddress());
  }

  /** Says again what address it has. */
  #restate(): void {
    const speaksFromMs = this.#speaksFromMs;
    this.claim();
    // Whoever had the address goes on.
    this.#speaksFromMs = Math.min(speaksFromMs, this.#speaksFromMs);
  }

  /** After a lost one; {@link NULL_ADDRESS} says that it can claim none. */
  #nextAddress(): number {
    if (!decodeJ1939Name(this.name).isArbitraryAddressCapable) return NULL_ADDRESS;
    const isFirst = this.#address < FIRST_DYNAMIC_ADDRESS;
    return isFirst ? FIRST_DYNAMIC_ADDRESS : Math.min(this.#address + 1, LAST_DYNAMIC_ADDRESS);
  }

  #sendFrame(pgn: number, priority: number, data: Uint8Array, destination: number, isCyclic = false): void {
    const id = encodeJ1939Id({ pgn, priority, source: this.#address, destination });
    this.#bus.send({ id, isExtended: true, isRemote: false, data }, this, isCyclic);
  }
}

/** Request: three bytes, the number of what is asked for. */
export const REQUEST_PGN = 59904;
const FRAME_BYTES = 8;
const CLAIM_PRIORITY = 6;
/** Others have that long to object. */
export const CLAIM_WAIT_MS = 250;
/** Between the packets of an announced transfer: 50 to 200 ms. */
const BAM_GAP_MS = 50;
/** What would have to wait longer for the transfers before it is left out: it will come again. */
const MAX_TRANSFER_DELAY_MS = 2_000;
/** Between the frames of an agreed one. */
const REPLY_MS = 10;
/** Addresses that nobody has by right. */
const FIRST_DYNAMIC_ADDRESS = 128;
const LAST_DYNAMIC_ADDRESS = 247;

function requestedPgn({ data }: CanFrame): number {
  return (data[0] ?? 0) | ((data[1] ?? 0) << 8) | ((data[2] ?? 0) << 16);
}

function nameIn({ data }: CanFrame): bigint {
  return data.length === FRAME_BYTES ? new DataView(data.buffer, data.byteOffset).getBigUint64(0, true) : MAX_NAME;
}

const MAX_NAME = 2n ** 64n - 1n;
