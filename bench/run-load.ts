import { until } from '#tests/support/until.ts';
import type { Target } from './load-client.ts';
import { LoadPublisher } from './load-publisher.ts';
import { LoadSubscriber } from './load-subscriber.ts';
import { percentile } from './statistics.ts';

/** What {@link runLoad} sends, and to whom. */
export interface LoadOptions extends Target {
  /** The publishers' topics are one level below it. */
  readonly topic: string;
  readonly qos: 0 | 1;
  readonly publisherCount: number;
  /** See `Pace`. */
  readonly windowSize: number;
  readonly isLockstep?: boolean;
  /** Each gets everything. */
  readonly subscriberCount: number;
  readonly payloadBytes?: number;
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
  const subscribers = await openSubscribers(options, stack);
  const publishers: readonly LoadPublisher[] = await openPublishers(options, stack, () => {
    const sentCount = sum(publishers.map((publisher) => publisher.sentCount));
    return subscribers.every(({ deliveredCount }) => sentCount - deliveredCount < MAX_UNDELIVERED);
  });
  const startedMs = performance.now();
  const { durationMs = Number.POSITIVE_INFINITY, drainLimitMs = DRAIN_LIMIT_MS } = options;
  for (const publisher of publishers) publisher.start(startedMs + durationMs);
  const finished = Promise.all(publishers.map((publisher) => publisher.finished)).then(() => performance.now());
  const limitMs = Math.min(durationMs, MAX_COUNTED_RUN_MS) + drainLimitMs;
  const finishedMs = await withLimit(finished, limitMs, () => describeLoss(publishers, subscribers));
  const sentCount = sum(publishers.map((publisher) => publisher.sentCount));
  const hasAll = (subscriber: LoadSubscriber) => subscriber.deliveredCount >= sentCount;
  // What is missing then is told below, with the figures.
  await until('the rest is delivered', drainLimitMs, () => subscribers.every(hasAll)).catch(() => {});
  const isLost = subscribers.some(({ deliveredCount, gapCount }) => deliveredCount !== sentCount || gapCount > 0);
  if (isLost || sentCount === 0) throw new Error(describeLoss(publishers, subscribers));
  const lastDeliveriesMs = subscribers.map(({ lastDeliveryMs }) => lastDeliveryMs);
  const isByDelivery = options.qos === 0 && subscribers.length > 0;
  const endedMs = Math.max(isByDelivery ? 0 : finishedMs, ...lastDeliveriesMs);
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

async function openSubscribers(options: LoadOptions, stack: DisposableStack): Promise<readonly LoadSubscriber[]> {
  const subscribers = Array.from({ length: options.subscriberCount }, () => stack.use(new LoadSubscriber(options.qos)));
  const filter = `${options.topic}/#`;
  await Promise.all(subscribers.map((each, index) => each.connect(options, `bench-subscriber-${index}`, filter)));
  return subscribers;
}

/**
 * Publishers wait while more than this has not come out yet. What brokers do with a subscriber that falls behind is their policy,
 * and they drop at different bounds; here they are asked for what they deliver.
 */
const MAX_UNDELIVERED = 5000;

async function openPublishers(
  options: LoadOptions,
  stack: DisposableStack,
  isFollowed: () => boolean,
): Promise<readonly LoadPublisher[]> {
  const { qos, windowSize, isLockstep = false, messageCountEach: messageCount = Number.POSITIVE_INFINITY } = options;
  const size = options.payloadBytes === undefined ? {} : { payloadBytes: options.payloadBytes };
  const publishers = Array.from({ length: options.publisherCount }, (_, index) => {
    const topic = `${options.topic}/${String(index).padStart(2, '0')}`;
    return stack.use(
      new LoadPublisher(topic, index, { qos, windowSize, isLockstep, messageCount, isFollowed, ...size }),
    );
  });
  await Promise.all(publishers.map((publisher, index) => publisher.connect(options, `bench-${index}`)));
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

function describeLoss(publishers: readonly LoadPublisher[], subscribers: readonly LoadSubscriber[]): string {
  const sent = sum(publishers.map((publisher) => publisher.sentCount));
  const acknowledged = sum(publishers.map((publisher) => publisher.acknowledgedCount));
  const counts = subscribers.map(({ deliveredCount }) => deliveredCount);
  const delivered = counts.length === 0 ? '' : `, delivered ${counts.join(', ')}`;
  const gapCount = sum(subscribers.map((subscriber) => subscriber.gapCount));
  return `messages were lost: sent ${sent}, acknowledged ${acknowledged}${delivered}, gaps ${gapCount}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
