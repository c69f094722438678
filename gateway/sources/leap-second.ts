import type { GnssReport } from '#gateway/model/gnss-report.ts';

/**
 * What a receiver has announced for the end of the day under way. It names the change months ahead, and chrony takes a sample's word for
 * its own day; all leap seconds so far ended a June or a December.
 *
 * @param unixMs now, by the receiver
 * @param announcedS 1: a second will be inserted, -1: one will be left out
 * @see ITU-R TF.460-6, annex 1, 2.1
 */
export function leapSecondToday(unixMs: number, announcedS: number | undefined): Pick<GnssReport, 'leapSecond'> {
  const now = new Date(unixMs);
  const isLastDay = LAST_DAYS.includes(`${now.getUTCMonth() + 1}-${now.getUTCDate()}`);
  if (!isLastDay || (announcedS !== 1 && announcedS !== -1)) return {};
  return { leapSecond: announcedS === 1 ? 'inserted' : 'deleted' };
}

const LAST_DAYS: readonly string[] = ['6-30', '12-31'];
