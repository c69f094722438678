import { type LoadAverage, NO_LOAD } from './load-average.ts';

/** What is counted from the start of the broker. */
export interface Totals {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly receivedPublishCount: number;
  readonly sentPublishCount: number;
  /** Messages that a subscriber did not get because its queue was full or too old. */
  readonly droppedPublishCount: number;
  /** Connections accepted, with or without a login. */
  readonly connectionCount: number;
}

/** Moving averages of the {@link Totals}, for a minute each. */
export type Loads = { readonly [Key in keyof Totals]: LoadAverage };

/** Everything under `$SYS/broker`. */
export interface SystemFigures {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly connectedCount: number;
  /** Persistent sessions whose client is away. */
  readonly disconnectedCount: number;
  /** Most that were ever connected at once. */
  readonly maximumCount: number;
  readonly subscriptionCount: number;
  readonly retainedCount: number;
  /** Messages retained, or waiting in the queues of sessions, and their bytes. */
  readonly storedCount: number;
  readonly storedBytes: number;
  readonly heapBytes: number;
  readonly totals: Totals;
  readonly loads: Loads;
  readonly refusals: Readonly<Record<string, number>>;
  readonly disconnects: Readonly<Record<string, number>>;
}

/**
 * Topics and payloads, named as Mosquitto documents them; `refused` and `disconnects` are our own.
 *
 * @see mosquitto(8), "Broker status"
 */
export function systemTopics(figures: SystemFigures): readonly (readonly [topic: string, payload: string])[] {
  const { totals, loads } = figures;
  const values: readonly (readonly [string, string | number])[] = [
    ['version', `waystation version ${figures.version}`],
    ['uptime', `${figures.uptimeSeconds} seconds`],
    ['clients/connected', figures.connectedCount],
    ['clients/disconnected', figures.disconnectedCount],
    ['clients/maximum', figures.maximumCount],
    ['clients/total', figures.connectedCount + figures.disconnectedCount],
    ['subscriptions/count', figures.subscriptionCount],
    ['retained messages/count', figures.retainedCount],
    ['store/messages/count', figures.storedCount],
    ['store/messages/bytes', figures.storedBytes],
    ['heap/current', figures.heapBytes],
    ['bytes/received', totals.receivedBytes],
    ['bytes/sent', totals.sentBytes],
    ['publish/messages/received', totals.receivedPublishCount],
    ['publish/messages/sent', totals.sentPublishCount],
    ['publish/messages/dropped', totals.droppedPublishCount],
    ...Object.entries(LOAD_TOPICS).flatMap(([key, topic]) =>
      Object.entries(loads[key as keyof Totals]).map(
        ([span, average]) => [`load/${topic}/${span}`, average.toFixed(2)] as const,
      ),
    ),
    ...Object.entries(figures.refusals).map(([reason, count]) => [`refused/${reason}`, count] as const),
    ...Object.entries(figures.disconnects).map(([reason, count]) => [`disconnects/${reason}`, count] as const),
  ];
  return values.map(([name, value]) => [`$SYS/broker/${name}`, String(value)]);
}

const LOAD_TOPICS: Readonly<Record<keyof Totals, string>> = {
  receivedBytes: 'bytes/received',
  sentBytes: 'bytes/sent',
  receivedPublishCount: 'publish/received',
  sentPublishCount: 'publish/sent',
  droppedPublishCount: 'publish/dropped',
  connectionCount: 'sockets',
};

/** Of a broker that has seen nothing yet. */
export const NO_LOADS: Loads = {
  receivedBytes: NO_LOAD,
  sentBytes: NO_LOAD,
  receivedPublishCount: NO_LOAD,
  sentPublishCount: NO_LOAD,
  droppedPublishCount: NO_LOAD,
  connectionCount: NO_LOAD,
};
