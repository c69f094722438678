import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppendDone, Journal, JournalStream } from '#gateway/journal/journal.ts';
import { nodeStorage } from '#gateway/journal/node-storage.ts';
import { openJournal } from '#gateway/journal/open-journal.ts';
import type { EventRecord } from '#gateway/model/message.ts';
import { parseStreamId } from '#gateway/model/names.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { systemDiskCounters } from '#gateway/runtime/disk-counters.ts';
import { openLogger } from '#gateway/runtime/logger.ts';
import type { EventLog } from './event-log.ts';
import { noiseRecords } from './noise-records.ts';

/** The journal of the gateway with one stream, as the gateway opens it but without the rest. @param compress whether it tries */
export async function openBenchJournal(directory: string, compress = true) {
  const id = parseStreamId('telemetry');
  if (id === undefined) throw new Error('telemetry is a name');
  const journal = await openJournal({
    directory,
    storage: nodeStorage,
    clock: systemClock,
    random: randomBytes,
    logger: openLogger('warn'),
    diskCounters: systemDiskCounters(directory),
    streams: [{ id }],
    compress,
  });
  return { journal, stream: journal.stream(id) };
}

/** The journal as an {@link EventLog}. @param use whether it makes its file anew or writes over one that retention has set free */
export async function openJournalLog(folder: string, use: 'new' | 'recycled'): Promise<EventLog> {
  if (use === 'recycled') await fillOneSegment(folder);
  const { journal, stream } = await openBenchJournal(folder);
  const streamFolder = join(folder, 'streams', stream.id);
  if (use === 'recycled') {
    await rollTo(journal, 2);
    if ((await readdir(streamFolder)).some((name) => name.endsWith('.free')))
      throw new Error('the free file is not used');
  }
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

/** Leaves a journal with one file set free, as retention does it, and the segment after that. */
async function fillOneSegment(folder: string): Promise<void> {
  const { journal, stream } = await openBenchJournal(folder);
  await rollTo(journal, 2);
  await journal[Symbol.asyncDispose]();
  const oldest = join(folder, 'streams', stream.id, '0000000000000001.segment');
  await rename(oldest, `${oldest}.free`);
}

/** Writes noise until there are so many segments. */
async function rollTo(journal: Journal, segmentCount: number): Promise<void> {
  const [stream] = journal.streams;
  while (stream !== undefined && (journal.status().streams[0]?.segmentCount ?? 0) < segmentCount) {
    await appendAll(stream, noiseRecords(8));
  }
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
