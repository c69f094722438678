/** Bounds that keep one client from harming the others. */
export interface BrokerLimits {
  /** Clients logged in at once. */
  readonly maxClients: number;
  /** Connections that have not logged in yet; the oldest makes room for the next. */
  readonly maxPendingLogins: number;
  readonly maxPacketBytes: number;
  /** From the connection to the end of the login. */
  readonly connectTimeoutMs: number;
  /** How long a client may leave its socket full before it is disconnected; also how long closing waits for the tap. */
  readonly drainTimeoutMs: number;
  /** What may wait for a client that reads too slowly before it is disconnected; two of the largest packets at least. */
  readonly maxUnsentBytes: number;
  /** Persistent sessions, connected or not. */
  readonly maxSessions: number;
  /** Those of one account; all clients without a login are one account. */
  readonly maxSessionsPerAccount: number;
  /** Topic filters of one session. */
  readonly maxSubscriptions: number;
  /** Messages kept for one persistent session that does not take them. */
  readonly maxQueuedMessages: number;
  /** The same in bytes. */
  readonly maxQueuedBytes: number;
  /** Topics with a retained message. */
  readonly maxRetainedMessages: number;
  readonly maxRetainedBytes: number;
}

/** What holds where the configuration says nothing. */
export const DEFAULT_LIMITS: BrokerLimits = {
  maxClients: 200,
  maxPendingLogins: 64,
  maxPacketBytes: 256 * 2 ** 10,
  connectTimeoutMs: 5000,
  drainTimeoutMs: 8000,
  maxUnsentBytes: 4 * 2 ** 20,
  maxSessions: 128,
  maxSessionsPerAccount: 32,
  maxSubscriptions: 100,
  maxQueuedMessages: 10_000,
  maxQueuedBytes: 4 * 2 ** 20,
  maxRetainedMessages: 10_000,
  maxRetainedBytes: 16 * 2 ** 20,
};
