import type { BrokerLimits } from '#gateway/model/broker-limits.ts';

/** What a session may hold in all; see {@link BrokerLimits}. */
export type SessionLimits = Pick<
  BrokerLimits,
  'maxClients' | 'maxSessions' | 'maxSessionsPerAccount' | 'maxQueuedMessages' | 'maxQueuedBytes'
>;

/** Who connects under a client id. */
export interface SessionClaim {
  readonly clientId: string;
  /** The account; undefined is that of all clients without a login. */
  readonly username: string | undefined;
  readonly isCleanSession: boolean;
}

/** Why a claim fails. */
export type ClaimRefusal = 'otherAccount' | 'tooManyClients' | 'tooManySessions';

/**
 * Whose session is whose, and what each holds.
 *
 * MQTT knows a session by its client id alone, and a client id is whatever a client says it is. So a client id belongs to the
 * account that used it first, for as long as a connection or a stored session has it: no other account can take that session
 * over, empty it, or disconnect its client [B6].
 */
export class SessionLedger {
  readonly #limits: SessionLimits;
  readonly #sessions = new Map<string, Session>();

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  /** A client has logged in; with undefined it holds the id until {@link SessionLedger.release}. */
  claim({ clientId, username, isCleanSession }: SessionClaim): ClaimRefusal | undefined {
    const session = this.#sessions.get(clientId);
    if (session !== undefined && session.username !== username) return 'otherAccount';
    const { maxClients, maxSessions, maxSessionsPerAccount } = this.#limits;
    const isNewClient = session === undefined || session.connectionCount === 0;
    if (isNewClient && this.#count(({ connectionCount }) => connectionCount > 0) >= maxClients) return 'tooManyClients';
    if (!(isCleanSession || session?.isPersistent)) {
      const isFull =
        this.#count(isKept) >= maxSessions ||
        this.#count((other) => isKept(other) && other.username === username) >= maxSessionsPerAccount;
      if (isFull) return 'tooManySessions';
    }
    const claimed = session ?? newSession(username);
    claimed.connectionCount++;
    claimed.isPersistent = !isCleanSession;
    this.#sessions.set(clientId, claimed);
    return undefined;
  }

  /** A connection that held the id is closed. */
  release(clientId: string): void {
    const session = this.#sessions.get(clientId);
    if (session === undefined) return;
    session.connectionCount--;
    if (session.connectionCount === 0 && !isStored(session)) this.#sessions.delete(clientId);
  }

  /** The session store keeps these filters. */
  subscribe(clientId: string, filters: readonly string[]): void {
    for (const filter of filters) this.#sessions.get(clientId)?.filters.add(filter);
  }

  unsubscribe(clientId: string, filters: readonly string[]): void {
    for (const filter of filters) this.#sessions.get(clientId)?.filters.delete(filter);
  }

  unsubscribeAll(clientId: string): void {
    this.#sessions.get(clientId)?.filters.clear();
  }

  /** @returns whether there is room in the queue of the session; then the message counts */
  enqueue(clientId: string, sizeBytes: number): boolean {
    const session = this.#sessions.get(clientId);
    const { maxQueuedMessages, maxQueuedBytes } = this.#limits;
    if (session === undefined || session.queuedCount >= maxQueuedMessages) return false;
    if (session.queuedBytes + sizeBytes > maxQueuedBytes) return false;
    session.queuedCount++;
    session.queuedBytes += sizeBytes;
    return true;
  }

  dequeue(clientId: string, sizeBytes: number): void {
    const session = this.#sessions.get(clientId);
    if (session === undefined) return;
    session.queuedCount--;
    session.queuedBytes -= sizeBytes;
  }

  #count(isCounted: (session: Session) => boolean): number {
    let count = 0;
    for (const session of this.#sessions.values()) if (isCounted(session)) count++;
    return count;
  }
}

interface Session {
  readonly username: string | undefined;
  /** Filters in the session store; a clean session has none there. */
  readonly filters: Set<string>;
  /** More than one while a client is being replaced by its next connection. */
  connectionCount: number;
  isPersistent: boolean;
  queuedCount: number;
  queuedBytes: number;
}

/** Something of it outlasts the connection. */
function isStored({ filters, queuedCount }: Session): boolean {
  return filters.size > 0 || queuedCount > 0;
}

function isKept(session: Session): boolean {
  return session.isPersistent || isStored(session);
}

function newSession(username: string | undefined): Session {
  return {
    username,
    filters: new Set(),
    connectionCount: 0,
    isPersistent: false,
    queuedCount: 0,
    queuedBytes: 0,
  };
}
