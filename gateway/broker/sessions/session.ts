import type { DisconnectReason } from '#gateway/broker/seen/disconnect-reason.ts';
import type { Place, QoS } from '#gateway/model/message.ts';
import { type OutgoingLimits, OutgoingQueue } from './outgoing-queue.ts';
import type { QueueBudget } from './queue-budget.ts';

/** The way out to a client that is connected. */
export interface SessionConnection {
  /** Whether it makes sense to send more now; it says when it has room again. */
  readonly hasRoom: boolean;
  /** Whole packets; they leave in the order of the calls. */
  send(packets: Uint8Array): void;
}

/** What the client may be given. */
export interface ReceiveRights {
  mayReceive(topic: string): boolean;
}

/** A connection that has logged in. */
export interface SessionHolder {
  /** Closes it: another takes its place [MQTT-3.1.4-2], its session ends, or the disk fails it. */
  close(reason: DisconnectReason, text?: string): void;
}

/** Who a session belongs to. */
export interface SessionIdentity {
  readonly clientId: string;
  /** The account; undefined is that of all clients without a login. */
  readonly username: string | undefined;
  /** Outlives its connections: the client asked for no clean session. */
  readonly isPersistent: boolean;
}

/** What MQTT calls the session state of a server [MQTT 3.1.1, 3.1.2.4], and the connection while there is one. */
export class Session implements SessionIdentity {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly isPersistent: boolean;
  /** Filter to QoS granted; changed by `Sessions` alone. */
  readonly subscriptions = new Map<string, QoS>();
  readonly outgoing: OutgoingQueue;
  /** QoS 2 publishes received and not released yet: packet id to where the journal keeps the message, if it does. */
  readonly inbound = new Map<number, Place | undefined>();
  /** Whether it was there before the login of its holder: CONNACK's session present [MQTT-3.2.2-2]. */
  isResumed = false;
  /** From the login until the connection closes. */
  holder: SessionHolder | undefined;
  /** From CONNACK until the connection closes. */
  connection: SessionConnection | undefined;
  /**
   * Since when nobody holds it, on the monotonic clock; before the start of the process where the client was away then already.
   * Undefined while somebody does.
   */
  awaySinceMs: number | undefined;
  /** Those of the last login; undefined after a restart. */
  rights: ReceiveRights | undefined;

  constructor({ clientId, username, isPersistent }: SessionIdentity, limits: OutgoingLimits, budget?: QueueBudget) {
    this.clientId = clientId;
    this.username = username;
    this.isPersistent = isPersistent;
    this.outgoing = new OutgoingQueue(limits, budget);
  }
}
