import { z } from 'zod';
import { sizeField } from '#gateway/config/fields.ts';

/** What is different from one type of sink to another. */
export interface RequestBatchLimits {
  readonly maxEvents: { readonly most: number; readonly default: number };
  readonly leastBytes: number;
  /** What is said of `maxBytes`. */
  readonly maxBytesText: string;
}

/** `batch` of a sink that sends one request over HTTP at a time. */
export function requestBatch({ maxEvents, leastBytes, maxBytesText }: RequestBatchLimits) {
  return z
    .strictObject({
      maxEvents: z.int().min(1).max(maxEvents.most).default(maxEvents.default).describe('Events in one request.'),
      maxBytes: sizeField(leastBytes, 16 * 2 ** 20)
        .prefault('1MiB')
        .describe(maxBytesText),
      maxAgeMs: z
        .int()
        .min(0)
        .max(600_000)
        .default(0)
        .describe('How long an event may wait for others to fill a request; with 0 all that is there goes at once.'),
    })
    .prefault({})
    .describe('What one request holds; there is one at a time.');
}
