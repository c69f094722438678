/** A persistent session of the broker, as `waystation clients sessions --json` prints it. Keys are stable; more may join. */
export interface ClientSession {
  /** Client id; names the session. */
  readonly client: string;
  /** Account; absent without a login. */
  readonly user?: string;
  readonly isConnected: boolean;
  /** How long its client has been away, as far as the gateway ran; absent while it is connected. */
  readonly awaySeconds?: number;
  /** When it ends by itself unless its client comes back; absent while that is connected, or where sessions do not expire. */
  readonly expiresInSeconds?: number;
  readonly subscriptionCount: number;
  /** Messages that wait for it, and what they take in memory. */
  readonly queuedCount: number;
  readonly queuedBytes: number;
  /** How long the oldest of them has waited; absent where there is none. */
  readonly oldestSeconds?: number;
}
