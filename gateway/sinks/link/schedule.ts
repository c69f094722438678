import type { LinkMode } from '#gateway/model/link-status.ts';

/** A part of the week, by the clocks on the wall. */
export interface ScheduleWindow {
  /** Those on which it begins; Monday is 0. */
  readonly days: readonly number[];
  /** Minutes since midnight. One that ends before it begins ends on the next day. */
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly mode: LinkMode;
}

const MINUTES_PER_DAY = 1440;
const MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY;

/** The window under way, and how long it goes on; undefined outside of all. */
export function windowAt(
  schedule: readonly ScheduleWindow[],
  minuteOfWeek: number,
): { readonly mode: LinkMode; readonly minutesLeft: number } | undefined {
  for (const { days, fromMinute, toMinute, mode } of schedule) {
    const length = (toMinute - fromMinute + MINUTES_PER_DAY) % MINUTES_PER_DAY;
    for (const day of days) {
      const start = day * MINUTES_PER_DAY + fromMinute;
      const since = (minuteOfWeek - start + MINUTES_PER_WEEK) % MINUTES_PER_WEEK;
      if (since < length) return { mode, minutesLeft: length - since };
    }
  }
  return undefined;
}
