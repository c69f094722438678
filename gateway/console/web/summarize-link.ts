import { describeDayRemedy, describeModeSource, openingCommand } from '#gateway/model/describe-link.ts';
import type { LinkStatus } from '#gateway/model/link-status.ts';
import type { Condition } from './condition.tsx';
import { formatBytes, formatSpan } from './format.ts';

/** A link in one line. */
export interface LinkSummary {
  readonly condition: Condition;
  readonly word: string;
  readonly text: string;
  /** What that holds back, and what to do about it; absent while everything goes. */
  readonly advice?: string;
  /** Of the bytes of the day, 0 to 1; absent where no budget is configured. */
  readonly usedShare?: number;
}

/** What the mode allows, and what of the day is used. @param bytesPerSecond both ways, now */
export function summarizeLink(link: LinkStatus, bytesPerSecond: number): LinkSummary {
  const { usedBytes, maxBytes, endsInMs } = link.day;
  const span = link.day.basis === 'date' ? 'today' : 'in the last 25 h';
  const budget = maxBytes === undefined ? '' : ` of ${formatBytes(maxBytes)}`;
  const next =
    maxBytes === undefined || endsInMs === undefined ? '' : `, the next day begins in ${formatSpan(endsInMs)}`;
  const standing = standingOf(link);
  const source = describeModeSource(link, formatSpan);
  const parts = [
    ...(standing.word === link.mode ? [source] : [`${link.mode} ${source}`]),
    `${formatBytes(usedBytes)}${budget} used ${span}${describeReserve(link)}${next}`,
    `now ${formatBytes(bytesPerSecond)}/s`,
  ];
  const advice = adviceFor(link);
  return {
    ...standing,
    text: `${parts.join('; ')}.`,
    ...(advice === undefined ? {} : { advice }),
    ...(maxBytes === undefined ? {} : { usedShare: Math.min(1, usedBytes / Math.max(1, maxBytes)) }),
  };
}

const WORDS: Readonly<Partial<Record<LinkStatus['state'], string>>> = {
  spent: 'budget spent',
  reserved: 'reserve only',
  low: 'budget low',
};

/**
 * A mode that lets little through is as somebody wanted it: that is neither good nor bad. A day that runs out wants a look, and
 * a count that cannot be kept is wrong.
 */
function standingOf({ mode, state, lastError }: LinkStatus): Pick<LinkSummary, 'condition' | 'word'> {
  const word = mode === 'off' ? mode : (WORDS[state] ?? mode);
  if (lastError !== undefined) return { condition: 'bad', word };
  if (word !== mode) return { condition: 'busy', word };
  return { condition: mode === 'normal' ? 'good' : 'idle', word };
}

const HOLDS: Readonly<Partial<Record<LinkStatus['state'], string>>> = {
  spent: 'Nothing goes until the next day',
  reserved: 'Urgent lanes alone go until the next day',
  low: 'Urgent lanes go, batches that it would cut wait',
};

function adviceFor(link: LinkStatus): string | undefined {
  const hold = link.mode === 'off' ? undefined : HOLDS[link.state];
  if (hold !== undefined) return `${hold}. ${describeDayRemedy(link.id, link.state) ?? ''}`;
  const command = openingCommand(link);
  if (command === undefined) return undefined;
  const what = link.mode === 'off' ? 'Nothing goes' : 'Only the lanes that it names go';
  return `${what}; to let everything through: ${command}`;
}

function describeReserve({ day: { maxBytes, reserveBytes } }: LinkStatus): string {
  return maxBytes === undefined || reserveBytes === 0 ? '' : ` (${formatBytes(reserveBytes)} of it for urgent lanes)`;
}
