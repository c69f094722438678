import { setTimeout as delay } from 'node:timers/promises';
import { until } from '#tests/support/until.ts';
import { LoadClient, type Target } from './load-client.ts';
import { encodePuback, encodePublishRing, PACKET_TYPE, readPublishPacketId, readSlot } from './mqtt-bytes.ts';
import { percentile } from './statistics.ts';

/** What an honest client saw. */
export interface HonestResult {
  readonly messageCount: number;
  /** From the write of a publish to its delivery. */
  readonly deliveryP50Ms: number;
  readonly deliveryP99Ms: number;
  readonly worstMs: number;
}

/** Between two publishes. */
const INTERVAL_MS = 10;
const DRAIN_LIMIT_MS = 10_000;

/** One publisher and one subscriber with QoS 1, a hundred small messages a second. @throws Error if one was lost or refused */
export async function runHonestPair(target: Target, topic: string, durationMs: number): Promise<HonestResult> {
  const mostCount = Math.floor(durationMs / INTERVAL_MS);
  const { bytes, stride } = encodePublishRing(topic, 1, 0, mostCount);
  const sentAtMs = new Float64Array(mostCount);
  const latencyBySlotMs = new Float64Array(mostCount).fill(Number.POSITIVE_INFINITY);
  let deliveredCount = 0;
  let acknowledgedCount = 0;
  const subscription = { filter: topic, qos: 1 } as const;
  using subscriber = await LoadClient.openSubscriber(
    target,
    'honest-subscriber',
    subscription,
    (firstByte, chunk, start) => {
      if (firstByte >> 4 !== PACKET_TYPE.publish) return;
      const { slot } = readSlot(chunk, start, 1);
      latencyBySlotMs[slot] = performance.now() - (sentAtMs[slot] ?? 0);
      deliveredCount++;
      subscriber.write(encodePuback(readPublishPacketId(chunk, start)));
    },
  );
  using publisher = await LoadClient.open(target, 'honest-publisher', (firstByte) => {
    if (firstByte >> 4 === PACKET_TYPE.puback) acknowledgedCount++;
  });
  let messageCount = 0;
  // Fewer than asked for on a machine that is too busy to send so many, never longer.
  for (const endMs = performance.now() + durationMs; performance.now() < endMs && messageCount < mostCount; ) {
    const slot = messageCount++;
    sentAtMs[slot] = performance.now();
    publisher.write(bytes.subarray(slot * stride, (slot + 1) * stride));
    await delay(INTERVAL_MS);
  }
  await until('every honest message is delivered and acknowledged', DRAIN_LIMIT_MS, () => {
    return deliveredCount >= messageCount && acknowledgedCount >= messageCount;
  });
  const latenciesMs = latencyBySlotMs.slice(0, messageCount).sort();
  const at = (share: number) => percentile(latenciesMs, share) ?? Number.POSITIVE_INFINITY;
  return { messageCount, deliveryP50Ms: at(0.5), deliveryP99Ms: at(0.99), worstMs: at(1) };
}
