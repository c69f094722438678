import type { CanFrame } from '#devices/can/can-frame.ts';
import type { SlcanBitrate } from '#devices/can/slcan/slcan-command.ts';

/** What an SLCAN adapter says to its host, whichever dialect it speaks. Pure but for its state. */
export interface AdapterDialogue {
  /** Frames of the bus are passed on only while this holds. */
  readonly isChannelOpen: boolean;
  /** What the host has set; undefined where it has not. */
  readonly bitrate: SlcanBitrate | undefined;
  /** Takes what the host sent. @returns the answers, in order */
  push(bytes: Uint8Array): readonly Uint8Array[];
  /** A frame of the bus, as the host wants it: with the time that the frame states, if timestamps are switched on. */
  encode(frame: CanFrame): Uint8Array;
  /** The host has closed the port: the adapter closes its channel and forgets what it was told. */
  reset(): void;
}

/** How a channel is open. `normal`: it acknowledges what others send, so it is a part of the bus. */
export type ChannelMode = 'normal' | 'listenOnly';

/** The electronics behind the dialogue. */
export interface AdapterElectronics {
  /** Bits of the status since they were read last. */
  readFlags(): number;
  opened(mode: ChannelMode, bitrate: SlcanBitrate): void;
  closed(): void;
  /** Puts a frame of the host on the bus. */
  transmit(frame: CanFrame): void;
  /** The host wanted to transmit where it may not. */
  refused(frame: CanFrame): void;
}

/** An adapter on a bus where nothing goes wrong. */
export const IDEAL_ELECTRONICS: AdapterElectronics = {
  readFlags: () => 0,
  opened: () => {},
  closed: () => {},
  transmit: () => {},
  refused: () => {},
};
