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

/** What is pending is summed up over the lanes of each sink. What its link holds back says why here; of what is wrong, the problems tell. */
export function summarizePower({ safe, pending }: PowerStatus): PowerSummary {
  if (safe)
    return { condition: 'good', word: 'Safe to power off', text: 'Everything is committed, nothing is left to send.' };
  const sums = new Map<string, PendingWork>();
  for (const work of pending) {
    const key = `${ownerOf(work)} ${holdOf(work)}`;
    sums.set(key, { ...work, count: work.count + (sums.get(key)?.count ?? 0) });
  }
  return {
    condition: conditionOf(pending),
    word: 'Not safe to power off',
    text: `${[...sums.values()].map(describe).join('; ')}.`,
  };
}

/** A link that holds something back does so on purpose: that is neither good nor bad. */
function conditionOf(pending: readonly PendingWork[]): Condition {
  if (pending.some(({ state }) => state === 'stuck')) return 'bad';
  return pending.some(({ state }) => state === 'underWay') ? 'busy' : 'idle';
}

/** Empty for the journal. */
function ownerOf(work: PendingWork): string {
  return work.what === 'journal' ? '' : work.sink;
}

function holdOf({ state, why }: PendingWork): string {
  return state === 'held' ? `: ${why}` : '';
}

function describe(work: PendingWork): string {
  const { what, count } = work;
  if (what === 'journal') return `${counted(count, 'event')} to be synced`;
  return `${work.sink} has not had ${formatCount(count)} ${count === 1 ? 'event' : 'events'}${holdOf(work)}`;
}
