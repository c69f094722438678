import type { dayState } from './budget.ts';

/** What people are to know of the day of a link: little is left beside the reserve, nothing is left, or there is enough again. */
export type DayNews = 'low' | 'spent' | 'restored';

/** What is told, and of which day. */
export interface DayNotice<State extends DayNews = Exclude<DayNews, 'restored'>> {
  /** Of one that is kept the worst that was told of that day. */
  readonly state: State;
  /** When it was so, on the time line of the link. */
  readonly atMs: number;
  /** The budget that it was told of. */
  readonly maxBytes: number;
}

/**
 * What is to be told of a day: each state once, the worse after the better only, and that there is enough again once another day has begun or
 * the budget is another one. So a day is told of twice at most, however often the gateway starts in it.
 *
 * @param told as kept; undefined where nothing was told since there was enough
 * @param countsFromMs what was told before it is of another day
 * @returns undefined where all is told
 */
export function newsOfDay(
  told: DayNotice | undefined,
  state: ReturnType<typeof dayState>,
  maxBytes: number | undefined,
  countsFromMs: number,
): DayNews | undefined {
  const isOfToday = told !== undefined && told.atMs >= countsFromMs && told.maxBytes === maxBytes;
  if (state === 'open') return told === undefined || isOfToday ? undefined : 'restored';
  if (state === 'spent') return isOfToday && told.state === 'spent' ? undefined : 'spent';
  return isOfToday ? undefined : 'low';
}
