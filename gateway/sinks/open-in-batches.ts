import type { BatchKeys } from './batch-keys.ts';
import { openDelivery } from './delivery/delivery.ts';
import type { Packet, Target } from './delivery/target.ts';
import type { Sink } from './sink-options.ts';
import type { CommonDelivery } from './target-type.ts';

/** Opens a sink of which one batch is all that is in flight. */
export function openInBatches<P extends Packet>(
  target: Target<P>,
  common: CommonDelivery,
  { maxAgeMs = 0, ...limits }: BatchKeys,
  ackTimeoutMs: number,
): Promise<Sink> {
  const window = { ...limits, ackTimeoutMs };
  const batch = maxAgeMs === 0 ? {} : { batch: { ...limits, maxAgeMs } };
  return openDelivery({ ...common, target, policy: { ...common.policy, window, ...batch } });
}
