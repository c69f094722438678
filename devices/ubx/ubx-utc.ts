/** A moment in UTC as UBX messages state it, put like that of NMEA sentences: to the nearest millisecond, date and time each if known. */
export interface UbxUtc {
  /** Unix time of the midnight before, milliseconds. Undefined unless the receiver calls its date valid. */
  readonly dateUnixMs: number | undefined;
  /** Since midnight UTC, 0 to 86,400,999: the last second may be a leap second. Undefined unless the receiver calls its time valid. */
  readonly timeOfDayMs: number | undefined;
}

/**
 * ```text
 *  0     2      3    4     5       6
 *  year  month  day  hour  minute  second
 * ```
 * The second is rounded, and `nanoseconds` is what is missing to the true time: with a negative one at midnight it is still the day before.
 *
 * @param nanoseconds -1e9 to 1e9
 * @returns undefined if the calendar or the clock has no such moment, of the parts that are called valid
 */
export function readUtc(
  payload: DataView,
  offset: number,
  nanoseconds: number,
  isValid: { readonly date: boolean; readonly time: boolean },
): UbxUtc | undefined {
  const dateUnixMs = isValid.date ? readDateUnixMs(payload, offset) : undefined;
  const roundedMs = isValid.time ? readTimeOfDayMs(payload, offset + 4, nanoseconds) : undefined;
  if (Number.isNaN(dateUnixMs) || Number.isNaN(roundedMs)) return undefined;
  if (roundedMs === undefined) return { dateUnixMs, timeOfDayMs: undefined };
  const dayMs = payload.getUint8(offset + 6) === LEAP_SECOND ? DAY_MS + 1000 : DAY_MS;
  if (roundedMs < 0) return { dateUnixMs: plus(dateUnixMs, -DAY_MS), timeOfDayMs: roundedMs + DAY_MS };
  if (roundedMs >= dayMs) return { dateUnixMs: plus(dateUnixMs, DAY_MS), timeOfDayMs: roundedMs - dayMs };
  return { dateUnixMs, timeOfDayMs: roundedMs };
}

/**
 * The inverse of {@link readUtc}, with a second that is rounded as receivers do it, to the nearest hundredth; what is not stated is 0.
 *
 * @returns the nanoseconds that go with it
 */
export function writeUtc(payload: DataView, offset: number, { dateUnixMs, timeOfDayMs }: UbxUtc): number {
  const isLeapSecond = timeOfDayMs !== undefined && timeOfDayMs >= DAY_MS;
  const dayMs = timeOfDayMs ?? 0;
  // Up to 5 ms before a second it is rounded to that second; not so within a leap second, which nothing follows on that day.
  const seconds = isLeapSecond ? DAY_MS / 1000 : Math.floor((dayMs + ROUNDING_MS) / 1000);
  const isNextDay = !isLeapSecond && seconds * 1000 === DAY_MS;
  if (dateUnixMs !== undefined) {
    const date = new Date(isNextDay ? dateUnixMs + DAY_MS : dateUnixMs);
    payload.setUint16(offset, date.getUTCFullYear(), true);
    payload.setUint8(offset + 2, date.getUTCMonth() + 1);
    payload.setUint8(offset + 3, date.getUTCDate());
  }
  const clock = isNextDay ? 0 : seconds;
  const minutes = isLeapSecond ? LAST_MINUTE : Math.floor(clock / 60);
  payload.setUint8(offset + 4, Math.floor(minutes / 60));
  payload.setUint8(offset + 5, minutes % 60);
  payload.setUint8(offset + 6, clock - minutes * 60);
  return (dayMs - seconds * 1000) * NS_PER_MS;
}

function plus(dateUnixMs: number | undefined, ms: number): number | undefined {
  return dateUnixMs === undefined ? undefined : dateUnixMs + ms;
}

/** NaN if the calendar has no such day. */
function readDateUnixMs(payload: DataView, offset: number): number {
  const year = payload.getUint16(offset, true);
  const month = payload.getUint8(offset + 2);
  const day = payload.getUint8(offset + 3);
  if (year < FIRST_YEAR) return Number.NaN;
  const dateUnixMs = Date.UTC(year, month - 1, day);
  const date = new Date(dateUnixMs);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? dateUnixMs : Number.NaN;
}

/** NaN if the clock has no such time; negative just before midnight. */
function readTimeOfDayMs(payload: DataView, offset: number, nanoseconds: number): number {
  const hour = payload.getUint8(offset);
  const minute = payload.getUint8(offset + 1);
  const second = payload.getUint8(offset + 2);
  if (hour > 23 || minute > 59 || second > LEAP_SECOND || Math.abs(nanoseconds) > 1e9) return Number.NaN;
  return ((hour * 60 + minute) * 60 + second) * 1000 + Math.round(nanoseconds / NS_PER_MS);
}

/** GPS began in 1980. */
const FIRST_YEAR = 1980;
const DAY_MS = 86_400_000;
const LEAP_SECOND = 60;
const LAST_MINUTE = 24 * 60 - 1;
const NS_PER_MS = 1e6;
const ROUNDING_MS = 5;
