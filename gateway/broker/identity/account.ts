import type { GuardedConnection } from '#gateway/broker/guarded-connection.ts';
import type { PublishRate } from '#gateway/broker/publish-rate.ts';
import { PublishThrottle } from '#gateway/broker/publish-throttle.ts';
import { quote } from '#gateway/broker/refusals.ts';
import type { AccountStatus } from '#gateway/model/status.ts';
import type { Clock } from '#gateway/runtime/clock.ts';

/** How the publishes of an account are treated. */
export interface PublishRules {
  /** What becomes of a publish that may not be: unless it is dropped, the connection is closed [MQTT-3.3.5-2]. */
  readonly refusedPublishes?: 'drop';
  /** Absent: as fast as they come. */
  readonly publishRate?: PublishRate;
}

/** One account while the gateway runs: who is logged in, what they published last, and what was refused to them. */
export class Account {
  readonly username: string;
  /** Whether a publish that may not be is acknowledged and dropped. */
  readonly isForgiving: boolean;
  readonly throttle: PublishThrottle | undefined;
  readonly #connections = new Set<GuardedConnection>();
  #lastTopic: string | undefined;
  #refusedPublishCount = 0;
  #lastRefusal: string | undefined;

  constructor(username: string, { refusedPublishes, publishRate }: PublishRules, clock: Clock) {
    this.username = username;
    this.isForgiving = refusedPublishes === 'drop';
    this.throttle = publishRate === undefined ? undefined : new PublishThrottle(publishRate, clock);
  }

  /** A login was accepted. */
  join(connection: GuardedConnection): void {
    this.#connections.add(connection);
    connection.once('close', () => this.#connections.delete(connection));
  }

  /** A publish came in on that topic. */
  noteTopic(topic: string): void {
    this.#lastTopic = topic;
  }

  /** A publish was refused, or a connection closed for what came in on it. */
  noteRefusal(text: string): void {
    this.#refusedPublishCount++;
    this.#lastRefusal = text;
  }

  status(): AccountStatus {
    return {
      connectionCount: this.#connections.size,
      heldBackMs: this.throttle?.heldBackMs ?? 0,
      refusedPublishCount: this.#refusedPublishCount,
      ...(this.#lastTopic === undefined ? {} : { lastTopic: this.#lastTopic }),
      ...(this.#lastRefusal === undefined ? {} : { lastRefusal: this.#lastRefusal }),
    };
  }

  /** Closes its connections, with all that they have not handed in yet. @param why such as `has a new token` */
  disconnect(why = 'is disconnected by the gateway'): void {
    const text = `the account ${quote(this.username)} ${why}`;
    for (const connection of this.#connections) connection.close('revoked', text);
  }
}
