import { Readable } from 'node:stream';
import type { Client, Subscription } from 'aedes';
import type { Delivery } from '#gateway/broker/delivery/delivery.ts';
import type { StateRecorder } from '#gateway/broker/durable/state-recorder.ts';
import type { Session } from '#gateway/broker/sessions/session.ts';
import type { Sessions } from '#gateway/broker/sessions/sessions.ts';
import { Outcome } from './outcome.ts';

/** What {@link EnginePersistence} needs. */
export interface EnginePersistenceOptions {
  readonly sessions: Sessions;
  readonly delivery: Delivery;
  readonly recorder: StateRecorder;
  /** The session of a client that is logged in. */
  readonly sessionOf: (client: Client) => Session | undefined;
}

/**
 * Sessions as Aedes sees them. It asks when a packet came, and answers the packet when it has its answer: so here is where a
 * change becomes durable before it is spoken of [B7].
 *
 * Delivery is ours, so Aedes finds nothing that is queued, and nothing that is retained.
 */
export class EnginePersistence {
  readonly #options: EnginePersistenceOptions;
  readonly #wills = new Map<string, unknown>();

  constructor(options: EnginePersistenceOptions) {
    this.#options = options;
  }

  /** Aedes looks whether this is an async function. */
  async setup(): Promise<void> {}

  /**
   * Whatever is in the list makes CONNACK say that a session is present, which it is without a subscription too [MQTT-3.2.2-2].
   * The subscriptions themselves are in place already: this one is refused by the gate.
   */
  subscriptionsByClient({ id }: { readonly id: string }): PromiseLike<Subscription[]> {
    return Outcome.of(this.#options.sessions.find(id)?.isResumed ? [{ ...PRESENT_SESSION }] : []);
  }

  /** The gate has done so, before it let Aedes go on. */
  addSubscriptions(): PromiseLike<void> {
    return DONE;
  }

  removeSubscriptions(client: Client, filters: readonly string[]): PromiseLike<void> {
    const { sessions, sessionOf, recorder } = this.#options;
    const session = sessionOf(client);
    if (session === undefined) return DONE;
    for (const filter of filters) sessions.unsubscribe(session, filter);
    return Outcome.from((done) => recorder.settle(done));
  }

  /** A clean session began with the login. */
  cleanSubscriptions(): PromiseLike<void> {
    return DONE;
  }

  cleanIncoming(): PromiseLike<void> {
    return DONE;
  }

  /** The intake has written down every packet that it lets pass, and knows which came before: a PUBLISH is answered, no more. */
  incomingGetPacket(client: Client, packet: AnsweredPacket): PromiseLike<unknown> {
    const isKnown = packet.cmd === 'publish' || this.#options.sessionOf(client)?.inbound.has(packet.messageId);
    return isKnown ? Outcome.of(packet) : Outcome.failed(NOT_FOUND);
  }

  incomingStorePacket(): PromiseLike<void> {
    return DONE;
  }

  /** PUBREL came; PUBCOMP leaves when a re-used packet id would be told apart after a crash too [B1]. */
  incomingDelPacket(client: Client, { messageId }: AnsweredPacket): PromiseLike<void> {
    const { sessionOf, recorder } = this.#options;
    const session = sessionOf(client);
    if (session?.inbound.delete(messageId) && session.isPersistent) {
      recorder.completed(session, messageId);
      return Outcome.from((done) => recorder.settle(done));
    }
    return DONE;
  }

  /** PUBACK or PUBCOMP came. */
  outgoingClearMessageId(client: Client, { messageId }: AnsweredPacket): PromiseLike<void> {
    const session = this.#options.sessionOf(client);
    if (session !== undefined) this.#options.delivery.acknowledge(session, messageId);
    return DONE;
  }

  /** PUBREC came to a session that outlives its connection; PUBREL leaves when that is durable. */
  outgoingUpdate(client: Client, { messageId }: AnsweredPacket): PromiseLike<void> {
    const { sessionOf, delivery, recorder } = this.#options;
    const session = sessionOf(client);
    if (session === undefined) return DONE;
    delivery.release(session, messageId);
    return Outcome.from((done) => recorder.settle(done));
  }

  outgoingStream(): Readable {
    return Readable.from([]);
  }

  createRetainedStreamCombi(): Readable {
    return Readable.from([]);
  }

  putWill({ id }: Client, will: unknown): PromiseLike<void> {
    this.#wills.set(id, will);
    return DONE;
  }

  delWill({ id }: Client): PromiseLike<void> {
    this.#wills.delete(id);
    return DONE;
  }

  /**
   * Aedes publishes the wills of brokers that it has not heard of for long by the host's date: when a clock without a battery
   * is set right, that would be all of its own clients. This broker has no peers.
   */
  streamWill(): Readable {
    return Readable.from([]);
  }
}

/** What a client's packet, or Aedes' answer to it, says. */
interface AnsweredPacket {
  readonly cmd?: string;
  readonly messageId: number;
}

/** Stands for a session that is there; the first level of a filter that nobody may subscribe to. */
export const PRESENT_SESSION: Subscription = { topic: '$session', qos: 0 };

const DONE: PromiseLike<void> & { finally(action: () => void): unknown } = Outcome.of(undefined);
const NOT_FOUND = new Error('no such packet');
