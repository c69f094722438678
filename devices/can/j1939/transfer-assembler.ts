import { GLOBAL_ADDRESS, NULL_ADDRESS, priorityOf, sourceOf } from './j1939-id.ts';
import { type J1939Message, MAX_TRANSFER_BYTES, MIN_TRANSFER_BYTES } from './j1939-message.ts';
import { type PacketRejection, Transfer } from './transfer.ts';
import {
  type ControlRejection,
  decodeTransportControl,
  PACKET_BYTES,
  type TransferRequest,
  type TransportControl,
} from './transport-control.ts';

/** Transfers under way at a time; more than a bus of 500 kbit/s carries before they time out, unless somebody floods it. */
export const MAX_TRANSFERS = 256;

/** Why there is no message. */
export type TransferRejection =
  | ControlRejection
  | PacketRejection
  | 'bad-transfer-size'
  | 'bad-packet-count'
  | 'bad-transfer-address'
  | 'too-many-transfers'
  | 'packet-without-transfer'
  | 'control-without-transfer'
  | 'transfer-replaced'
  | 'transfer-aborted'
  | 'transfer-timeout'
  | 'transfer-incomplete';

/**
 * Puts together what nodes send in packets, between any two of them and to all, as many as go on side by side. It only listens: the
 * receiver that is addressed asks, repeats and refuses, and its word counts.
 *
 * Announced transfers (BAM) are told with their last packet. Agreed ones (RTS/CTS) with the acknowledgement of the receiver; where that is not
 * heard, once the time for it is over and nobody has aborted. Memory is {@link MAX_TRANSFERS} messages of the longest kind.
 *
 * @see SAE J1939-21, 5.10
 */
export class TransferAssembler {
  readonly #onMessage: (message: J1939Message, nowMs: number) => void;
  readonly #onRejection: (reason: TransferRejection) => void;
  /** By {@link keyOf}: a node has one transfer to each other, and one to all. */
  readonly #transfers = new Map<number, Transfer>();

  constructor(
    onMessage: (message: J1939Message, nowMs: number) => void,
    onRejection: (reason: TransferRejection) => void,
  ) {
    this.#onMessage = onMessage;
    this.#onRejection = onRejection;
  }

  /** Takes a frame of connection management. */
  takeControl(id: number, destination: number, data: Uint8Array, nowMs: number): void {
    const control = decodeTransportControl(data);
    this.#reject(control.isDecoded ? this.#obey(id, destination, control.value, nowMs) : control.reason);
  }

  /** Takes a frame with a packet. */
  takePacket(id: number, destination: number, data: Uint8Array, nowMs: number): void {
    const key = keyOf(sourceOf(id), destination);
    const transfer = this.#current(key, nowMs);
    if (transfer === undefined) this.#onRejection('packet-without-transfer');
    else {
      this.#end(key, transfer.take(data, nowMs));
      if (transfer.isToAll && transfer.isComplete) this.#tell(key, transfer, nowMs);
    }
  }

  /** Gives up what has timed out. */
  tick(nowMs: number): void {
    for (const key of this.#transfers.keys()) this.#current(key, nowMs);
  }

  /** @returns why nothing came of it; undefined if all is well, or a transfer ended that counts itself */
  #obey(id: number, destination: number, control: TransportControl, nowMs: number): TransferRejection | undefined {
    switch (control.kind) {
      case 'rts':
      case 'bam':
        return this.#open(id, destination, control, nowMs);
      case 'abort':
        return this.#abort(sourceOf(id), destination, control.pgn, nowMs);
      case 'cts':
      case 'endOfMessage':
        // An answer goes back from the receiver.
        return this.#answer(keyOf(destination, sourceOf(id)), control, nowMs);
    }
  }

  #open(id: number, destination: number, request: TransferRequest, nowMs: number): TransferRejection | undefined {
    const source = sourceOf(id);
    const key = keyOf(source, destination);
    const former = this.#current(key, nowMs);
    if (former !== undefined) this.#finish(key, former, 'transfer-replaced', nowMs);
    const problem = problemOf(source, destination, request);
    if (problem !== undefined) return problem;
    if (this.#transfers.size >= MAX_TRANSFERS) this.tick(nowMs);
    if (this.#transfers.size >= MAX_TRANSFERS) return 'too-many-transfers';
    const inner = { priority: priorityOf(id), pgn: request.pgn, source, destination };
    this.#transfers.set(key, new Transfer(inner, request, nowMs));
    return undefined;
  }

  #answer(
    key: number,
    control: TransportControl & { readonly kind: 'cts' | 'endOfMessage' },
    nowMs: number,
  ): TransferRejection | undefined {
    const transfer = this.#current(key, nowMs);
    if (transfer === undefined || transfer.pgn !== control.pgn) return 'control-without-transfer';
    if (control.kind === 'cts') this.#end(key, transfer.clear(control.packetCount, control.nextPacket, nowMs));
    else if (!transfer.hasSize(control.sizeBytes, control.packetCount)) this.#end(key, 'bad-transfer-size');
    else if (transfer.isComplete) this.#tell(key, transfer, nowMs);
    else this.#end(key, 'transfer-incomplete');
    return undefined;
  }

  /** Either side may say it. Where both send each other the same parameter group, nobody can tell which transfer is meant: both go. */
  #abort(source: number, destination: number, pgn: number, nowMs: number): TransferRejection | undefined {
    const ways = [keyOf(source, destination), keyOf(destination, source)];
    const aborted = ways.filter((key) => this.#current(key, nowMs)?.pgn === pgn);
    for (const key of aborted) this.#end(key, 'transfer-aborted');
    return aborted.length > 0 ? undefined : 'control-without-transfer';
  }

  /** The transfer of a key, unless its time is over. */
  #current(key: number, nowMs: number): Transfer | undefined {
    const transfer = this.#transfers.get(key);
    if (transfer === undefined || !transfer.isExpired(nowMs)) return transfer;
    this.#finish(key, transfer, 'transfer-timeout', nowMs);
    return undefined;
  }

  /** Nothing more comes of a transfer. If it lacks nothing but the acknowledgement, it is told: nobody objected. */
  #finish(key: number, transfer: Transfer, reason: TransferRejection, nowMs: number): void {
    if (transfer.isComplete) this.#tell(key, transfer, nowMs);
    else this.#end(key, reason);
  }

  #tell(key: number, transfer: Transfer, nowMs: number): void {
    this.#transfers.delete(key);
    this.#onMessage(transfer.message, nowMs);
  }

  /** Ends a transfer without a message, if there is a reason to. */
  #end(key: number, reason: TransferRejection | undefined): void {
    if (reason === undefined) return;
    this.#transfers.delete(key);
    this.#onRejection(reason);
  }

  #reject(reason: TransferRejection | undefined): void {
    if (reason !== undefined) this.#onRejection(reason);
  }
}

function keyOf(source: number, destination: number): number {
  return source * 256 + destination;
}

function problemOf(source: number, destination: number, request: TransferRequest): TransferRejection | undefined {
  const { kind, sizeBytes, packetCount } = request;
  // The null address and that of all are nobody who could send, and nobody alone who could agree.
  const isToAll = destination === GLOBAL_ADDRESS;
  if (source >= NULL_ADDRESS || destination === NULL_ADDRESS) return 'bad-transfer-address';
  if (isToAll !== (kind === 'bam')) return 'bad-transfer-address';
  if (sizeBytes < MIN_TRANSFER_BYTES || sizeBytes > MAX_TRANSFER_BYTES) return 'bad-transfer-size';
  return packetCount === Math.ceil(sizeBytes / PACKET_BYTES) ? undefined : 'bad-packet-count';
}
