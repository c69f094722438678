/**
 * J1939 above CAN: who speaks (addresses and NAMEs), in messages of up to 1,785 bytes, of which faults.
 *
 * This folder takes frames and never sends: a listener puts together what others agree on. Encoders for the sending side (a simulated
 * node) stand beside the decoders. Time comes in. Start with {@link J1939Bus}, then `j1939-id.ts` and `transfer-assembler.ts`.
 */
import { type CanFrame, MAX_CAN_DATA_BYTES } from '#devices/can/can-frame.ts';
import { AddressBook, type ClaimChange, type ClaimRejection } from './address-book.ts';
import { DM1_PGN, decodeDiagnosticMessage } from './diagnostic-message.ts';
import { type DtcChange, DtcTracker } from './dtc-tracker.ts';
import { destinationOf, isJ1939Id, pgnOf, priorityOf, sourceOf } from './j1939-id.ts';
import type { J1939Message } from './j1939-message.ts';
import { ADDRESS_CLAIM_PGN } from './j1939-name.ts';
import { TransferAssembler, type TransferRejection } from './transfer-assembler.ts';
import {
  EXTENDED_CONTROL_PGN,
  EXTENDED_PACKET_PGN,
  EXTENDED_RTS,
  TRANSPORT_CONTROL_PGN,
  TRANSPORT_PACKET_PGN,
} from './transport-control.ts';

/** What a bus tells. */
export interface J1939Handler {
  /** A message: each frame that carries one itself, and each transfer that is complete. */
  onMessage(message: J1939Message): void;
  onClaim(change: ClaimChange): void;
  onDtc(change: DtcChange): void;
}

/** Why something was not understood. `extended-transfer`: one of more than 1,785 bytes began, which is not put together. */
export type J1939Rejection =
  | TransferRejection
  | ClaimRejection
  | 'fd-frame'
  | 'extended-transfer'
  | 'short-diagnostic'
  | 'too-many-dtcs';

/** Follows one bus, in bounded memory. */
export class J1939Bus {
  readonly #handler: J1939Handler;
  readonly #rejections: Partial<Record<J1939Rejection, number>> = {};
  readonly #transfers = new TransferAssembler(
    (message, nowMs) => this.#deliver(message, nowMs),
    (reason) => this.#reject(reason),
  );
  readonly #addresses = new AddressBook((change) => this.#noteClaim(change));
  readonly #dtcs = new DtcTracker((change) => this.#handler.onDtc(change));

  constructor(handler: J1939Handler) {
    this.#handler = handler;
  }

  /** What was refused so far, by reason. */
  get rejections(): Readonly<Partial<Record<J1939Rejection, number>>> {
    return this.#rejections;
  }

  /** Who sits at an address; undefined before it has claimed. */
  nameOf(address: number): bigint | undefined {
    return this.#addresses.nameOf(address);
  }

  /**
   * Takes the next frame of the bus; those of other protocols are passed over.
   *
   * @param nowMs when it came, by a clock that does not jump; without one always 0, and nothing times out
   * @returns true for a frame of the transport protocols, which is no message itself
   */
  take(frame: CanFrame, nowMs: number): boolean {
    const { id, data } = frame;
    if (!frame.isExtended || frame.isRemote || !isJ1939Id(id)) return false;
    if (data.length > MAX_CAN_DATA_BYTES) {
      this.#reject('fd-frame');
      return false;
    }
    const pgn = pgnOf(id);
    switch (pgn) {
      case TRANSPORT_PACKET_PGN:
        this.#transfers.takePacket(id, destinationOf(id), data, nowMs);
        return true;
      case TRANSPORT_CONTROL_PGN:
        this.#transfers.takeControl(id, destinationOf(id), data, nowMs);
        return true;
      case EXTENDED_CONTROL_PGN:
        if (data[0] === EXTENDED_RTS) this.#reject('extended-transfer');
        return true;
      case EXTENDED_PACKET_PGN:
        return true;
    }
    const way = { priority: priorityOf(id), source: sourceOf(id), destination: destinationOf(id) };
    this.#deliver({ ...way, pgn, data, transport: 'frame' }, nowMs);
    return false;
  }

  /** Time has passed: gives up what has timed out. Infinity at the end of a recording. */
  tick(nowMs: number): void {
    this.#transfers.tick(nowMs);
    this.#addresses.tick(nowMs);
  }

  #deliver(message: J1939Message, nowMs: number): void {
    const { pgn, source, data } = message;
    this.#handler.onMessage(message);
    if (pgn === ADDRESS_CLAIM_PGN) this.#reject(this.#addresses.take(source, data, nowMs));
    else if (pgn === DM1_PGN) this.#takeDiagnostic(source, data, nowMs);
  }

  #takeDiagnostic(source: number, data: Uint8Array, nowMs: number): void {
    const message = decodeDiagnosticMessage(data);
    if (message.isDecoded) this.#reject(this.#dtcs.take(source, this.nameOf(source), message.value, nowMs));
    else this.#reject(message.reason);
  }

  #noteClaim(change: ClaimChange): void {
    if (change.kind === 'claimed' && change.address !== undefined) this.#dtcs.identify(change.address, change.name);
    this.#handler.onClaim(change);
  }

  #reject(reason: J1939Rejection | undefined): void {
    if (reason !== undefined) this.#rejections[reason] = (this.#rejections[reason] ?? 0) + 1;
  }
}
