import type { Client } from 'aedes';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';

/** How often the guard looks: more than once in the shortest keep-alive, one and a half seconds. */
export const KEEP_ALIVE_CHECK_MS = 500;

/** The part of a connection that the guard looks at. */
export interface ReadConnection {
  /** Something has come, or may have, that was not handled yet. */
  readonly isUnread: boolean;
  once(event: 'close', listener: () => void): unknown;
}

/**
 * Keeps clients connected whose packets wait for us. The engine counts the time since it has handled a packet; while it waits for
 * the disk, or for a throttle, it reads nothing, and a client that pings in time would pass for dead [MQTT-3.1.2-24].
 */
export class KeepAliveGuard implements Disposable {
  readonly #clock: Clock;
  readonly #watched = new Map<ReadConnection, Client>();
  #cancel: Cancel | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  watch(client: Client, connection: ReadConnection): void {
    this.#watched.set(connection, client);
    connection.once('close', () => this.#watched.delete(connection));
    this.#cancel ??= this.#clock.schedule(KEEP_ALIVE_CHECK_MS, () => this.#check());
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
    this.#watched.clear();
  }

  #check(): void {
    for (const [connection, client] of this.#watched) if (connection.isUnread) timerOf(client)?.refresh();
    this.#cancel =
      this.#watched.size === 0 ? undefined : this.#clock.schedule(KEEP_ALIVE_CHECK_MS, () => this.#check());
  }
}

function timerOf(client: Client): NodeJS.Timeout | null {
  // Private in Aedes, which is pinned: null without a keep-alive. A test fails if this goes.
  return (client as unknown as { readonly _keepaliveTimer: NodeJS.Timeout | null })._keepaliveTimer;
}
