/**
 * J1939 above CAN: who speaks (addresses and NAMEs), in messages of up to 1,785 bytes, of which faults.
 *
 * This folder takes frames and never sends: a listener puts together what others agree on. Encoders for the sending side (a simulated
 * node) stand beside the decoders. Time comes in. Start with {@link J1939Bus}, then `j1939-id.ts` and `transfer.ts`.
 */
import type { CanFrame } from '#devices/can/can-frame.ts';
import type { ClaimChange } from './address-book.ts';
import type { DtcChange } from './dtc-tracker.ts';
import type { J1939Message } from './j1939-message.ts';

/** What a bus tells. */
export interface J1939Handler {
  /** A message: each frame that carries one itself, and each transfer that is complete. */
  onMessage(message: J1939Message): void;
  onClaim(change: ClaimChange): void;
  onDtc(change: DtcChange): void;
}

/** Follows one bus, in bounded memory. */
export class J1939Bus {
  readonly #handler: J1939Handler;

  constructor(handler: J1939Handler) {
    this.#handler = handler;
  }

  /** What was refused so far, by reason. */
  get rejections(): Readonly<Record<string, number>> {
    return {};
  }

  /**
   * Takes the next frame of the bus.
   *
   * @param nowMs when it came, by a clock that does not jump; without one always 0, and nothing times out
   * @returns true for a frame of the transport protocols, which is no message itself
   */
  take(_frame: CanFrame, _nowMs: number): boolean {
    void this.#handler;
    return false;
  }

  /** Gives up what has timed out. */
  tick(_nowMs: number): void {}

  /** Who sits at an address; undefined before it claimed. */
  nameOf(_address: number): bigint | undefined {
    return undefined;
  }
}
