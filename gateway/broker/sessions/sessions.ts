import type { StateRecorder } from '#gateway/broker/durable/state-recorder.ts';
import type { DisconnectReason } from '#gateway/broker/seen/disconnect-reason.ts';
import type { BrokerLimits } from '#gateway/model/broker-limits.ts';
import type { QoS } from '#gateway/model/message.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import { QueueBudget } from './queue-budget.ts';
import { Session, type SessionHolder, type SessionIdentity } from './session.ts';
import { type Subscriber, SubscriptionTree } from './subscription-tree.ts';

/** What all sessions together may hold, and each; see {@link BrokerLimits}. */
export type SessionLimits = Pick<
  BrokerLimits,
  | 'maxClients'
  | 'maxSessions'
  | 'maxSessionsPerAccount'
  | 'maxInflight'
  | 'maxQueuedMessages'
  | 'maxQueuedBytes'
  | 'maxQueuedTotalBytes'
  | 'maxQueuedAgeHours'
>;

/** Why a claim fails. */
export type ClaimRefusal =
  | 'otherAccount'
  | 'tooManyClients'
  | 'tooManySessions'
  | 'tooManySessionsOfAccount'
  /** So many changes wait for a disk that takes none that no session can be promised more. */
  | 'stateFull';

/** What a login got. */
export type Claim =
  | {
      readonly isGranted: true;
      readonly session: Session;
      /** Whether a session that the recorder knows began or ended under this client id, and that is not durable yet. */
      readonly mustSettle: boolean;
    }
  | { readonly isGranted: false; readonly refusal: ClaimRefusal };

/** What {@link Sessions} needs. */
export interface SessionsOptions {
  readonly limits: SessionLimits;
  readonly recorder: StateRecorder;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/**
 * Every session, and who subscribed to what.
 *
 * MQTT knows a session by its client id alone, and a client id is whatever a client says it is. So a client id belongs to the
 * account that used it first, for as long as a connection or a stored session has it: no other account can take that session
 * over, empty it, or disconnect its client [B6].
 */
export class Sessions {
  readonly #limits: SessionLimits;
  readonly #recorder: StateRecorder;
  readonly #clock: SessionsOptions['clock'];
  readonly #budget: QueueBudget;
  readonly #sessions = new Map<string, Session>();
  readonly #tree = new SubscriptionTree<Session>();
  /** Whose client is connected. */
  #heldCount = 0;
  /** Persistent ones, and those of each account. */
  #storedCount = 0;
  readonly #storedCounts = new Map<string | undefined, number>();
  /** The last change of who has the client id that is not known to be durable. */
  readonly #unsettled = new Map<string, symbol>();

  constructor({ limits, recorder, clock }: SessionsOptions) {
    this.#limits = limits;
    this.#recorder = recorder;
    this.#clock = clock;
    this.#budget = new QueueBudget(limits.maxQueuedTotalBytes);
  }

  /** Connected or stored. */
  get count(): number {
    return this.#sessions.size;
  }

  [Symbol.iterator](): IterableIterator<Session> {
    return this.#sessions.values();
  }

  find(clientId: string): Session | undefined {
    return this.#sessions.get(clientId);
  }

  /** A client has logged in. It holds its session until {@link Sessions.release}, and whoever held it is closed. */
  claim(identity: SessionIdentity, holder: SessionHolder): Claim {
    const existing = this.#sessions.get(identity.clientId);
    const refusal = this.#refusalOf(identity, existing);
    if (refusal !== undefined) return { isGranted: false, refusal };
    if (existing !== undefined) this.#evict(existing, 'takenOver');
    const resumed = existing?.isPersistent && identity.isPersistent ? existing : undefined;
    if (existing !== undefined && resumed === undefined) this.end(existing);
    // What was restored has not been on a connection yet.
    resumed?.outgoing.disconnected();
    const session = resumed ?? this.#start(identity);
    session.holder = holder;
    this.#heldCount++;
    session.awaySinceMs = undefined;
    if (resumed !== undefined) this.#recorder.away(session, 0);
    session.isResumed = resumed !== undefined;
    const isRecorded = resumed === undefined && (session.isPersistent || existing?.isPersistent === true);
    return { isGranted: true, session, mustSettle: this.#mustSettle(identity.clientId, isRecorded) };
  }

  /** The connection is closed. A clean session ends with it. */
  release(session: Session, holder: SessionHolder): void {
    if (session.holder !== holder) return;
    this.#disconnect(session);
    if (!session.isPersistent) this.end(session);
  }

  /** Forgets the session with all that it holds, and closes its connection. */
  end(session: Session): void {
    if (this.#sessions.get(session.clientId) !== session) return;
    this.#sessions.delete(session.clientId);
    for (const filter of session.subscriptions.keys()) this.#tree.remove(filter, session);
    session.subscriptions.clear();
    if (session.isPersistent) {
      this.#countStored(session, -1);
      this.#recorder.sessionEnded(session);
    }
    this.#evict(session, 'sessionEnded');
    session.outgoing.end();
  }

  /** How long the client of a session has been away, as far as the process was running; 0 while it is there. */
  awayMs({ awaySinceMs }: Session): number {
    return awaySinceMs === undefined ? 0 : this.#clock.monotonicMs() - awaySinceMs;
  }

  /** A session that was stored before the process started; told to nobody. @param awayMs see {@link Sessions.awayMs} */
  restore(
    identity: SessionIdentity,
    subscriptions: Iterable<readonly [filter: string, qos: QoS]>,
    awayMs = 0,
  ): Session {
    const session = new Session(identity, this.#limits, this.#budget);
    session.awaySinceMs = this.#clock.monotonicMs() - awayMs;
    this.#sessions.set(identity.clientId, session);
    this.#countStored(session, 1);
    for (const [filter, qos] of subscriptions) this.#join(session, filter, qos);
    return session;
  }

  subscribe(session: Session, filter: string, qos: QoS): void {
    if (session.subscriptions.get(filter) === qos) return;
    this.#join(session, filter, qos);
    if (session.isPersistent) this.#recorder.subscribed(session, filter, qos);
  }

  unsubscribe(session: Session, filter: string): void {
    if (!session.subscriptions.delete(filter)) return;
    this.#tree.remove(filter, session);
    if (session.isPersistent) this.#recorder.unsubscribed(session, filter);
  }

  /** Who gets what is published on the topic. */
  match(topic: string): readonly Subscriber<Session>[] {
    return this.#tree.match(topic);
  }

  #start(identity: SessionIdentity): Session {
    const session = new Session(identity, this.#limits, this.#budget);
    this.#sessions.set(identity.clientId, session);
    if (session.isPersistent) {
      this.#countStored(session, 1);
      this.#recorder.sessionStarted(session);
    }
    return session;
  }

  /** Also where an earlier login was refused, or taken over, because that could not be written down yet. */
  #mustSettle(clientId: string, isRecorded: boolean): boolean {
    if (!(isRecorded || this.#unsettled.has(clientId))) return false;
    const change = Symbol(clientId);
    this.#unsettled.set(clientId, change);
    this.#recorder.settle((error) => {
      if (error === undefined && this.#unsettled.get(clientId) === change) this.#unsettled.delete(clientId);
    });
    return this.#unsettled.has(clientId);
  }

  #join(session: Session, filter: string, qos: QoS): void {
    session.subscriptions.set(filter, qos);
    this.#tree.add(filter, session, qos);
  }

  #evict(session: Session, reason: DisconnectReason): void {
    const { holder } = session;
    if (holder === undefined) return;
    this.#disconnect(session);
    holder.close(reason);
  }

  /** Of one that is held. */
  #disconnect(session: Session): void {
    session.holder = undefined;
    this.#heldCount--;
    session.connection = undefined;
    session.awaySinceMs = this.#clock.monotonicMs();
    session.outgoing.disconnected();
  }

  #refusalOf({ username, isPersistent }: SessionIdentity, existing: Session | undefined): ClaimRefusal | undefined {
    if (existing !== undefined && existing.username !== username) return 'otherAccount';
    const { maxClients, maxSessions, maxSessionsPerAccount } = this.#limits;
    if (existing?.holder === undefined && this.#heldCount >= maxClients) return 'tooManyClients';
    if (!isPersistent || existing?.isPersistent) return undefined;
    if ((this.#storedCounts.get(username) ?? 0) >= maxSessionsPerAccount) return 'tooManySessionsOfAccount';
    if (this.#storedCount >= maxSessions) return 'tooManySessions';
    return this.#recorder.isFull ? 'stateFull' : undefined;
  }

  #countStored({ username }: Session, change: 1 | -1): void {
    this.#storedCount += change;
    const count = (this.#storedCounts.get(username) ?? 0) + change;
    if (count > 0) this.#storedCounts.set(username, count);
    else this.#storedCounts.delete(username);
  }
}
