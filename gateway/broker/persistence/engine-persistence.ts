import { Readable } from 'node:stream';
import type { Client, Subscription } from 'aedes';
import type { Delivery } from '#gateway/broker/delivery/delivery.ts';
import { failureReason } from '#gateway/broker/failure-reason.ts';
import type { GuardedConnection } from '#gateway/broker/guarded-connection.ts';
import type { Session } from '#gateway/broker/sessions/session.ts';
import { invariant, type WaystationError } from '#gateway/model/errors.ts';
import { Outcome } from './outcome.ts';
import { type ClientId, DONE, SessionPersistence, type SessionPersistenceOptions } from './session-persistence.ts';
import type { EnginePacket } from './stored-packet.ts';

/** What {@link EnginePersistence} needs. */
export interface EnginePersistenceOptions extends SessionPersistenceOptions {
  readonly delivery: Delivery;
  /** The session of a client that is logged in. */
  readonly sessionOf: (client: Client) => Session | undefined;
}

/**
 * Sessions as Aedes sees them while they are in use. It asks when a packet came, and answers the packet when it has its answer:
 * so here is where a change becomes durable before it is spoken of [B7].
 *
 * Delivery is ours, so Aedes finds nothing that is queued, and nothing that is retained.
 */
export class EnginePersistence extends SessionPersistence {
  readonly #delivery: Delivery;
  readonly #sessionOf: EnginePersistenceOptions['sessionOf'];

  constructor(options: EnginePersistenceOptions) {
    super(options);
    this.#delivery = options.delivery;
    this.#sessionOf = options.sessionOf;
  }

  /**
   * Whatever is in the list makes CONNACK say that a session is present, which it is without a subscription too [MQTT-3.2.2-2].
   * The subscriptions themselves are in place already: this one is refused by the gate.
   */
  override subscriptionsByClient({ id }: ClientId): PromiseLike<Subscription[]> {
    return Outcome.of(this.sessions.find(id)?.isResumed ? [{ ...PRESENT_SESSION }] : []);
  }

  /** The gate has done so, before it let Aedes go on. */
  override addSubscriptions(): PromiseLike<void> {
    return DONE;
  }

  /** A clean session began with the login. */
  override cleanSubscriptions(): PromiseLike<void> {
    return DONE;
  }

  /** What came in on a clean session ends with it. Aedes asks for clients too that were never let in. */
  override cleanIncoming(): PromiseLike<void> {
    return DONE;
  }

  /** The intake has written down every packet that it lets pass, and knows which came before: a PUBLISH is answered, no more. */
  override incomingGetPacket(client: ClientId, packet: EnginePacket): PromiseLike<unknown> {
    if (packet.cmd === 'publish') return Outcome.of(packet);
    const { inbound, isPersistent } = this.sessionOf(client);
    if (inbound.has(packet.messageId ?? 0) || !isPersistent) return super.incomingGetPacket(client, packet);
    // PUBREL came before, and its answer may still wait for the disk: this one is the same [B1].
    return this.settled().then(
      () => undefined,
      (error) => closed(client, error),
    );
  }

  /** Aedes would send PUBCOMP whatever comes of this. */
  override incomingDelPacket(client: ClientId, packet: EnginePacket): PromiseLike<void> {
    return super.incomingDelPacket(client, packet).then(undefined, (error) => closed(client, error));
  }

  override incomingStorePacket(): PromiseLike<void> {
    return DONE;
  }

  /** PUBACK or PUBCOMP came. */
  override outgoingClearMessageId(client: ClientId, { cmd, messageId = 0 }: EnginePacket): PromiseLike<void> {
    this.#delivery.acknowledge(this.sessionOf(client), messageId, cmd === 'pubcomp' ? 2 : 1);
    return DONE;
  }

  /** PUBREC came to a session that outlives its connection; PUBREL leaves when that is durable. */
  override outgoingUpdate(client: ClientId, { messageId = 0 }: EnginePacket): PromiseLike<void> {
    this.#delivery.release(this.sessionOf(client), messageId);
    return this.settled().then(undefined, (error) => closed(client, error));
  }

  override outgoingStream(): Readable {
    return Readable.from([]);
  }

  override createRetainedStreamCombi(): Readable {
    return Readable.from([]);
  }

  /**
   * Aedes publishes the wills of brokers that it has not heard of for long by the host's date: when a clock without a battery
   * is set right, that would be all of its own clients. This broker has no peers.
   */
  override streamWill(): Readable {
    return Readable.from([]);
  }

  /** Aedes hands in its client, with all that it knows of it. */
  protected override sessionOf(client: ClientId): Session {
    const session = this.#sessionOf(client as Client);
    invariant(session !== undefined, `Aedes asks for the session of ${client.id}, who is not logged in`);
    return session;
  }
}

/** Ends the connection of a client that must not be answered. @returns what never comes */
function closed(client: ClientId, error: WaystationError): PromiseLike<never> {
  ((client as Client).conn as GuardedConnection).close(failureReason(error), error.message);
  return NEVER;
}

const NEVER: PromiseLike<never> = new Outcome<never>();

/** Stands for a session that is there; nobody may subscribe to that. */
export const PRESENT_SESSION: Subscription = { topic: '$session', qos: 0 };
