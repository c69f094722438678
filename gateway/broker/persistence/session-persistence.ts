import { Readable } from 'node:stream';
import type { Subscription } from 'aedes';
import type { StateRecorder } from '#gateway/broker/durable/state-recorder.ts';
import type { OutgoingEntry } from '#gateway/broker/sessions/outgoing-queue.ts';
import type { RetainedMessages } from '#gateway/broker/sessions/retained-messages.ts';
import type { Session } from '#gateway/broker/sessions/session.ts';
import type { Sessions } from '#gateway/broker/sessions/sessions.ts';
import { InvariantError } from '#gateway/model/errors.ts';
import type { Message } from '#gateway/model/message.ts';
import { matchesTopic } from '#gateway/model/topic-filter.ts';
import { Outcome } from './outcome.ts';
import { type EnginePacket, messageOf, type StoredPacket, type StoredWill, storedPacket } from './stored-packet.ts';

/** What {@link SessionPersistence} needs. */
export interface SessionPersistenceOptions {
  readonly sessions: Sessions;
  readonly retained: RetainedMessages;
  readonly recorder: StateRecorder;
}

/** A client as Aedes names it here. */
export interface ClientId {
  readonly id: string;
}

/**
 * Sessions, their queues and the retained messages as a persistence of Aedes: the contract of aedes-persistence 11, all of it.
 *
 * What Aedes hands in and wants back unchanged, but MQTT 3.1.1 has no use for, stands beside the session in tables of its own.
 */
export class SessionPersistence {
  protected readonly sessions: Sessions;
  protected readonly recorder: StateRecorder;
  readonly #retained: RetainedMessages;
  readonly #packets = new WeakMap<Message | OutgoingEntry, StoredPacket>();
  readonly #subscriptions = new WeakMap<Session, Map<string, Subscription>>();
  readonly #inbound = new WeakMap<Session, Map<number, StoredPacket>>();
  readonly #wills = new Map<string, StoredWill>();
  /** Aedes puts its own id on wills. */
  broker: { readonly id: string } | undefined;

  constructor({ sessions, retained, recorder }: SessionPersistenceOptions) {
    this.sessions = sessions;
    this.recorder = recorder;
    this.#retained = retained;
  }

  /** Aedes looks whether this is an async function. */
  async setup(broker: { readonly id: string }): Promise<void> {
    this.broker = broker;
  }

  storeRetained(packet: EnginePacket): PromiseLike<void> {
    const message = messageOf(packet);
    if (this.#retained.set(message, undefined)) this.#packets.set(message, { ...packet });
    return DONE;
  }

  createRetainedStream(filter: string): Readable {
    return this.createRetainedStreamCombi([filter]);
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    const found = filters.flatMap((filter) => [...this.#retained.matching(filter)]);
    return Readable.from(found.flatMap(({ message }) => this.#packets.get(message) ?? []));
  }

  addSubscriptions(client: ClientId, subscriptions: readonly Subscription[]): PromiseLike<void> {
    const session = this.sessionOf(client);
    for (const subscription of subscriptions) {
      this.sessions.subscribe(session, subscription.topic, subscription.qos);
      tableOf(this.#subscriptions, session).set(subscription.topic, { ...subscription });
    }
    return this.settled();
  }

  removeSubscriptions(client: ClientId, filters: readonly string[]): PromiseLike<void> {
    const session = this.sessionOf(client);
    for (const filter of filters) this.sessions.unsubscribe(session, filter);
    return this.settled();
  }

  cleanSubscriptions(client: ClientId): PromiseLike<void> {
    return this.removeSubscriptions(client, [...this.sessionOf(client).subscriptions.keys()]);
  }

  subscriptionsByClient(client: ClientId): PromiseLike<Subscription[]> {
    return Outcome.of(this.#subscriptionsOf(this.sessionOf(client)));
  }

  /** Filters with a wildcard first; QoS 0 is not for whoever is not there. */
  subscriptionsByTopic(topic: string): PromiseLike<readonly (Subscription & { readonly clientId: string })[]> {
    const found = [...this.sessions].flatMap((session) =>
      this.#subscriptionsOf(session)
        .filter(({ topic: filter, qos }) => qos > 0 && matchesTopic(filter, topic))
        .map((subscription) => ({ clientId: session.clientId, ...subscription })),
    );
    return Outcome.of([...found.filter(isWild), ...found.filter((subscription) => !isWild(subscription))]);
  }

  countOffline(): PromiseLike<{ readonly subsCount: number; readonly clientsCount: number }> {
    const subscribed = [...this.sessions].filter(({ subscriptions }) => subscriptions.size > 0);
    const grants = subscribed.flatMap(({ subscriptions }) => [...subscriptions.values()]);
    return Outcome.of({ subsCount: grants.filter((qos) => qos > 0).length, clientsCount: subscribed.length });
  }

  getClientList(filter: string): Readable {
    const subscribed = [...this.sessions].filter(({ subscriptions }) => subscriptions.has(filter));
    return Readable.from(subscribed.map(({ clientId }) => clientId));
  }

  outgoingEnqueue(taker: { readonly clientId: string }, packet: EnginePacket): PromiseLike<void> {
    return this.outgoingEnqueueCombi([taker], packet);
  }

  outgoingEnqueueCombi(takers: readonly { readonly clientId: string }[], packet: EnginePacket): PromiseLike<void> {
    const message = messageOf(packet);
    for (const { clientId } of takers) {
      const { outgoing } = this.sessionOf({ id: clientId });
      const added = { message, place: undefined, qos: message.qos, isRetained: false, queuedMs: 0 };
      const entry = outgoing.add(added);
      if (entry !== undefined) this.#packets.set(entry, storedPacket(packet));
    }
    return DONE;
  }

  /** A queued packet has got its id, or PUBREL has taken its place. */
  outgoingUpdate(client: ClientId, packet: EnginePacket): PromiseLike<unknown> {
    const { outgoing } = this.sessionOf(client);
    // Aedes gives ids of its own; so that ours are in flight too, what is older than the packet is sent with it.
    while (!this.#inFlight(outgoing, packet) && outgoing.take() !== undefined);
    const entry = this.#inFlight(outgoing, packet);
    const stored = entry && this.#packets.get(entry);
    if (entry?.packetId === undefined || stored === undefined) return Outcome.failed(NOT_FOUND);
    if (packet.cmd === 'pubrel') {
      outgoing.release(entry.packetId);
      this.#packets.set(entry, packet as StoredPacket);
    } else stored.messageId = packet.messageId;
    return DONE;
  }

  /** Acknowledged: answers with what was sent. */
  outgoingClearMessageId(client: ClientId, { messageId }: EnginePacket): PromiseLike<unknown> {
    const { outgoing } = this.sessionOf(client);
    for (const entry of outgoing) {
      const packet = this.#packets.get(entry);
      if (entry.packetId === undefined || packet?.messageId !== messageId) continue;
      outgoing.remove(entry.packetId);
      return Outcome.of(packet);
    }
    return DONE;
  }

  outgoingStream(client: ClientId): Readable {
    const packets = [...this.sessionOf(client).outgoing].flatMap((entry) => this.#packets.get(entry) ?? []);
    return Readable.from(packets);
  }

  incomingStorePacket(client: ClientId, packet: EnginePacket): PromiseLike<void> {
    const session = this.sessionOf(client);
    const messageId = packet.messageId ?? 0;
    session.inbound.set(messageId, undefined);
    tableOf(this.#inbound, session).set(messageId, { ...storedPacket(packet), messageId });
    return DONE;
  }

  incomingGetPacket(client: ClientId, { messageId = 0 }: EnginePacket): PromiseLike<unknown> {
    const session = this.sessionOf(client);
    if (!session.inbound.has(messageId)) return Outcome.failed(NOT_FOUND);
    return Outcome.of(tableOf(this.#inbound, session).get(messageId) ?? { messageId });
  }

  /** Released; a re-used packet id is told apart after a crash too when this has answered [B1]. */
  incomingDelPacket(client: ClientId, { messageId = 0 }: EnginePacket): PromiseLike<void> {
    const session = this.sessionOf(client);
    if (!session.inbound.delete(messageId)) return Outcome.failed(NOT_FOUND);
    tableOf(this.#inbound, session).delete(messageId);
    if (!session.isPersistent) return DONE;
    this.recorder.completed(session, messageId);
    return this.settled();
  }

  cleanIncoming(client: ClientId): PromiseLike<void> {
    const { inbound } = this.sessionOf(client);
    inbound.clear();
    return DONE;
  }

  putWill({ id }: ClientId, will: StoredWill): PromiseLike<void> {
    will.clientId = id;
    will.brokerId = this.broker?.id;
    this.#wills.set(id, will);
    return DONE;
  }

  getWill({ id }: ClientId): PromiseLike<StoredWill | undefined> {
    return Outcome.of(this.#wills.get(id));
  }

  delWill({ id }: ClientId): Outcome<StoredWill | undefined> {
    const will = this.#wills.get(id);
    this.#wills.delete(id);
    return Outcome.of(will);
  }

  /** Wills of brokers that are none of those. */
  streamWill(brokers: Readonly<Record<string, unknown>> = {}): Readable {
    return Readable.from([...this.#wills.values()].filter(({ brokerId = '' }) => brokers[brokerId] === undefined));
  }

  async destroy(): Promise<void> {}

  /** A session that is stored begins where nobody has asked for it yet. */
  protected sessionOf({ id }: ClientId): Session {
    const session = this.sessions.find(id);
    if (session !== undefined) return session;
    const nobody = { close: () => {} };
    const claim = this.sessions.claim({ clientId: id, username: undefined, isPersistent: true }, nobody);
    if (!claim.isGranted) throw new InvariantError(`no session for ${id}: ${claim.refusal}`);
    this.sessions.release(claim.session, nobody);
    return claim.session;
  }

  /** All that has been changed so far is durable. */
  protected settled(): PromiseLike<void> {
    return Outcome.from((done) => this.recorder.settle(done));
  }

  #subscriptionsOf(session: Session): Subscription[] {
    const kept = tableOf(this.#subscriptions, session);
    return Array.from(session.subscriptions, ([topic, qos]) => ({ ...kept.get(topic), topic, qos }));
  }

  #inFlight(outgoing: Session['outgoing'], { brokerId, brokerCounter, messageId }: EnginePacket) {
    for (const entry of outgoing) {
      const packet = this.#packets.get(entry);
      if (entry.packetId === undefined || packet === undefined) continue;
      const isSame =
        packet.brokerId === brokerId ? packet.brokerCounter === brokerCounter : packet.messageId === messageId;
      if (isSame) return entry;
    }
    return undefined;
  }
}

export const DONE: PromiseLike<void> = Outcome.of(undefined);
const NOT_FOUND = new Error('no such packet');

function isWild({ topic }: Subscription): boolean {
  return topic.includes('#') || topic.includes('+');
}

function tableOf<K, V>(tables: WeakMap<Session, Map<K, V>>, session: Session): Map<K, V> {
  const known = tables.get(session);
  if (known !== undefined) return known;
  const table = new Map<K, V>();
  tables.set(session, table);
  return table;
}
