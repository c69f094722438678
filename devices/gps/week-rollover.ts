/**
 * Whether a date by a receiver can be right, given the earliest one that can be.
 *
 * The date is the receiver's own count of GPS weeks, of which satellites send the last ten bits only: after 1,024 weeks (19.6 years) of
 * service many receivers begin anew in the past. Those have the right day and time otherwise, so the date is told again by adding what
 * was lost. Others come to no date at all and show that of their making, or of an empty memory; some add weeks that were not lost.
 *
 * Of all the dates with one week number exactly one is plausible: the first from the earliest on.
 *
 * @param earliestUnixMs a moment that has passed for certain, such as that of the release
 * @see IS-GPS-200, 20.3.3.3.1.1 «Transmission Week Number»
 */
export function judgeDate(unixMs: number, earliestUnixMs: number): DateVerdict {
  const isOfSatellites = unixMs >= GPS_START_UNIX_MS && unixMs < earliestUnixMs + ROLLOVER_MS;
  if (!isOfSatellites) return { verdict: 'implausible' };
  if (unixMs >= earliestUnixMs) return { verdict: 'plausible' };
  const rollovers = Math.ceil((earliestUnixMs - unixMs) / ROLLOVER_MS);
  return {
    verdict: 'rolledOver',
    correctedUnixMs: unixMs + rollovers * ROLLOVER_MS,
    weeks: rollovers * ROLLOVER_WEEKS,
  };
}

/** `rolledOver`: too early, and right if `weeks` were lost. `implausible`: no date of a satellite, or too far ahead to be one. */
export type DateVerdict =
  | { readonly verdict: 'plausible' | 'implausible' }
  | {
      readonly verdict: 'rolledOver';
      readonly correctedUnixMs: number;
      /** How many were added: a multiple of 1,024. */
      readonly weeks: number;
    };

/** Ten bits count so many. */
export const ROLLOVER_WEEKS = 1024;
const ROLLOVER_MS = ROLLOVER_WEEKS * 7 * 24 * 60 * 60 * 1000;
/** Week 0: no satellite sends an earlier date. */
const GPS_START_UNIX_MS = Date.UTC(1980, 0, 6);
