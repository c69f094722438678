import type { DbcMessage } from './dbc.ts';
import type { SignalValues } from './signal-values.ts';

/** Gives the payloads of one message their meaning; made by `compileMessage`. Keeps nothing from one payload to the next. */
export interface MessageDecoder {
  readonly message: DbcMessage;
  /**
   * Fills `values` with what the payload contains: multiplexed signals while selected, and of a short payload those that fit.
   * Allocates nothing: this is the way for every frame of a bus.
   *
   * @param values made for as many signals as the message has
   */
  read(data: Uint8Array, values: SignalValues): void;
  /** The same as objects, integers exact up to 64 bits. */
  decode(data: Uint8Array): DecodedMessage;
  /** The raw value with all its bits, a `bigint` exactly when the signal is an integer of more than 53 bits; whether or not it is selected. */
  rawAt(data: Uint8Array, signalIndex: number): number | bigint;
  /** The text that the file gives to a raw value. */
  labelOf(signalIndex: number, raw: number | bigint): string | undefined;
  /**
   * A number for what the multiplexors say in this payload: equal while the same signals are selected by the same values. Unequal selections
   * can share a number when a message has several wide multiplexors. 0 for a message without.
   */
  multiplexorKey(data: Uint8Array): number;
}

/** A frame, understood. */
export interface DecodedMessage {
  readonly name: string;
  /** Only what the payload contains: multiplexed signals while selected, and of a short frame those that fit. In the order of the file. */
  readonly signals: Readonly<Record<string, DecodedSignal>>;
  /** The frame has fewer bytes than its message. */
  readonly isShort: boolean;
}

/** One signal of a frame. */
export interface DecodedSignal {
  /** What the bits say. A `bigint` exactly when the signal is an integer of more than 53 bits, whatever its value. */
  readonly raw: number | bigint;
  /** `raw * factor + offset`, never clamped to the limits of the file. A `bigint` when `raw` is one and factor and offset are integers. */
  readonly phys: number | bigint;
  /** The text that the file gives to this raw value. */
  readonly label?: string;
  readonly unit?: string;
}
