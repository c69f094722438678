import type { Refusals } from '#gateway/broker/refusals.ts';
import type { RetainedMessages } from '#gateway/broker/sessions/retained-messages.ts';
import type { Sessions } from '#gateway/broker/sessions/sessions.ts';
import type { BrokerStatus } from '#gateway/model/status.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Connections } from './connections.ts';
import type { SystemFigures, Totals } from './system-topics.ts';

/** What {@link BrokerFigures} needs. */
export interface BrokerFiguresOptions {
  readonly sessions: Sessions;
  readonly retained: RetainedMessages;
  readonly connections: Connections;
  readonly refusals: Refusals;
  readonly clock: Clock;
  /** Of the gateway. */
  readonly version: string;
}

/** What the broker holds and has done: looked up when somebody asks, in time that grows with the number of sessions. */
export class BrokerFigures {
  readonly #options: BrokerFiguresOptions;
  readonly #startedMs: number;

  constructor(options: BrokerFiguresOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonicMs();
  }

  /** The part of the status that is about sessions. */
  holdings(): Pick<BrokerStatus, 'awayCount' | 'subscriptionCount' | 'queuedCount' | 'queuedBytes' | 'retainedCount'> {
    const held = { awayCount: 0, subscriptionCount: 0, queuedCount: 0, queuedBytes: 0 };
    for (const { holder, subscriptions, outgoing } of this.#options.sessions) {
      if (holder === undefined) held.awayCount++;
      held.subscriptionCount += subscriptions.size;
      held.queuedCount += outgoing.length;
      held.queuedBytes += outgoing.sizeBytes;
    }
    return { ...held, retainedCount: this.#options.retained.count };
  }

  totals(): Totals {
    const { connections, refusals } = this.#options;
    const { queueFull = 0, queueExpired = 0 } = refusals.counts;
    return { ...connections.totals(), droppedPublishCount: queueFull + queueExpired };
  }

  /** Everything under `$SYS`, but for what is counted there over time. */
  systemFigures(): Omit<SystemFigures, 'totals' | 'loads'> {
    const { clock, connections, refusals, retained, version } = this.#options;
    const { awayCount, queuedCount, queuedBytes, subscriptionCount, retainedCount } = this.holdings();
    return {
      version,
      uptimeSeconds: Math.floor((clock.monotonicMs() - this.#startedMs) / 1000),
      connectedCount: connections.clientCount,
      disconnectedCount: awayCount,
      maximumCount: connections.maximumCount,
      subscriptionCount,
      retainedCount,
      storedCount: retainedCount + queuedCount,
      storedBytes: retained.sizeBytes + queuedBytes,
      heapBytes: process.memoryUsage().heapUsed,
      refusals: refusals.counts,
      disconnects: connections.disconnects,
    };
  }

  /** Whether a client that is connected has subscribed to something under `$SYS`. */
  hasSystemSubscribers(): boolean {
    for (const { holder, subscriptions } of this.#options.sessions) {
      if (holder === undefined) continue;
      for (const filter of subscriptions.keys()) if (filter.startsWith('$SYS')) return true;
    }
    return false;
  }
}
