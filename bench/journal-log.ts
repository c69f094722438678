import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalStream } from '#gateway/journal/journal.ts';
import { nodeStorage } from '#gateway/journal/node-storage.ts';
import { openJournal } from '#gateway/journal/open-journal.ts';
import type { EventRecord } from '#gateway/model/message.ts';
import { parseStreamId } from '#gateway/model/names.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { systemDiskCounters } from '#gateway/runtime/disk-counters.ts';
import { openLogger } from '#gateway/runtime/logger.ts';
import type { EventLog } from './event-log.ts';

/** The journal of the gateway with one stream, as the gateway opens it but without the rest. */
export async function openBenchJournal(directory: string) {
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
  });
  return { journal, stream: journal.stream(id) };
}

/** The journal as an {@link EventLog}. */
export async function openJournalLog(folder: string): Promise<EventLog> {
  const { journal, stream } = await openBenchJournal(folder);
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
    keptBytes: () => usedBytes(join(folder, 'streams', stream.id)),
    [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose](),
  };
}

const READ_LIMIT = { maxEvents: 4096, maxBytes: 2 ** 20 };

/** Appends records in one turn, so that they share a commit; resolves when all are durable. */
export function appendAll(stream: JournalStream, records: readonly EventRecord[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let openCount = records.length;
    for (const record of records) {
      stream.append(record, (error) => {
        if (error !== undefined) reject(error);
        openCount -= 1;
        if (openCount === 0) resolve();
      });
    }
  });
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
