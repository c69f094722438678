import type { StateRecorder } from '#gateway/broker/durable/state-recorder.ts';
import type { Refusals } from '#gateway/broker/refusals.ts';
import type { RetainedMessages } from '#gateway/broker/sessions/retained-messages.ts';
import type { Session } from '#gateway/broker/sessions/session.ts';
import type { Sessions } from '#gateway/broker/sessions/sessions.ts';
import type { Message, Place } from '#gateway/model/message.ts';
import type { Clock } from '#gateway/runtime/clock.ts';

/** What {@link openDelivery} needs. */
export interface DeliveryOptions {
  readonly sessions: Sessions;
  readonly retained: RetainedMessages;
  readonly recorder: StateRecorder;
  readonly refusals: Refusals;
  readonly clock: Clock;
}

/** From the intake to the subscribers: everything happens before the call returns. */
export interface Delivery {
  /**
   * Retains it, if it is to be, and hands it to everybody who subscribed.
   *
   * @returns whether what it changed must be made durable by itself, before the message is acknowledged: the journal does not keep it
   */
  deliver(message: Message, place: Place | undefined): boolean;
  /** A value under `$SYS` of the gateway itself; the last one is kept for who subscribes later. */
  publishSystem(topic: string, payload: Uint8Array): void;
  /** The client was told that it is subscribed to that. */
  sendRetained(session: Session, filters: Iterable<string>): void;
  /** CONNACK has left: what was in flight is sent again, and then the queue. */
  resume(session: Session): void;
  /** PUBACK or PUBCOMP came; a packet id that is not in flight changes nothing. */
  acknowledge(session: Session, packetId: number): void;
  /** PUBREC came; PUBREL may leave once the recorder has settled. */
  release(session: Session, packetId: number): void;
}
