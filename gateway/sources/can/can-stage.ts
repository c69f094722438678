import type { CanFrame } from '#devices/can/can-frame.ts';
import type { MessageOrigin } from '#devices/can/reduction/message-report.ts';

/**
 * A protocol above CAN, in the pipeline of a bus: it sees every data frame before identifiers are looked up, keeps those that carry its
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
   * What an identifier is, such as a PGN from any source address; asked before the databases, at the first frame of an identifier. The
   * answer is kept, and what it describes is asked for each event.
   */
  find(id: number, isExtended: boolean): MessageOrigin | undefined;
  /** Time has passed: transfers may have timed out. */
  tick(nowMs: number): void;
  /** What it refused, by reason, since the start. */
  rejections(): Readonly<Record<string, number>>;
}

/**
 * A stage hands over a message that came in several frames.
 *
 * @param key tells the origins of a stage apart, such as PGN and source address; the same key has the same origin always
 * @param data may be overwritten afterwards
 */
export type TakeMessage = (key: string, origin: MessageOrigin, data: Uint8Array) => void;
