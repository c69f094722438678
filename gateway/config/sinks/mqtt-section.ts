import { z } from 'zod';
import { pathField, sizeField, topicFilterField } from '#gateway/config/fields.ts';
import { commonKeys } from './common-keys.ts';
import { ackTimeoutField, loginField, urlField } from './sink-fields.ts';

/** A sink of type `mqtt`. */
export function mqttSink(folder: string) {
  return z
    .strictObject({
      type: z.literal('mqtt').describe('An MQTT broker.'),
      ...commonKeys(),
      url: hubUrlField().describe('mqtt://host:port or mqtts://host:port.'),
      profile: z
        .enum(['awsIotCore', 'azureEventGrid', 'emqx', 'hivemq', 'mosquitto'])
        .optional()
        .describe(
          'What kind of hub it is: keeps within its limits; `waystation sinks explain ID` tells which those are.',
        ),
      ca: pathField(folder)
        .optional()
        .describe('Certificates of the authorities to trust for mqtts, PEM, in place of those of the system.'),
      prefix: z
        .string()
        .regex(/^[^/+#$\0][^+#\0]{0,199}$/, 'expected topic levels without wildcards, such as fleet')
        .refine((prefix) => !prefix.endsWith('/'), 'a prefix has no slash at its end')
        .default('waystation')
        .describe('First levels of every topic at the hub: <prefix>/<gateway.id>/<local topic>.'),
      clientId: z
        .string()
        .regex(/^[^\0\s/+#]{1,128}$/, 'expected 1 to 128 characters without spaces and / + #')
        .optional()
        .describe(
          'Client id at the hub, where it expects a certain one; when absent, the uid of the gateway and the id of the sink. The uid is drawn at the first start and kept in `dataDir`: where that is not kept, set this.',
        ),
      protocol: z.literal([5, '3.1.1']).default(5).describe('MQTT version of the hub.'),
      envelope: z
        .enum(['properties', 'structured', 'none'])
        .default('properties')
        .describe(
          'How the event id travels: as CloudEvents user properties (MQTT 5), as CloudEvents JSON around the payload, or not at all. A batch carries the ids itself.',
        ),
      batch: batchSection(),
      credentials: hubCredentials(folder).optional().describe('How the gateway proves itself to the hub.'),
      keepaliveSeconds: z
        .int()
        .min(5)
        .max(65_535)
        .optional()
        .describe(
          'How long the hub may hear nothing before it takes the gateway for gone; 30 unless the profile says otherwise.',
        ),
      window: mqttWindow(),
      status: z
        .boolean()
        .default(true)
        .describe(
          'Whether the hub is told, retained on <prefix>/<gateway.id>/status, that the gateway is there, and by a will that it is not.',
        ),
      downlink: downlinkSection()
        .optional()
        .describe('Commands from the hub, on <prefix>/<gateway.id>/down/<local topic>; see docs/delivery.md.'),
    })
    .refine(({ protocol, envelope, batch }) => protocol === 5 || envelope !== 'properties' || batch !== 'off', {
      path: ['envelope'],
      error: 'MQTT 3.1.1 has no user properties; write envelope: structured or envelope: none',
    });
}

/** `batch` of a sink of type `mqtt`. */
function batchSection() {
  const batch = z.strictObject({
    maxEvents: z.int().min(1).max(5000).default(100).describe('Events in one publish.'),
    maxBytes: sizeField(1024, 1024 * 1024)
      .prefault('64KiB')
      .describe('Bytes of one publish before compression; compressed it holds at most 60 kB.'),
    maxAgeMs: z
      .int()
      .min(0)
      .max(3_600_000)
      .default(10_000)
      .describe('How long an event may wait for others; a backlog waits for none.'),
    codec: z
      .enum(['zstd', 'columns'])
      .default('zstd')
      .describe(
        'How events are written: one by one, or by columns, which takes fewer bytes; both are compressed. See docs/batch-format.md.',
      ),
  });
  return z
    .union([z.literal('off'), batch], 'expected off, or how much a batch may hold, such as { maxEvents: 100 }')
    .default('off')
    .describe('Many events in one compressed publish, on <prefix>/<gateway.id>/batch/<stream>.');
}

function downlinkSection() {
  const commandFilter = topicFilterField().refine(
    (filter) => /^(?:commands|replies)\/./.test(filter),
    'expected commands/ or replies/ and more: nothing else comes down',
  );
  return z.strictObject({
    allow: z
      .array(commandFilter)
      .min(1)
      .max(MAX_ALLOWED)
      .describe('Topic filters of the local topics that the hub may publish on: commands/restart, commands/+/set.'),
  });
}

const MAX_ALLOWED = 100;
const HUB_URL = /^mqtts?:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?\/?$/;

function hubUrlField() {
  return urlField().refine(
    (url) => HUB_URL.test(url) && URL.canParse(url),
    'expected mqtt://host:port or mqtts://host:port',
  );
}

function hubCredentials(folder: string) {
  const username = z
    .string()
    .min(1)
    .optional()
    .describe('Login name at the remote, where it wants one beside; with a token the client id when absent.');
  const certificate = z.strictObject({
    certFile: pathField(folder).describe('Client certificate, PEM.'),
    keyFile: pathField(folder).describe('Its private key, PEM.'),
    username,
  });
  const token = z.strictObject({
    tokenFile: pathField(folder).describe(
      'File with a token that goes in as the password; another one in it makes a new connection.',
    ),
    username,
  });
  return z.union(
    [loginField(folder), token, certificate],
    'expected username with passwordFile or passwordEnv, or tokenFile, or certFile with keyFile',
  );
}

function mqttWindow() {
  return z
    .strictObject({
      maxEvents: z
        .int()
        .min(1)
        .max(65_535)
        .optional()
        .describe(
          'Events sent and not yet acknowledged; 100 unless the profile says less, in batches ten times as many as one holds.',
        ),
      maxBytes: sizeField(1024, 64 * 2 ** 20)
        .optional()
        .describe(
          'Bytes sent and not yet acknowledged; 256KiB unless the profile says less, in batches ten times as many as one holds.',
        ),
      ackTimeoutMs: ackTimeoutField().describe(
        'A hub that acknowledges nothing for so long is given up, and everything in flight sent again.',
      ),
    })
    .prefault({})
    .describe('How much may be in flight to the hub.');
}
