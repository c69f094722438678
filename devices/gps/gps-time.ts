import { DAY_MS } from './time-of-day.ts';

/** A week of the satellites' time, which knows no leap seconds. */
export const GPS_WEEK_MS = 7 * DAY_MS;

/** Week 0 of GPS began at midnight UTC of 1980-01-06. */
const GPS_EPOCH_UNIX_MS = Date.UTC(1980, 0, 6);

/**
 * A moment of GPS time as Unix time.
 *
 * @param week since 1980
 * @param itowMs time of week
 * @param leapSeconds how far GPS time is ahead of UTC then; where the receiver does not say, see {@link leapSecondsAt}
 */
export function gpsUnixMs(week: number, itowMs: number, leapSeconds: number): number {
  return GPS_EPOCH_UNIX_MS + week * GPS_WEEK_MS + itowMs - leapSeconds * 1000;
}

/**
 * How far GPS time was ahead of UTC at a time, as far as has been announced: no leap second has been scheduled since that of 2016.
 *
 * @param gpsMs {@link gpsUnixMs} with 0 leap seconds
 * @see IERS Bulletin C
 */
export function leapSecondsAt(gpsMs: number): number {
  let count = LEAP_SECOND_DAYS.length;
  while (count > 0 && gpsMs < (LEAP_SECOND_DAYS[count - 1] ?? 0) + count * 1000) count--;
  return count;
}

/** The first day after each leap second since the beginning of GPS. */
const LEAP_SECOND_DAYS: readonly number[] = [
  Date.UTC(1981, 6, 1),
  Date.UTC(1982, 6, 1),
  Date.UTC(1983, 6, 1),
  Date.UTC(1985, 6, 1),
  Date.UTC(1988, 0, 1),
  Date.UTC(1990, 0, 1),
  Date.UTC(1991, 0, 1),
  Date.UTC(1992, 6, 1),
  Date.UTC(1993, 6, 1),
  Date.UTC(1994, 6, 1),
  Date.UTC(1996, 0, 1),
  Date.UTC(1997, 6, 1),
  Date.UTC(1999, 0, 1),
  Date.UTC(2006, 0, 1),
  Date.UTC(2009, 0, 1),
  Date.UTC(2012, 6, 1),
  Date.UTC(2015, 6, 1),
  Date.UTC(2017, 0, 1),
];

/** In force since 2017. */
export const LATEST_LEAP_SECONDS: number = LEAP_SECOND_DAYS.length;
