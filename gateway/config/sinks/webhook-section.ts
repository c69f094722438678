import { z } from 'zod';
import { commonKeys } from './common-keys.ts';
import { requestBatch } from './request-batch.ts';
import { secretField } from './secret-field.ts';
import { ackTimeoutField, urlField } from './sink-fields.ts';

/** A sink of type `webhook`. */
export function webhookSink(folder: string) {
  return z.strictObject({
    type: z.literal('webhook').describe('An HTTP receiver of CloudEvents in batches.'),
    ...commonKeys(),
    url: urlField()
      .refine((url) => WEBHOOK_URL.test(url) && URL.canParse(url), 'expected http://host/path or https://host/path')
      .describe('Where to POST: http:// or https://, with a path and a query if need be.'),
    credentials: secretField(folder, 'secret').describe('What deliveries are signed with (HMAC-SHA-256).'),
    batch: requestBatch({
      maxEvents: { most: 10_000, default: 100 },
      leastBytes: 4096,
      maxBytesText: 'Bytes of one request; an event that is larger goes to the dead letters.',
    }),
    window: z
      .strictObject({
        ackTimeoutMs: ackTimeoutField().describe(
          'A receiver that is silent for so long is given up, and the batch sent again.',
        ),
      })
      .prefault({})
      .describe('How long to wait for an answer.'),
  });
}

const WEBHOOK_URL = /^https?:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?(\/[!-~]*)?$/;
