import type { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import type { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { Violation } from './violation.ts';

/** Waits for a life to be over, whose disk may be another after a while; when nothing moves, time passes. @throws Violation if that does not help */
export async function liveThrough(life: Promise<void>, disk: () => MemoryStorage, clock: FakeClock): Promise<void> {
  let isOver = false;
  const over = life.finally(() => {
    isOver = true;
  });
  // `await over` below tells of it; until then nobody waits for it.
  over.catch(() => undefined);
  let idleTurns = 0;
  let operationCount = 0;
  for (let idleTimes = 0; !isOver; await turn()) {
    const storage = disk();
    if (storage.operationCount !== operationCount) idleTimes = 0;
    idleTurns = storage.operationCount === operationCount ? idleTurns + 1 : 0;
    operationCount = storage.operationCount;
    if (idleTurns < IDLE_TURNS) continue;
    idleTurns = 0;
    storage.releaseSyncs();
    if (++idleTimes > MAX_IDLE_TIMES) throw new Violation('J7', 'something is never answered');
    await clock.advance(IDLE_MS);
  }
  await over;
}

/** Turns of the event loop without a call of the disk after which everything waits for time to pass. */
const IDLE_TURNS = 4;
const IDLE_MS = 1000;
const MAX_IDLE_TIMES = 100;

/** Lets everything settle that waits for neither the disk nor the clock. */
export async function rest(): Promise<void> {
  for (let count = 0; count < IDLE_TURNS; count++) await turn();
}

/** A turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
