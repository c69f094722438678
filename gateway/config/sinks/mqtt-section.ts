import { z } from 'zod';
import { pathField, sizeField } from '#gateway/config/fields.ts';
import { commonKeys } from './common-keys.ts';
import { ackTimeoutField, loginField, urlField } from './sink-fields.ts';

/** A sink of type `mqtt`. */
export function mqttSink(folder: string) {
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

const HUB_URL = /^mqtts?:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?\/?$/;

function hubUrlField() {
  return urlField().refine(
    (url) => HUB_URL.test(url) && URL.canParse(url),
    'expected mqtt://host:port or mqtts://host:port',
  );
}

function hubCredentials(folder: string) {
  const certificate = z.strictObject({
    certFile: pathField(folder).describe('Client certificate, PEM.'),
    keyFile: pathField(folder).describe('Its private key, PEM.'),
  });
  return z.union(
    [loginField(folder), certificate],
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
