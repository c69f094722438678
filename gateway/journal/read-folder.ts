import { randomBytes } from 'node:crypto';
import { CLOCK_STREAM, isBuiltInStream } from '#gateway/model/built-in-streams.ts';
import type { StreamId } from '#gateway/model/message.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { DiskCounters } from '#gateway/runtime/disk-counters.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { CopyOnWriteStorage } from './copy-on-write-storage.ts';
import type { StatefulJournal } from './journal.ts';
import { openJournal } from './open-journal.ts';
import type { Storage } from './storage.ts';

/** What {@link openJournalFolder} needs. */
export interface JournalFolderOptions {
  /** As of `openJournal`. */
  readonly directory: string;
  /** Those that have a folder there, built-in ones among them. */
  readonly streams: readonly { readonly id: StreamId }[];
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Opens the journal in a folder for reading alone: recovery runs, but on what is written over the folder in memory, so a copy
 * stays as it is, may lie on a medium that cannot be written, and needs no lock.
 *
 * @throws WaystationError as `openJournal`
 */
export async function openJournalFolder(options: JournalFolderOptions): Promise<StatefulJournal> {
  const journal = await openJournal({
    ...options,
    streams: options.streams.filter(({ id }) => !isBuiltInStream(id)),
    storage: new CopyOnWriteStorage(options.storage),
    random: randomBytes,
    diskCounters: NO_COUNTERS,
  });
  for (const { id } of options.streams) if (isBuiltInStream(id) && id !== CLOCK_STREAM) await journal.openBuiltIn(id);
  return journal;
}

/** Nothing is written that a card could wear out by. */
const NO_COUNTERS: DiskCounters = {
  deviceName: undefined,
  sample: () => ({ processBytes: undefined, deviceBytes: undefined }),
};
