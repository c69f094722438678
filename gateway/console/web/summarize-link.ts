import { describeModeSource } from '#gateway/model/describe-link.ts';
import type { LinkStatus } from '#gateway/model/link-status.ts';
import type { Condition } from './condition.tsx';
import { formatBytes, formatSpan } from './format.ts';

/** A link in one line. */
export interface LinkSummary {
  readonly condition: Condition;
  readonly word: string;
  readonly text: string;
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
  return {
    ...standing,
    text: `${parts.join('; ')}.`,
    ...(maxBytes === undefined ? {} : { usedShare: Math.min(1, usedBytes / Math.max(1, maxBytes)) }),
  };
}

/** A link that is shut is as somebody wanted it: that is neither good nor bad. A count that cannot be kept is wrong. */
function standingOf({ mode, state, lastError }: LinkStatus): Pick<LinkSummary, 'condition' | 'word'> {
  const word = state === 'spent' ? 'budget spent' : state === 'reserved' ? 'reserve only' : mode;
  if (lastError !== undefined) return { condition: 'bad', word };
  return { condition: word === 'normal' ? 'good' : 'idle', word };
}

function describeReserve({ day: { maxBytes, reserveBytes } }: LinkStatus): string {
  return maxBytes === undefined || reserveBytes === 0 ? '' : ` (${formatBytes(reserveBytes)} of it for urgent lanes)`;
}
