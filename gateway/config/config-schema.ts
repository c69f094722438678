/**
 * The configuration: this one schema is the source of its types, defaults, checks, JSON Schema and reference.
 *
 * Only what works is in here, and an unknown key is an error: nothing that an operator writes is silently ignored.
 * Never reads a file: `load-config.ts` does. Start reading here, then `parse-config.ts`.
 */
import { z } from 'zod';
import { brokerSection } from './broker-section.ts';
import { consoleSection } from './console-section.ts';
import { deadLettersSection } from './dead-letters-section.ts';
import { deviceSection } from './device-section.ts';
import { pathField, sizeField, streamIdField, topicFilterField } from './fields.ts';
import { linkSection } from './link-section.ts';
import { rulesSection } from './rules-section.ts';
import { sinkSection } from './sinks/sink-section.ts';
import { timeSection } from './time-section.ts';

/** @param folder where relative paths start: the folder of the configuration file */
export function configSchema(folder: string) {
  return z
    .strictObject({
      version: z.literal(1).describe('Version of this format.'),
      gateway: gatewaySection(),
      dataDir: pathField(folder)
        .prefault(DEFAULT_DATA_DIR)
        .describe('Folder of the journal, the cursors and the identity of the gateway.'),
      broker: brokerSection(folder),
      devices: z.array(deviceSection(folder)).default([]).describe('Serial devices to read, and what is made of them.'),
      streams: z
        .array(streamSection())
        .min(1)
        .prefault(DEFAULT_STREAMS)
        .describe('Durable lanes; a topic belongs to the first stream that matches, and to none if none does.'),
      journal: journalSection(),
      links: z
        .array(linkSection())
        .default([])
        .describe('Networks that sinks share, each with its rates, its budget for a day and its mode.'),
      sinks: z.array(sinkSection(folder)).default([]).describe('Where events are forwarded to.'),
      deadLetters: deadLettersSection(),
      rules: rulesSection(),
      time: timeSection(folder),
      console: consoleSection(),
      log: z
        .strictObject({
          level: z
            .enum(['debug', 'info', 'warn', 'error', 'silent'])
            .default('info')
            .describe('The least that is worth a line.'),
        })
        .prefault({})
        .describe('Log lines on standard output, JSON.'),
    })
    .meta({ title: 'Waystation configuration' });
}

/** A checked configuration: defaults filled in, sizes in bytes, paths absolute. */
export type Config = z.output<ReturnType<typeof configSchema>>;
/** One entry of `sinks`. */
export type SinkConfig = Config['sinks'][number];

/** JSON Schema (draft 2020-12) of what may be written, for editors: `# yaml-language-server: $schema=…`. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema('.'), { io: 'input' });
}

/** Where dataDir is unless the configuration says otherwise. */
export const DEFAULT_DATA_DIR = 'data';
/** Unless the configuration says otherwise: of one stream, of all, and of one file. */
export const DEFAULT_QUOTA = '4GiB';
export const DEFAULT_JOURNAL_QUOTA = '8GiB';
export const DEFAULT_SEGMENT = '16MiB';
const MAX_QUOTA_BYTES = 2 ** 40;

/** What is durable when the configuration does not say. */
export const DEFAULT_STREAMS = [
  { id: 'alerts', topics: ['alerts/#'], retention: { maxAgeHours: 720, maxBytes: '64MiB' } },
  { id: 'control', topics: ['commands/#', 'replies/#'], retention: { maxAgeHours: 168, maxBytes: '64MiB' } },
  {
    id: 'telemetry',
    topics: ['devices/#', 'sensors/#', 'events/#'],
    retention: { maxAgeHours: 336, maxBytes: '4GiB' },
  },
];

function gatewaySection() {
  return z
    .strictObject({
      id: z
        .string()
        .regex(
          /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
          'expected letters, digits, dots, dashes and underscores, at most 64: it becomes a topic level',
        )
        .describe('Display name, and its level in topics at the hub.'),
      asset: z
        .string()
        .min(1)
        .max(128)
        .optional()
        .describe('What the gateway is mounted on, such as a vehicle identification number; kept with every record.'),
    })
    .describe('This gateway.');
}

function streamSection() {
  return z.strictObject({
    id: streamIdField().describe('Name of the stream; its folder in the journal.'),
    topics: z.array(topicFilterField()).min(1).describe('Topic filters of what belongs to it.'),
    sync: z
      .union([
        z.literal('always'),
        z.strictObject({
          everyMs: z.int().min(1).max(60_000).describe('Most milliseconds between a write and its sync.'),
        }),
      ])
      .default('always')
      .describe(
        'When a publish is acknowledged: once its record is synced to disk; with `{ everyMs: N }` once it is written, and a power ' +
          'cut can take what was acknowledged in the last N milliseconds. Sinks get records once they are synced, either way.',
      ),
    lingerMs: z
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .describe(
        'How long records gather before they are written together. Acknowledgements wait as long, also those of what the same ' +
          'client publishes to other streams.',
      ),
    retention: z
      .strictObject({
        maxBytes: sizeField(2 ** 20, MAX_QUOTA_BYTES)
          .prefault(DEFAULT_QUOTA)
          .describe(
            'What it may take on disk; beyond that the oldest files go, whether every sink has them or not. At least 4 files that ' +
              'hold the largest packet (broker.limits.maxPacketBytes and 64KiB): 1280KiB unless that is changed.',
          ),
        maxAgeHours: z
          .number()
          .positive()
          .max(1_000_000)
          .optional()
          .describe(
            'How old a record may get, by satellite or network time; what neither that nor a later start dates goes by maxBytes alone.',
          ),
      })
      .prefault({})
      .describe(
        'How much is kept. Whole files of journal.segmentBytes go at a time, or a quarter of maxBytes if that is less.',
      ),
    overflow: z
      .enum(['dropOldest', 'rejectNew'])
      .default('dropOldest')
      .describe(
        'What gives way at maxBytes: the oldest records (sinks are told with an event gateway.lost), or new ones, which are ' +
          'refused until every sink has the oldest.',
      ),
  });
}

function journalSection() {
  return z
    .strictObject({
      maxBytes: sizeField(2 ** 20, MAX_QUOTA_BYTES)
        .prefault(DEFAULT_JOURNAL_QUOTA)
        .describe('What all streams together may take on disk; the last of streams gives first, the first one last.'),
      segmentBytes: sizeField(2 ** 20, 2 ** 30)
        .prefault(DEFAULT_SEGMENT)
        .describe('Size of one journal file.'),
      compress: z.boolean().default(true).describe('Compress frames.'),
      enduranceTB: z
        .number()
        .positive()
        .max(1_000_000)
        .optional()
        .describe(
          'Terabytes that the disk or card may be written with over its life (TBW in its data sheet): for a projection.',
        ),
    })
    .prefault({})
    .describe('The durable log.');
}
