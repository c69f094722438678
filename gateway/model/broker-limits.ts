/**
 * Bounds that keep one client of the broker from harming the others: the keys of `broker.limits`, with what each means to an
 * operator in `docs/operating.md`. Sizes are bytes, times milliseconds unless the name says otherwise.
 */
export interface BrokerLimits {
  /** Clients logged in at once. */
  readonly maxClients: number;
  /** Connections from one address, logged in or not. */
  readonly maxConnectionsPerAddress: number;
  /** Connections that have not logged in yet; the oldest makes room for the next. */
  readonly maxPendingLogins: number;
  /** What a peer may make the gateway hold before its login; so the largest CONNECT packet too [B5]. */
  readonly maxConnectBytes: number;
  readonly maxPacketBytes: number;
  /** From the connection to the end of the login. */
  readonly connectTimeoutMs: number;
  /** How long a client may leave its socket full before it is disconnected; also how long closing waits for the tap. */
  readonly drainTimeoutMs: number;
  /** What may wait for a client that reads too slowly before it is disconnected; two of the largest packets at least. */
  readonly maxUnsentBytes: number;
  /** Publishes that one client may send over time; beyond it the gateway reads slower. */
  readonly maxPublishesPerSecond: number;
  /** Bytes that one client may send over time, packet headers included; beyond it the gateway reads slower. */
  readonly maxReceivedBytesPerSecond: number;
  /** Deepest topic name or filter; at most `MAX_TOPIC_LEVELS`. */
  readonly maxTopicLevels: number;
  /** Topic filters of one session. */
  readonly maxSubscriptions: number;
  /** Messages sent to one client and not acknowledged by it yet. */
  readonly maxInflight: number;
  /** QoS 2 publishes of one client that it has not released yet. */
  readonly maxInboundInflight: number;
  /** Messages kept for one session that does not take them. */
  readonly maxQueuedMessages: number;
  /** The same in bytes. */
  readonly maxQueuedBytes: number;
  /** What the queues of all sessions hold together; each may hold 64 KiB, or one message, whatever the others do. */
  readonly maxQueuedTotalBytes: number;
  /** What has waited longer for one session is dropped. */
  readonly maxQueuedAgeHours: number;
  /** Persistent sessions, connected or not. */
  readonly maxSessions: number;
  /** Those of one account; all clients without a login are one account. */
  readonly maxSessionsPerAccount: number;
  /** How long the client of a session may be away, in days in which the gateway runs, until the session ends; 0 for ever. */
  readonly sessionExpiryDays: number;
  /** Topics with a retained message. */
  readonly maxRetainedMessages: number;
  readonly maxRetainedBytes: number;
}

/** What holds where the configuration says nothing. */
export const DEFAULT_LIMITS: BrokerLimits = {
  maxClients: 200,
  maxConnectionsPerAddress: 100,
  maxPendingLogins: 256,
  maxConnectBytes: 64 * 2 ** 10,
  maxPacketBytes: 256 * 2 ** 10,
  connectTimeoutMs: 5000,
  drainTimeoutMs: 8000,
  maxUnsentBytes: 4 * 2 ** 20,
  maxPublishesPerSecond: 100_000,
  maxReceivedBytesPerSecond: 32 * 2 ** 20,
  maxTopicLevels: 32,
  maxSubscriptions: 100,
  maxInflight: 1000,
  maxInboundInflight: 1000,
  maxQueuedMessages: 10_000,
  maxQueuedBytes: 4 * 2 ** 20,
  maxQueuedTotalBytes: 64 * 2 ** 20,
  maxQueuedAgeHours: 168,
  maxSessions: 128,
  maxSessionsPerAccount: 32,
  sessionExpiryDays: 30,
  maxRetainedMessages: 10_000,
  maxRetainedBytes: 16 * 2 ** 20,
};
