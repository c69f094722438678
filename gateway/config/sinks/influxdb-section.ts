import { z } from 'zod';
import { commonKeys } from './common-keys.ts';
import { requestBatch } from './request-batch.ts';
import { secretField } from './secret-field.ts';
import { ackTimeoutField, loginField, urlField } from './sink-fields.ts';

/** Ten years: who keeps data for longer keeps it for ever. */
const MAX_RETENTION_HOURS = 87_600;
const MAX_FIELDS = 256;

/** A sink of type `influxdb`. */
export function influxdbSink(folder: string) {
  return z
    .strictObject({
      type: z.literal('influxdb').describe('An InfluxDB.'),
      ...commonKeys(),
      version: z.literal([1, 2, 3]).default(1).describe('Version of the server, and so of the API that is written to.'),
      writer: z
        .enum(['package', 'native'])
        .optional()
        .describe(
          'Who writes to version 1: the npm package influx (the default), or the gateway itself, compressed, as to the other versions.',
        ),
      url: influxdbUrlField().describe('http://host:port or https://host:port; a path may follow.'),
      database: nameField('database').optional().describe('Database of version 1 or 3; it must exist.'),
      org: nameField('org').optional().describe('Organization of version 2.'),
      bucket: nameField('bucket').optional().describe('Bucket of version 2; it must exist.'),
      credentials: credentialsField(folder)
        .optional()
        .describe('How the gateway proves itself: a login to version 1, a token to the others.'),
      retention: retentionKeys().optional().describe('What the database keeps.'),
      integers: integersField()
        .optional()
        .describe('Fields whose numbers are integers; every other number is a float.'),
      clientTag: z
        .boolean()
        .default(true)
        .describe(
          'Whether points say which MQTT client published, as the tag client; false where clients have random ids, for each id makes series of its own.',
        ),
      batch: requestBatch({
        maxEvents: { most: 16_384, default: 5000 },
        leastBytes: 128 * 1024,
        maxBytesText: 'Bytes of one request, before compression.',
      }),
      window: z
        .strictObject({
          ackTimeoutMs: ackTimeoutField().describe(
            'A server that is silent for so long is given up, and the batch written again.',
          ),
        })
        .prefault({})
        .describe('How long to wait for an answer.'),
    })
    .superRefine((sink, context) => {
      for (const { key, message } of versionProblems(sink))
        context.addIssue({ code: 'custom', path: [key], message, input: sink });
    });
}

/** What each version needs, and what it has no use for. */
function* versionProblems(sink: VersionKeys): Generator<{ readonly key: string; readonly message: string }> {
  const { version, database, org, bucket, credentials, writer, retention } = sink;
  const isBucket = version === 2;
  if ((database === undefined) !== isBucket)
    yield { key: 'database', message: isBucket ? 'version 2 has an org and a bucket' : 'expected the database' };
  if ((org !== undefined) !== isBucket)
    yield { key: 'org', message: isBucket ? 'expected the organization' : `only version 2 has one` };
  if ((bucket !== undefined) !== isBucket)
    yield { key: 'bucket', message: isBucket ? 'expected the bucket' : `only version 2 has one` };
  const hasToken = credentials !== undefined && 'token' in credentials;
  if (version === 2 && credentials === undefined)
    yield { key: 'credentials', message: 'version 2 needs tokenFile or tokenEnv' };
  if (credentials !== undefined && hasToken !== (version !== 1)) {
    const message = hasToken ? 'version 1 takes a username with its password' : `version ${version} takes a token`;
    yield { key: 'credentials', message };
  }
  if (writer === 'package' && version !== 1)
    yield { key: 'writer', message: 'the package writes to version 1 alone; leave it out' };
  if (retention?.policy !== undefined && version !== 1)
    yield { key: 'retention', message: 'only version 1 has retention policies to choose from' };
}

interface VersionKeys {
  readonly version: 1 | 2 | 3;
  readonly database?: string | undefined;
  readonly org?: string | undefined;
  readonly bucket?: string | undefined;
  readonly credentials?: object | undefined;
  readonly writer?: 'package' | 'native' | undefined;
  readonly retention?: { readonly policy?: string | undefined } | undefined;
}

function nameField(what: 'database' | 'org' | 'bucket' | 'policy') {
  const limits = what === 'org' || what === 'bucket' ? '' : ' without spaces, quotes and slashes';
  const pattern = limits === '' ? /^[^\p{Cc}]{1,64}$/u : /^[^\s"'\\/\p{Cc}]{1,64}$/u;
  return z.string().regex(pattern, `expected a name${limits}, at most 64 characters`);
}

function credentialsField(folder: string) {
  return z.union(
    [loginField(folder), secretField(folder, 'token')],
    'expected username with passwordFile or passwordEnv, or one of tokenFile and tokenEnv',
  );
}

function retentionKeys() {
  return z.strictObject({
    policy: nameField('policy')
      .optional()
      .describe('Retention policy of version 1 to write to; the default one when absent.'),
    maxAgeHours: z
      .int()
      .min(1)
      .max(MAX_RETENTION_HOURS)
      .optional()
      .describe('Older events are not written but go to the dead letters; when absent, the database is asked.'),
  });
}

function integersField() {
  return z.array(
    z.strictObject({
      measurement: z.string().min(1).max(128).describe('Type of the event, such as can.message.'),
      fields: z
        .array(z.string().min(1).max(256))
        .min(1)
        .max(MAX_FIELDS)
        .describe('Names of fields as they stand in InfluxDB, such as signals.Gear.value.'),
    }),
  );
}

const INFLUXDB_URL = /^https?:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?(\/[A-Za-z0-9._~/-]*)?$/;

function influxdbUrlField() {
  return urlField().refine(
    (url) => INFLUXDB_URL.test(url) && URL.canParse(url),
    'expected http://host:port or https://host:port',
  );
}
