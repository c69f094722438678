import { expect, it } from 'vitest';
import { parseEpoch } from '#gateway/model/names.ts';
import type { LostRange } from './journal.ts';
import { owedFrom } from './owed.ts';

const epoch = parseEpoch('00000000000000aa');
if (epoch === undefined) throw new Error('an epoch');

const lost = (from: number, to: number): LostRange => ({ from, to, epoch, reason: 'quota' });

it.each([
  ['nothing is gone', 1, [], 5, { backlogCount: 6, lost: 0 }],
  ['the quota took the oldest', 8, [lost(1, 7)], 1, { backlogCount: 3, lost: 7 }],
  ['the medium took some between', 1, [lost(4, 6)], 3, { backlogCount: 5, lost: 3 }],
  ['what is gone lies before it', 4, [lost(1, 3)], 4, { backlogCount: 7, lost: 0 }],
  ['the list of losses starts anew', 4, [], 1, { backlogCount: 7, lost: 3 }],
  ['everything went', 11, [lost(1, 10)], 1, { backlogCount: 0, lost: 10 }],
  ['it has all', 3, [lost(1, 2)], 11, { backlogCount: 0, lost: 0 }],
] as const)(
  'tells what is there and what is gone of ten records where %s [D9]',
  (_, oldestSequence, losses, from, owed) => {
    expect(owedFrom({ oldestSequence, syncedSequence: 10, losses }, from)).toEqual(owed);
  },
);
