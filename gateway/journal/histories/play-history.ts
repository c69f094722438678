import { FRAME_HEADER_BYTES } from '#gateway/journal/frame.ts';
import { MAX_FRAME_BODY_BYTES } from '#gateway/journal/limits.ts';
import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { seededRandom } from '#gateway/journal/open-test-journal.ts';
import { CursorObserver } from './cursor-observer.ts';
import { type Death, type History, type HistorySettings, SINK_NAMES, STREAM_NAMES } from './history.ts';
import { LivingJournal, type Observers } from './living-journal.ts';
import { startInVain } from './start-in-vain.ts';
import { StreamObserver } from './stream-observer.ts';
import { Violation } from './violation.ts';

/** Plays a history. @returns the guarantee that did not hold, if one did not */
export async function playHistory(history: History): Promise<Violation | undefined> {
  const observers: Observers = {
    streams: STREAM_NAMES.map((name, index) => new StreamObserver(name, dropRulesOf(history.settings, index))),
    cursors: SINK_NAMES.map((name) => new CursorObserver(name)),
    mayBeDamaged: false,
  };
  try {
    let storage = new MemoryStorage();
    let machine = 1;
    for (const [index, { isMoved, before, commands, death, absentSink, newerSeed }] of history.lives.entries()) {
      if (isMoved) machine++;
      const settings = { ...settingsOf(history, index), machine };
      // What is damaged may hide what a newer version has written.
      if (newerSeed !== undefined && storage.lieCount === 0 && !observers.mayBeDamaged) {
        await startInVain(storage, settings, newerSeed);
        storage = storage.kill();
      }
      const life = new LivingJournal(storage, settings, observers, absentSink);
      for (const trouble of before) life.trouble(trouble);
      if (death.how !== 'close') storage.dieAfter(death.atCall);
      await life.live(async () => {
        await life.open();
        for (const command of commands) await life.obey(command);
        if (death.how === 'close') await life.close();
      });
      life.end(death.how);
      storage = afterDeath(life.storage, death);
    }
    // Whatever happened, two lives on a disk that works find everything, and go on.
    for (const _ of ['after what happened', 'after an orderly end']) {
      const life = new LivingJournal(storage, { ...settingsOf(history, history.lives.length), machine }, observers);
      await life.live(async () => {
        await life.open();
        await life.proveHealth();
        await life.close();
      });
      storage = life.storage.kill();
    }
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return error;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return new Violation('J5', `an error came out of the journal: ${text}`);
  }
}

/** Where all streams together are too large, any may have to give, unless it must not. */
function dropRulesOf({ retention, maxBytes }: HistorySettings, index: number) {
  const limits = retention[index] ?? {};
  return maxBytes === undefined ? limits : { overflow: 'dropOldest' as const, ...limits };
}

function settingsOf({ settings }: History, life: number): HistorySettings {
  return { ...settings, seed: settings.seed + life * 7919 };
}

function afterDeath(storage: MemoryStorage, death: Death): MemoryStorage {
  if (storage.largestReadBytes > MAX_FRAME_BODY_BYTES + FRAME_HEADER_BYTES) {
    throw new Violation('J12', `${storage.largestReadBytes} bytes were read at once`);
  }
  return death.how === 'powerCut' ? storage.powerCut(seededRandom(death.seed)) : storage.kill();
}
