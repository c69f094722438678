import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { GuardedConnection } from './guarded-connection.ts';
import type { Refusals } from './refusals.ts';

/** What {@link PendingLogins} needs. */
export interface PendingLoginsOptions {
  readonly maxPendingLogins: number;
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
  readonly refusals: Refusals;
}

/**
 * Connections that have not logged in yet. They have a time to do so and a room of their own, in which the oldest makes
 * way for the next: whoever opens connections and says nothing keeps nobody out [B4, B5].
 */
export class PendingLogins {
  readonly #options: PendingLoginsOptions;
  /** Oldest first, with the end of its time. */
  readonly #connections = new Map<GuardedConnection, Cancel>();

  constructor(options: PendingLoginsOptions) {
    this.#options = options;
  }

  add(connection: GuardedConnection): void {
    const { maxPendingLogins, connectTimeoutMs, clock } = this.#options;
    const [oldest] = this.#connections.keys();
    if (oldest !== undefined && this.#connections.size >= maxPendingLogins) {
      this.#drop(oldest, 'loginSuperseded', `closed the oldest of ${maxPendingLogins} connections without a login`);
    }
    const drop = () => this.#drop(connection, 'connectTimeout', `not logged in within ${connectTimeoutMs} ms`);
    this.#connections.set(connection, clock.schedule(connectTimeoutMs, drop));
    connection.once('close', () => this.remove(connection));
  }

  /** Logged in, or gone. */
  remove(connection: GuardedConnection): void {
    this.#connections.get(connection)?.();
    this.#connections.delete(connection);
  }

  #drop(connection: GuardedConnection, reason: 'loginSuperseded' | 'connectTimeout', text: string): void {
    this.#options.refusals.note({ reason, client: connection.remoteAddress, text });
    this.remove(connection);
    connection.destroy();
  }
}
