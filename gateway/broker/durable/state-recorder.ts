import type { OutgoingEntry } from '#gateway/broker/sessions/outgoing-queue.ts';
import type { Session } from '#gateway/broker/sessions/session.ts';
import type { Done, Message, Place, QoS } from '#gateway/model/message.ts';
import type { StoredWill } from './state-codec.ts';

/**
 * Told of every change that has to outlive the process [B7]. Only persistent sessions are told of.
 * Nothing is durable until {@link StateRecorder.settle} has answered.
 */
export interface StateRecorder {
  /** A session that was not stored yet. */
  sessionStarted(session: Session): void;
  /** With all that it held: nothing else is told of it. */
  sessionEnded(session: Session): void;
  /** How long its client has been away by now, see `Sessions.awayMs`; 0 when it is back. Told now and then. */
  away(session: Session, awayMs: number): void;
  subscribed(session: Session, filter: string, qos: QoS): void;
  unsubscribed(session: Session, filter: string): void;
  /** Added with QoS 1 or 2; with QoS 2 told once more when it has its packet id, before PUBLISH is sent. */
  queued(session: Session, entry: OutgoingEntry): void;
  /** PUBREC came. */
  released(session: Session, entry: OutgoingEntry): void;
  /** Acknowledged, completed or dropped. */
  dequeued(session: Session, entry: OutgoingEntry): void;
  /** Undefined: nothing is retained on the topic any more. */
  retained(topic: string, message: Message | undefined, place: Place | undefined): void;
  /** A QoS 2 publish came in. */
  received(session: Session, packetId: number, place: Place | undefined): void;
  /** Its PUBREL came. */
  completed(session: Session, packetId: number): void;
  /** A client that is connected has left a will. @returns what its end is told by; undefined: it does not outlive the process */
  willLeft(will: StoredWill): number | undefined;
  /** Published, or given up. */
  willEnded(number: number): void;
  /** The journal has given the message its place; it will be fanned out. */
  begun(place: Place): void;
  /** All that the message changes has been told of. */
  fannedOut(place: Place): void;
  /** Answers once everything told so far is durable: at once if it is already. In the order of the calls. */
  settle(done: Done): void;
  /** So much waits for a disk that takes nothing that no more should be promised to anybody. */
  readonly isFull: boolean;
}

/** Nothing outlives the process. */
export const NO_RECORDER: StateRecorder = {
  sessionStarted: () => {},
  sessionEnded: () => {},
  away: () => {},
  subscribed: () => {},
  unsubscribed: () => {},
  queued: () => {},
  released: () => {},
  dequeued: () => {},
  retained: () => {},
  received: () => {},
  completed: () => {},
  willLeft: () => undefined,
  willEnded: () => {},
  begun: () => {},
  fannedOut: () => {},
  settle: (done) => done(),
  isFull: false,
};
