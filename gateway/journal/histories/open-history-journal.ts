import type { Journal } from '#gateway/journal/journal.ts';
import type { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { openTestJournal } from '#gateway/journal/open-test-journal.ts';
import { invariant } from '#gateway/model/errors.ts';
import type { StreamId } from '#gateway/model/message.ts';
import { parseStreamId } from '#gateway/model/names.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { type HistorySettings, STREAM_NAMES } from './history.ts';

/** What a journal is opened with; the machine is a number that rises. */
export interface LifeSettings extends HistorySettings {
  readonly machine: number;
}

/** Opens the journal of a history. */
export async function openHistoryJournal(
  storage: MemoryStorage,
  settings: LifeSettings,
  clock = new FakeClock(),
): Promise<Journal> {
  const { sync, lingerMs, isCompressed: compress, retention } = settings;
  const streams = STREAM_NAMES.map((name, index) => ({
    id: streamId(name),
    ...(index === 0 ? { sync, lingerMs } : {}),
    ...(retention[index] === undefined ? {} : { retention: retention[index] }),
  }));
  const machine = settings.machine.toString(16).padStart(16, '0');
  const { journal } = await openTestJournal(storage, { ...settings, clock, streams, machine, compress });
  return journal;
}

function streamId(text: string): StreamId {
  const id = parseStreamId(text);
  invariant(id !== undefined, `${text} is a slug.`);
  return id;
}
