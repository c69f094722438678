import { z } from 'zod';
import { pathField, sizeField, slugField, streamIdField, topicFilterField } from './fields.ts';
import { hasOnePassword, ONE_PASSWORD, passwordFields, withPasswordSource } from './password-fields.ts';

/** One entry of `sinks`: a hub or a database that receives what the journal holds. */
export function sinkSection(folder: string) {
  return z.discriminatedUnion('type', [mqttSink(folder), influxdbSink(folder)]);
}

function mqttSink(folder: string) {
  return z
    .strictObject({
      type: z.literal('mqtt').describe('An MQTT broker.'),
      ...commonKeys(),
      url: hubUrlField().describe('mqtt://host:port or mqtts://host:port.'),
      prefix: z
        .string()
        .regex(/^[^/+#$\0][^+#\0]{0,199}$/, 'expected topic levels without wildcards, such as fleet')
        .refine((prefix) => !prefix.endsWith('/'), 'a prefix has no slash at its end')
        .default('waystation')
        .describe('First levels of every topic at the hub: <prefix>/<gateway.id>/<local topic>.'),
      protocol: z.literal([5, '3.1.1']).default(5).describe('MQTT version of the hub.'),
      envelope: z
        .enum(['properties', 'structured', 'none'])
        .default('properties')
        .describe(
          'How the event id travels: as CloudEvents user properties (MQTT 5), as CloudEvents JSON around the payload, or not at all.',
        ),
      credentials: hubCredentials(folder).optional().describe('How the gateway proves itself to the hub.'),
      window: mqttWindow(),
    })
    .refine(({ protocol, envelope }) => protocol === 5 || envelope !== 'properties', {
      path: ['envelope'],
      error: 'MQTT 3.1.1 has no user properties; write envelope: structured or envelope: none',
    });
}

function influxdbSink(folder: string) {
  return z.strictObject({
    type: z.literal('influxdb').describe('An InfluxDB, through the /write of version 1.'),
    ...commonKeys(),
    url: influxdbUrlField().describe('http://host:port or https://host:port; a path may follow.'),
    database: z
      .string()
      .regex(/^[^\s"'\\/\p{Cc}]{1,64}$/u, 'expected a name without spaces, quotes and slashes, at most 64 characters')
      .describe('Database to write to; it must exist.'),
    credentials: login(folder).optional().describe('Basic authentication; a token goes in as the password.'),
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

function commonKeys() {
  return {
    id: slugField().describe('Name of the sink; its place in the journal is kept under this name.'),
    from: z.enum(['oldest', 'now']).default('oldest').describe('Where a sink begins that has never run before.'),
    lanes: z
      .array(streamIdField())
      .min(1)
      .optional()
      .describe('Streams to forward, by priority; when absent, all in the order of streams.'),
    order: z.literal('oldestFirst').default('oldestFirst').describe('Order within a lane.'),
    filter: z
      .array(
        z.strictObject({
          topics: z.array(topicFilterField()).min(1).describe('Topic filters of the local topic.'),
          drop: z.literal(true).describe('Matching events stay in the journal and are not forwarded.'),
        }),
      )
      .default([])
      .describe('What is not forwarded.'),
  };
}

const HUB_URL = /^mqtts?:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?\/?$/;

const INFLUXDB_URL = /^https?:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?(\/[A-Za-z0-9._~/-]*)?$/;

function hubUrlField() {
  return urlField().refine(
    (url) => HUB_URL.test(url) && URL.canParse(url),
    'expected mqtt://host:port or mqtts://host:port',
  );
}

function influxdbUrlField() {
  return urlField().refine(
    (url) => INFLUXDB_URL.test(url) && URL.canParse(url),
    'expected http://host:port or https://host:port',
  );
}

function urlField() {
  return z
    .string()
    .refine((url) => !url.includes('@'), { error: 'a url holds no login; write it under credentials', abort: true });
}

function login(folder: string) {
  return z
    .strictObject({ username: z.string().min(1).describe('Login name at the remote.'), ...passwordFields(folder) })
    .refine(hasOnePassword, ONE_PASSWORD)
    .transform(withPasswordSource);
}

function hubCredentials(folder: string) {
  const certificate = z.strictObject({
    certFile: pathField(folder).describe('Client certificate, PEM.'),
    keyFile: pathField(folder).describe('Its private key, PEM.'),
  });
  return z.union(
    [login(folder), certificate],
    'expected username with passwordFile or passwordEnv, or certFile with keyFile',
  );
}

function mqttWindow() {
  return z
    .strictObject({
      maxEvents: z.int().min(1).max(65_535).default(100).describe('Events sent and not yet acknowledged.'),
      maxBytes: sizeField(1024, 64 * 2 ** 20)
        .prefault('256KiB')
        .describe('Bytes sent and not yet acknowledged.'),
      ackTimeoutMs: ackTimeoutField().describe(
        'A hub that acknowledges nothing for so long is given up, and everything in flight sent again.',
      ),
    })
    .prefault({})
    .describe('How much may be in flight to the hub.');
}

function ackTimeoutField() {
  return z.int().min(100).max(600_000).default(10_000);
}
