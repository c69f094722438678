import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppendDone, JournalStream } from '#gateway/journal/journal.ts';
import { nodeStorage } from '#gateway/journal/node-storage.ts';
import { openJournal } from '#gateway/journal/open-journal.ts';
import type { EventRecord } from '#gateway/model/message.ts';
import { parseStreamId } from '#gateway/model/names.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { systemDiskCounters } from '#gateway/runtime/disk-counters.ts';
import { openLogger } from '#gateway/runtime/logger.ts';
import type { EventLog } from './event-log.ts';
import { noiseRecords } from './noise-records.ts';

/**
 * The journal of the gateway with one stream, as the gateway opens it but without the rest.
 *
 * @param compress whether it tries
 * @param maxBytes what retention leaves; everything unless stated
 */
export async function openBenchJournal(directory: string, compress = true, maxBytes?: number) {
  const id = parseStreamId('telemetry');
  if (id === undefined) throw new Error('telemetry is a name');
  const journal = await openJournal({
    directory,
    storage: nodeStorage,
    clock: systemClock,
    random: randomBytes,
    logger: openLogger('warn'),
    diskCounters: systemDiskCounters(directory),
    streams: [{ id, ...(maxBytes === undefined ? {} : { retention: { maxBytes, overflow: 'dropOldest' } }) }],
    compress,
  });
  return { journal, stream: journal.stream(id) };
}

/** The journal as an {@link EventLog}. @param use whether it makes its file anew or writes over one that retention has set free */
export async function openJournalLog(folder: string, use: 'new' | 'recycled'): Promise<EventLog> {
  const { journal, stream } = await openBenchJournal(folder, true, use === 'recycled' ? QUOTA_BYTES : undefined);
  const streamFolder = join(folder, 'streams', stream.id);
  if (use === 'recycled') await fillToQuota(stream, streamFolder);
  return {
    commit: (events) => appendAll(stream, events),
    async *readLast(count) {
      for (let next = stream.syncedSequence - count + 1; next <= stream.syncedSequence; ) {
        const { records, nextSequence } = await stream.read(next, READ_LIMIT);
        for (const { record } of records) yield record.payload;
        if (nextSequence === next) return;
        next = nextSequence;
      }
    },
    commitCount: () => journal.status().frameCount,
    keptBytes: () => (use === 'new' ? usedBytes(streamFolder) : Promise.resolve(undefined)),
    [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose](),
  };
}

/** Four segments: what a run writes is still there when it is read back. */
const QUOTA_BYTES = 64 * 2 ** 20;
const READ_LIMIT = { maxEvents: 4096, maxBytes: 2 ** 20 };

/** Appends records in one turn, so that they share a commit; resolves when all are durable. */
export function appendAll(stream: JournalStream, records: readonly EventRecord[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let openCount = records.length;
    const done: AppendDone = (error) => {
      if (error !== undefined) reject(error);
      openCount -= 1;
      if (openCount === 0) resolve();
    };
    for (const record of records) stream.append(record, done);
  });
}

/** Writes noise until retention has dropped the oldest segment and the newest one is written over its file. */
async function fillToQuota(stream: JournalStream, folder: string): Promise<void> {
  await appendAll(stream, noiseRecords(NOISE_RECORDS));
  const first = await newestFile(folder);
  while (stream.oldestSequence === 1) await appendAll(stream, noiseRecords(NOISE_RECORDS));
  if ((await newestFile(folder)) !== first) throw new Error('the file that retention has set free is not used');
}

const NOISE_RECORDS = 8;

/** The inode of the segment that is being written. */
async function newestFile(folder: string): Promise<number> {
  const newest = (await readdir(folder))
    .filter((name) => name.endsWith('.segment'))
    .sort()
    .at(-1);
  if (newest === undefined) throw new Error(`${folder} holds no segment`);
  return (await stat(join(folder, newest))).ino;
}

/** Bytes of the segments up to the last that is not zero: behind it is only room for what is to come. */
async function usedBytes(folder: string): Promise<number> {
  let sum = 0;
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.segment')) continue;
    const bytes = await readFile(join(folder, name));
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === 0) end -= 1;
    sum += end;
  }
  return sum;
}
