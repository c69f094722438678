import { z } from 'zod';
import { sizeField } from './fields.ts';

/** `broker.limits`: the bounds that keep one client from harming the others. */
export function brokerLimitsSection() {
  return z
    .strictObject({
      maxClients: z.int().min(1).max(10_000).default(200).describe('Connections at once; more are refused.'),
      maxPacketBytes: sizeField(1024, 16 * 2 ** 20)
        .prefault('256KiB')
        .describe('Largest MQTT packet; a client that sends more is disconnected.'),
      maxQueuedMessages: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(10_000)
        .describe('Messages kept for one subscriber that reads too slowly.'),
      drainTimeoutMs: z
        .int()
        .min(100)
        .max(60_000)
        .default(8000)
        .describe('How long one write to a client may wait before the client is disconnected.'),
    })
    .prefault({})
    .describe('Bounds that keep one client from harming the others.');
}
