import type { CanFrame } from '#devices/can/can-frame.ts';
import type { DbcMessage } from '#devices/can/dbc/dbc.ts';

/**
 * A protocol above CAN, in the pipeline of a bus: it sees every frame before identifiers are looked up, keeps those that carry its
 * transport, and says what the others are. J1939 is one.
 */
export interface CanStage {
  /**
   * A frame came.
   *
   * @returns true for a frame of its transport, of which nothing else is to be made; what it completes goes to {@link TakeMessage}
   */
  take(frame: CanFrame, nowMs: number): boolean;
  /**
   * What an identifier is of which no database knows the number itself, such as a PGN from any source address.
   * Asked at the first frame of an identifier; the answer is kept.
   */
  find(id: number, isExtended: boolean): MessageOrigin | undefined;
  /** Time has passed: transfers may have timed out. */
  tick(nowMs: number): void;
  /** What it refused, by reason, since the start. */
  rejections(): Readonly<Record<string, number>>;
}

/** Who says what: one message of one sender. Kept as long as it is heard, so that its own fields may be made once. */
export interface MessageOrigin {
  readonly decoder: MessageDecoder;
  /** What the event says beside its signals: `pgn`, `sourceAddress`, …; asked for each event. */
  describe?(): Readonly<Record<string, unknown>>;
  /** After `decoder.read`: takes out what the sender states as absent. */
  clearAbsent?(values: SignalValues): void;
}

/**
 * A stage hands over a message that came in several frames.
 *
 * @param key tells the origins of a stage apart, such as PGN and source address; the same key has the same origin always
 * @param data may be overwritten afterwards
 */
export type TakeMessage = (key: string, origin: MessageOrigin, data: Uint8Array) => void;

/** Reads the signals of one message. */
export interface MessageDecoder {
  readonly message: DbcMessage;
  read(data: Uint8Array, values: SignalValues): void;
}

/** The values of a message, by the place of the signal in it. */
export interface SignalValues {
  readonly physical: Float64Array;
  readonly raw: Float64Array;
  readonly isPresent: Uint8Array;
}
