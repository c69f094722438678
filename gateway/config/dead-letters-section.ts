import { z } from 'zod';
import { sizeField } from './fields.ts';

/** What may be kept of events that a target refused for good. */
export function deadLettersSection() {
  return z
    .strictObject({
      maxBytes: sizeField(MIN_QUOTA_BYTES, MAX_QUOTA_BYTES)
        .prefault('32MiB')
        .describe(
          'What they may take on disk, beside journal.maxBytes; a good half of it is letters, the rest room to keep the log short. ' +
            'Beyond, the oldest go, and are counted.',
        ),
    })
    .prefault({})
    .describe('Events that a target refused for good: see `waystation dead-letters`.');
}

const MIN_QUOTA_BYTES = 2 ** 20;
const MAX_QUOTA_BYTES = 2 ** 30;
