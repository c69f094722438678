import { counted } from '#gateway/model/counted.ts';
import type { PendingWork, PowerStatus } from '#gateway/model/power-status.ts';
import type { Condition } from './condition.tsx';
import { formatCount } from './format.ts';

/** The `status/power` of a gateway in one line. */
export interface PowerSummary {
  readonly condition: Condition;
  readonly word: string;
  readonly text: string;
}

/** What is on its way now; anything else waits for something. */
const UNDER_WAY: readonly string[] = ['being sent', 'not synced yet'];

/** What is pending is summed up over the lanes of each sink; why it is, the problems say. */
export function summarizePower({ safe, pending }: PowerStatus): PowerSummary {
  if (safe)
    return { condition: 'good', word: 'Safe to power off', text: 'Everything is committed, nothing is left to send.' };
  const owed = new Map<string, number>();
  for (const work of pending) {
    const who = ownerOf(work);
    owed.set(who, (owed.get(who) ?? 0) + work.count);
  }
  return {
    condition: pending.every(({ why }) => UNDER_WAY.includes(why)) ? 'busy' : 'bad',
    word: 'Not safe to power off',
    text: `${[...owed].map(([who, count]) => describe(who, count)).join('; ')}.`,
  };
}

/** Empty for the journal. */
function ownerOf(work: PendingWork): string {
  return work.what === 'journal' ? '' : work.sink;
}

function describe(who: string, count: number): string {
  if (who === '') return `${counted(count, 'event')} to be synced`;
  return `${who} has not had ${formatCount(count)} ${count === 1 ? 'event' : 'events'}`;
}
