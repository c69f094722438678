import type { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { seededRandom } from '#gateway/journal/open-test-journal.ts';
import type { Trouble } from './history.ts';

/** Lets something happen to a disk. */
export function makeTrouble(storage: MemoryStorage, trouble: Trouble): void {
  switch (trouble.do) {
    case 'fail':
      storage.failNext(trouble.operation, trouble.code, trouble.count);
      return;
    case 'full':
      storage.limitSpace(trouble.freeBlocks, trouble.isCopyOnWrite);
      return;
    case 'readOnly':
      storage.isReadOnly = true;
      return;
    case 'heal':
      storage.heal();
      return;
    case 'flipBit':
      storage.flipBit(seededRandom(trouble.seed));
      return;
    case 'breakSector':
      storage.breakSector(seededRandom(trouble.seed));
      return;
    case 'lie':
      storage.lieNext(trouble.lie, seededRandom(trouble.seed));
      return;
  }
}
