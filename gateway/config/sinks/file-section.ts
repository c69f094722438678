import { z } from 'zod';
import { pathField, sizeField } from '#gateway/config/fields.ts';
import { commonKeys } from './common-keys.ts';

/** FAT takes 4 GiB in a file, and programs that count in 31 bits half of that. */
const MAX_FILE_BYTES = 2 ** 31 - 2 ** 20;
const MAX_TOTAL_BYTES = 2 ** 44;

/** A sink of type `file`. */
export function fileSink(folder: string) {
  const { link: _, ...keys } = commonKeys();
  return z.strictObject({
    type: z.literal('file').describe('Files of one JSON CloudEvent a line, on a drive that is carried home.'),
    ...keys,
    directory: pathField(folder).describe('Folder of the files, on the drive; not within dataDir.'),
    requireMount: z
      .boolean()
      .default(true)
      .describe(
        'Write only onto a drive that is mounted there, not onto a disk of the host or into its memory, into a folder that is there; without, the folder is made.',
      ),
    maxFileBytes: sizeField(64 * 2 ** 10, MAX_FILE_BYTES)
      .prefault('64MiB')
      .describe('A file ends before it would be larger, unless one batch alone is.'),
    maxFileMinutes: z
      .number()
      .positive()
      .max(44_640)
      .default(60)
      .describe('A file ends so long after its first event was written, although it is not full.'),
    maxTotalBytes: sizeField(2 ** 20, MAX_TOTAL_BYTES)
      .prefault('8GiB')
      .describe('What all files of the sink may take on the drive, also those from when it had other lanes.'),
    whenFull: z
      .enum(['pause', 'deleteOldest'])
      .default('pause')
      .describe(
        'At maxTotalBytes, and on a full drive: wait for a person, or delete the oldest whole files of this sink.',
      ),
    compress: z
      .enum(['none', 'zstd', 'gzip'])
      .default('none')
      .describe('How the lines are compressed, each batch by itself; larger batches take less room.'),
    batch: z
      .strictObject({
        maxEvents: z.int().min(1).max(10_000).default(1000).describe('Events that are written and synced together.'),
        maxBytes: sizeField(4096, 16 * 2 ** 20)
          .prefault('1MiB')
          .describe('Bytes that are written and synced together, before compression; a larger event goes alone.'),
        maxAgeMs: z
          .int()
          .min(0)
          .max(600_000)
          .default(5000)
          .describe(
            'How long an event may wait for others: the least time between two syncs of a drive that keeps up.',
          ),
      })
      .prefault({})
      .describe('What is written and synced together; each batch wears the flash a little.'),
  });
}
