import { until } from '#tests/support/until.ts';
import { LoadPublisher } from './load-publisher.ts';
import { LoadSubscriber } from './load-subscriber.ts';
import { percentile } from './statistics.ts';

/** What {@link runLoad} sends, and to whom. */
export interface LoadOptions {
  readonly port: number;
  /** The publishers' topics are one level below it. */
  readonly topic: string;
  readonly qos: 0 | 1;
  readonly publisherCount: number;
  /** See `Pace`. */
  readonly windowSize: number;
  readonly isLockstep?: boolean;
  readonly hasSubscriber: boolean;
  /** What ends the run, whichever comes first; one of the two is needed. */
  readonly durationMs?: number;
  readonly messageCountEach?: number;
  /** How long the broker may take for what is on its way when the publishers have stopped. */
  readonly drainLimitMs?: number;
}

/** What came of one run without loss. */
export interface LoadResult {
  readonly messageCount: number;
  /** Until the last delivery; without a subscriber, the last acknowledgement. */
  readonly messagesPerSecond: number;
  /** From write to PUBACK; undefined with QoS 0. */
  readonly latencyP50Ms: number | undefined;
  readonly latencyP99Ms: number | undefined;
}

const DRAIN_LIMIT_MS = 30_000;

/** Publishes through raw sockets and counts. @throws Error if a message was lost or came out of order */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  using stack = new DisposableStack();
  const subscriber = options.hasSubscriber ? stack.use(new LoadSubscriber(options.qos)) : undefined;
  await subscriber?.connect(options.port, `${options.topic}/#`);
  const publishers = await openPublishers(options, stack);
  const startedMs = performance.now();
  const { durationMs = Number.POSITIVE_INFINITY, drainLimitMs = DRAIN_LIMIT_MS } = options;
  for (const publisher of publishers) publisher.start(startedMs + durationMs);
  const finished = Promise.all(publishers.map((publisher) => publisher.finished)).then(() => performance.now());
  const limitMs = Math.min(durationMs, MAX_COUNTED_RUN_MS) + drainLimitMs;
  const finishedMs = await withLimit(finished, limitMs, () => describeLoss(publishers, subscriber));
  const sentCount = sum(publishers.map((publisher) => publisher.sentCount));
  if (subscriber !== undefined) {
    await until('the rest is delivered', drainLimitMs, () => subscriber.deliveredCount >= sentCount).catch(() => {});
  }
  const isLost = subscriber !== undefined && (subscriber.deliveredCount !== sentCount || subscriber.gapCount > 0);
  if (isLost || sentCount === 0) throw new Error(describeLoss(publishers, subscriber));
  const endedMs = Math.max(options.qos === 0 ? 0 : finishedMs, subscriber?.lastDeliveryMs ?? finishedMs);
  const latenciesMs = Float64Array.from(publishers.flatMap((publisher) => publisher.latenciesMs)).sort();
  return {
    messageCount: sentCount,
    messagesPerSecond: (1000 * sentCount) / (endedMs - startedMs),
    latencyP50Ms: percentile(latenciesMs, 0.5),
    latencyP99Ms: percentile(latenciesMs, 0.99),
  };
}

/** A run without a duration ends by its count; a broker that takes longer has lost something. */
const MAX_COUNTED_RUN_MS = 60_000;

async function openPublishers(options: LoadOptions, stack: DisposableStack): Promise<readonly LoadPublisher[]> {
  const { qos, windowSize, isLockstep = false, messageCountEach: messageCount = Number.POSITIVE_INFINITY } = options;
  const publishers = Array.from({ length: options.publisherCount }, (_, index) => {
    const topic = `${options.topic}/${String(index).padStart(2, '0')}`;
    return stack.use(new LoadPublisher(topic, index, { qos, windowSize, isLockstep, messageCount }));
  });
  await Promise.all(publishers.map((publisher, index) => publisher.connect(options.port, `bench-${index}`)));
  return publishers;
}

async function withLimit<T>(result: Promise<T>, limitMs: number, describe: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(describe())), limitMs);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}

function describeLoss(publishers: readonly LoadPublisher[], subscriber: LoadSubscriber | undefined): string {
  const sent = sum(publishers.map((publisher) => publisher.sentCount));
  const acknowledged = sum(publishers.map((publisher) => publisher.acknowledgedCount));
  const delivered = subscriber === undefined ? '' : `, delivered ${subscriber.deliveredCount}`;
  return `messages were lost: sent ${sent}, acknowledged ${acknowledged}${delivered}, gaps ${subscriber?.gapCount ?? 0}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
