import { z } from 'zod';
import { sizeField } from '#gateway/config/fields.ts';
import { commonKeys } from './common-keys.ts';
import { ackTimeoutField, loginField, urlField } from './sink-fields.ts';

/** A sink of type `influxdb`. */
export function influxdbSink(folder: string) {
  return z.strictObject({
    type: z.literal('influxdb').describe('An InfluxDB, through the /write of version 1.'),
    ...commonKeys(),
    url: influxdbUrlField().describe('http://host:port or https://host:port; a path may follow.'),
    database: z
      .string()
      .regex(/^[^\s"'\\/\p{Cc}]{1,64}$/u, 'expected a name without spaces, quotes and slashes, at most 64 characters')
      .describe('Database to write to; it must exist.'),
    credentials: loginField(folder).optional().describe('Basic authentication; a token goes in as the password.'),
    batch: z
      .strictObject({
        maxEvents: z.int().min(1).max(16_384).default(5000).describe('Events in one request.'),
        maxBytes: sizeField(128 * 1024, 16 * 2 ** 20)
          .prefault('1MiB')
          .describe('Bytes of one request.'),
      })
      .prefault({})
      .describe('How much one request may hold; there is one at a time, with what waits when it leaves.'),
    window: z
      .strictObject({
        ackTimeoutMs: ackTimeoutField().describe(
          'A server that is silent for so long is given up, and the batch written again.',
        ),
      })
      .prefault({})
      .describe('How long to wait for an answer.'),
  });
}

const INFLUXDB_URL = /^https?:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?(\/[A-Za-z0-9._~/-]*)?$/;

function influxdbUrlField() {
  return urlField().refine(
    (url) => INFLUXDB_URL.test(url) && URL.canParse(url),
    'expected http://host:port or https://host:port',
  );
}
