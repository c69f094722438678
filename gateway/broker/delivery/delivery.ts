import type { StateRecorder } from '#gateway/broker/durable/state-recorder.ts';
import { quote, type Refusals } from '#gateway/broker/refusals.ts';
import { copyOfPayload } from '#gateway/broker/sessions/outgoing-queue.ts';
import { type RetainedMessage, RetainedMessages } from '#gateway/broker/sessions/retained-messages.ts';
import type { Session } from '#gateway/broker/sessions/session.ts';
import type { Sessions } from '#gateway/broker/sessions/sessions.ts';
import type { Message, Place, QoS } from '#gateway/model/message.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import { encodePublish } from './encode-publish.ts';
import { SessionPump } from './session-pump.ts';

/** What {@link Delivery} needs. */
export interface DeliveryOptions {
  readonly sessions: Sessions;
  readonly retained: RetainedMessages;
  readonly recorder: StateRecorder;
  readonly refusals: Refusals;
  readonly clock: Clock;
}

/**
 * From the intake to the subscribers: retained, matched, queued and written before the call returns, so that the order of the
 * calls is the order for every subscriber [B2, MQTT-4.6.0-6].
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #pump: SessionPump;
  #system = new RetainedMessages(SYSTEM_LIMITS);
  /** Topics whose retained messages a session is still to be given, each with the filter that asked for it; as many as are retained. */
  readonly #retainedTopics = new WeakMap<Session, Map<string, string>>();

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#pump = new SessionPump(options);
  }

  /**
   * Retains the message, if it is to be, and hands it to everybody who subscribed.
   *
   * @returns whether what it changed must be made durable by itself before the message is acknowledged: the journal does not keep it
   */
  deliver(message: Message, place: Place | undefined): boolean {
    const parcel = new Parcel(message, place);
    const isRetained = message.isRetained && this.#retain(parcel);
    const isQueued = this.#fanOut(parcel);
    return place === undefined && message.qos > 0 && (isRetained || isQueued);
  }

  /** A value under `$SYS` of the gateway itself; the last one is kept for who subscribes later. */
  publishSystem(topic: string, payload: Uint8Array): void {
    const message: Message = {
      ...{ topic, payload, qos: 0, isRetained: true, isDuplicate: false },
      clientId: '@broker',
    };
    this.#system.set(message, undefined);
    this.#fanOut(new Parcel(message, undefined));
  }

  /**
   * A message of the gateway itself that holds only as long as it runs: kept in memory for who subscribes later, at QoS 0, and written
   * down nowhere, nor is what the topic had before.
   */
  announce(message: Message): void {
    const parcel = new Parcel(message, undefined);
    this.#options.retained.set(parcel.own(), undefined);
    this.#options.recorder.retained(message.topic, undefined, undefined);
    this.#fanOut(parcel);
  }

  /** No value under `$SYS` is kept any more. */
  forgetSystem(): void {
    this.#system = new RetainedMessages(SYSTEM_LIMITS);
  }

  /** The client was told that it is subscribed to these. */
  sendRetained(session: Session, filters: Iterable<string>): void {
    const topics = this.#retainedTopics.get(session) ?? new Map<string, string>();
    for (const filter of filters) {
      for (const { message } of this.#retainedUnder(filter)) topics.set(message.topic, filter);
    }
    if (topics.size === 0) return;
    this.#retainedTopics.set(session, topics);
    this.#giveRetained(session);
  }

  /** CONNACK has left, or the connection has room again. */
  refill(session: Session): void {
    this.#pump.run(session);
    this.#giveRetained(session);
  }

  /** PUBACK (QoS 1) or PUBCOMP (QoS 2) came; a packet id that does not wait for it changes nothing. */
  acknowledge(session: Session, packetId: number, qos: 1 | 2): void {
    const entry = session.outgoing.acknowledge(packetId, qos);
    if (entry === undefined) return;
    if (session.isPersistent) this.#options.recorder.dequeued(session, entry);
    this.#pump.run(session);
    this.#giveRetained(session);
  }

  /** PUBREC came; PUBREL may leave once the recorder has settled. */
  release(session: Session, packetId: number): void {
    const entry = session.outgoing.release(packetId);
    if (entry !== undefined && session.isPersistent) this.#options.recorder.released(session, entry);
  }

  /** As much as the queue has room for, and leaves half of that to what is published meanwhile; the rest follows. */
  #giveRetained(session: Session): void {
    const topics = this.#retainedTopics.get(session);
    if (topics === undefined) return;
    for (const [topic, filter] of topics) {
      if (session.outgoing.isHalfFull) return;
      topics.delete(topic);
      const granted = session.subscriptions.get(filter);
      if (granted === undefined || session.rights?.mayReceive(topic) === false) continue;
      // What is retained now: the topic may have a newer message since it was asked for.
      for (const { message, place } of this.#retainedUnder(topic)) {
        this.#pump.give(session, new Parcel(message, place, true), minQos(granted, message.qos));
      }
    }
    this.#retainedTopics.delete(session);
  }

  #retainedUnder(filter: string): Iterable<RetainedMessage> {
    return (filter.startsWith('$') ? this.#system : this.#options.retained).matching(filter);
  }

  /** @returns whether it is queued for a session that outlives its connection */
  #fanOut(parcel: Parcel): boolean {
    const { topic, qos } = parcel.message;
    let isQueued = false;
    for (const { session, qos: granted } of this.#options.sessions.match(topic)) {
      if (session.rights?.mayReceive(topic) === false) continue;
      const isTaken = this.#pump.give(session, parcel, minQos(granted, qos));
      if (isTaken && session.isPersistent) isQueued = true;
    }
    return isQueued;
  }

  /** @returns whether that changed anything */
  #retain(parcel: Parcel): boolean {
    const { retained, recorder, refusals } = this.#options;
    const { topic, payload } = parcel.message;
    if (payload.length > 0 && !recorder.isFull && retained.set(parcel.own(), parcel.place)) {
      recorder.retained(topic, parcel.own(), parcel.place);
      return true;
    }
    const { count, sizeBytes } = retained;
    if (payload.length > 0) {
      const why = recorder.isFull ? 'the disk takes no more' : `${count} are kept, of ${sizeBytes} bytes`;
      const text = `did not retain a message on ${quote(topic)}: ${why}`;
      retained.delete(topic);
      refusals.note({ reason: 'retainedFull', client: parcel.message.clientId, text }, { topic });
    } else if (!retained.delete(topic)) return false;
    recorder.retained(topic, undefined, parcel.place);
    return true;
  }
}

/** One message on its way to many: what is made of it for one subscriber is there for the next. */
export class Parcel {
  readonly message: Message;
  readonly place: Place | undefined;
  /** Whether RETAIN is set on the way to the subscriber [MQTT-3.3.1-8, MQTT-3.3.1-9]. */
  readonly isRetained: boolean;
  #own: Message | undefined;
  #passing: Message | undefined;
  #packet: Buffer | undefined;

  constructor(message: Message, place: Place | undefined, isRetained = false) {
    this.message = message;
    this.place = place;
    this.isRetained = isRetained;
    // Only what has been kept before is handed out as retained.
    if (isRetained) this.#own = message;
  }

  /** To keep: a payload as it comes is a piece of what was read from the socket, and would keep all of that. */
  own(): Message {
    this.#own ??= { ...this.message, payload: copyOfPayload(this.message) };
    return this.#own;
  }

  /** To keep until it is acknowledged, which will be soon: its payload shares memory with others of that kind. */
  passing(): Message {
    this.#passing ??= this.#own ?? { ...this.message, payload: Buffer.from(this.message.payload) };
    return this.#passing;
  }

  /** As a packet of QoS 0. */
  packet(): Buffer {
    this.#packet ??= encodePublish(this.message.topic, this.message.payload, {
      qos: 0,
      isRetained: this.isRetained,
      isDuplicate: false,
      packetId: undefined,
    });
    return this.#packet;
  }
}

const SYSTEM_LIMITS = { maxRetainedMessages: 1000, maxRetainedBytes: 2 ** 20 };

function minQos(one: QoS, other: QoS): QoS {
  return one < other ? one : other;
}
