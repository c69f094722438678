import type { GnssEpoch } from '#devices/gps/gnss-epoch.ts';
import { judgeDate } from '#devices/gps/week-rollover.ts';
import { RELEASE_DATE_MS } from '#gateway/model/clock-mark.ts';
import type { WeekRollover } from '#gateway/model/gnss-quality.ts';

/** The time of an epoch as far as it is believed, and what was thought of it where it was not simply taken. */
export interface EpochDate {
  /** Unix time; absent when the receiver knows none, or none that is believed. */
  readonly unixMs?: number;
  /**
   * `refused`: the date cannot be right. `corrected`: whole turns of the week number were added, as configured. `unresolved`: the
   * receiver itself says that its leap seconds or its week may be wrong.
   */
  readonly date?: 'refused' | 'corrected' | 'unresolved';
  /** With `corrected`, how many. */
  readonly weeksAdded?: number;
}

/**
 * Judges the date of an epoch by the day of the release [S5]. Only with a fix can it be corrected: without one a receiver may
 * count on from any date.
 */
export function dateEpoch({ unixMs, isTimeResolved, mode }: GnssEpoch, weekRollover: WeekRollover): EpochDate {
  if (unixMs === undefined) return {};
  if (isTimeResolved === false) return { date: 'unresolved' };
  const judged = judgeDate(unixMs, RELEASE_DATE_MS);
  if (judged.verdict === 'plausible') return { unixMs };
  const isCorrected = judged.verdict === 'rolledOver' && weekRollover === 'correct' && mode !== 'none';
  return isCorrected
    ? { unixMs: judged.correctedUnixMs, date: 'corrected', weeksAdded: judged.weeks }
    : { date: 'refused' };
}
