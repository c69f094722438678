import type { BrokerLimits } from '#gateway/model/broker-limits.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { Refusals } from './refusals.ts';
import type { DisconnectReason } from './seen/disconnect-reason.ts';

/** A connection that has not logged in yet, whatever it waits for: a PROXY header, a TLS handshake, an upgrade, its CONNECT. */
export interface Newcomer {
  /** The peer's address, without its port; for good once it is located. */
  readonly remoteAddress: string;
  /** Type and port of the listener that it came to. */
  readonly listener: string;
  close(reason: DisconnectReason, text?: string): void;
  once(event: 'close', listener: () => void): unknown;
}

/** What {@link PendingLogins} needs. */
export interface PendingLoginsOptions
  extends Pick<BrokerLimits, 'maxPendingLogins' | 'connectTimeoutMs' | 'maxConnectionsPerAddress'> {
  readonly clock: Clock;
  readonly refusals: Refusals;
}

/**
 * Connections that have not logged in yet, from the moment they are accepted. They have a time to do so and a room of their own, in
 * which the oldest makes way for the next: whoever opens connections and says nothing keeps nobody out [B4, B5]. So it is with the
 * connections of one address, where only those that are logged in keep others out.
 */
export class PendingLogins {
  readonly #options: PendingLoginsOptions;
  /** Oldest first, with the end of its time. */
  readonly #connections = new Map<Newcomer, Cancel>();
  /** How many connections each address has, logged in or not. */
  readonly #addresses = new Map<string, number>();

  constructor(options: PendingLoginsOptions) {
    this.#options = options;
  }

  /** A connection was accepted: its time begins. */
  add(connection: Newcomer): void {
    const { maxPendingLogins, connectTimeoutMs, clock } = this.#options;
    const [oldest] = this.#connections.keys();
    if (oldest !== undefined && this.#connections.size >= maxPendingLogins) {
      this.#drop(oldest, 'loginSuperseded', `closed the oldest of ${maxPendingLogins} connections without a login`);
    }
    const drop = () => this.#drop(connection, 'connectTimeout', `not logged in within ${connectTimeoutMs} ms`);
    this.#connections.set(connection, clock.schedule(connectTimeoutMs, drop));
    connection.once('close', () => this.remove(connection));
  }

  /** Its address is known for good. @returns whether it may stay; otherwise it is closed */
  locate(connection: Newcomer): boolean {
    if (!this.#hasRoom(connection)) return false;
    this.#countUntilClosed(connection);
    return true;
  }

  /** Logged in, or gone. */
  remove(connection: Newcomer): void {
    this.#connections.get(connection)?.();
    this.#connections.delete(connection);
  }

  #hasRoom(connection: Newcomer): boolean {
    const { maxConnectionsPerAddress } = this.#options;
    const { remoteAddress } = connection;
    if ((this.#addresses.get(remoteAddress) ?? 0) < maxConnectionsPerAddress) return true;
    const text = `the address has ${maxConnectionsPerAddress} connections`;
    for (const other of this.#connections.keys()) {
      if (other === connection || other.remoteAddress !== remoteAddress) continue;
      this.#drop(other, 'loginSuperseded', `closed the oldest connection without a login: ${text}`);
      return true;
    }
    this.#drop(connection, 'tooManyConnections', `refused a connection: ${text}`);
    return false;
  }

  #countUntilClosed(connection: Newcomer): void {
    const { remoteAddress } = connection;
    this.#addresses.set(remoteAddress, (this.#addresses.get(remoteAddress) ?? 0) + 1);
    connection.once('close', () => {
      const count = (this.#addresses.get(remoteAddress) ?? 0) - 1;
      if (count > 0) this.#addresses.set(remoteAddress, count);
      else this.#addresses.delete(remoteAddress);
    });
  }

  #drop(connection: Newcomer, reason: 'loginSuperseded' | 'connectTimeout' | 'tooManyConnections', text: string): void {
    const { remoteAddress: client, listener } = connection;
    this.#options.refusals.note({ reason, client, text }, { listener });
    this.remove(connection);
    connection.close(reason, text);
  }
}
