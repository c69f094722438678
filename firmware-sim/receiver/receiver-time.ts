/** What a receiver that knows its time says of it. */
export interface ReceiverTime {
  /** Unix time of the midnight before, milliseconds. */
  readonly dateUnixMs: number;
  /** Since midnight UTC; 86,400,000 and more in a leap second. */
  readonly timeOfDayMs: number;
  readonly gpsWeek: number;
  /** GPS time of week. */
  readonly itowMs: number;
  /** GPS time ahead of UTC. */
  readonly leapSeconds: number;
  /** The leap second to come, or the last one. */
  readonly change: {
    readonly announcedS: 0 | 1;
    readonly week: number;
    readonly day: number;
    readonly toChangeS: number;
  };
}

/** A scenario's time line. */
export interface TimeLine {
  /** Unix time, in milliseconds, of its beginning. */
  readonly startUnixMs: number;
  /** When, after the beginning, a second is inserted: at a midnight. */
  readonly leapAtMs?: number;
}

/**
 * UTC and GPS time over a leap second: UTC shows 23:59:60, GPS time goes on.
 *
 * @param elapsedMs since the beginning, as a clock counts that knows of no leap seconds
 * @param weeksBack how many weeks the receiver takes the date for earlier than it is
 */
export function receiverTimeAt(line: TimeLine, elapsedMs: number, weeksBack = 0): ReceiverTime {
  const { startUnixMs, leapAtMs = Number.POSITIVE_INFINITY } = line;
  const sinceLeapMs = elapsedMs - leapAtMs;
  const leapBefore = leapSecondsBefore(startUnixMs);
  const gpsMs = startUnixMs - GPS_EPOCH_MS + elapsedMs + leapBefore * 1000;
  const isInLeap = sinceLeapMs >= 0 && sinceLeapMs < 1000;
  const unixMs = startUnixMs + elapsedMs - (sinceLeapMs >= 1000 ? 1000 : 0);
  const midnightMs = Math.floor((isInLeap ? unixMs - 1000 : unixMs) / DAY_MS) * DAY_MS;
  const isOver = sinceLeapMs >= 0;
  const changeUnixMs = leapAtMs === Number.POSITIVE_INFINITY ? lastChangeBefore(startUnixMs) : startUnixMs + leapAtMs;
  const changeDay = Math.floor((changeUnixMs - DAY_MS / 2 - GPS_EPOCH_MS) / DAY_MS);
  return {
    dateUnixMs: midnightMs - weeksBack * WEEK_MS,
    timeOfDayMs: unixMs - midnightMs,
    gpsWeek: Math.floor(gpsMs / WEEK_MS) - weeksBack,
    itowMs: gpsMs % WEEK_MS,
    leapSeconds: leapBefore + (isOver ? 1 : 0),
    change: {
      announcedS: leapAtMs !== Number.POSITIVE_INFINITY && !isOver ? 1 : 0,
      week: Math.floor(changeDay / 7),
      day: (changeDay % 7) + 1,
      toChangeS: Math.round((changeUnixMs - unixMs) / 1000),
    },
  };
}

/** Where two receivers agree on what a week is. @see IS-GPS-200, 3.3.4 */
const GPS_EPOCH_MS = Date.UTC(1980, 0, 6);
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** Since when GPS time was ahead of UTC by how much. @see IERS Bulletin C */
const LEAP_SECONDS = [
  { fromMs: Date.UTC(1999, 0, 1), seconds: 13 },
  { fromMs: Date.UTC(2006, 0, 1), seconds: 14 },
  { fromMs: Date.UTC(2009, 0, 1), seconds: 15 },
  { fromMs: Date.UTC(2012, 6, 1), seconds: 16 },
  { fromMs: Date.UTC(2015, 6, 1), seconds: 17 },
  { fromMs: Date.UTC(2017, 0, 1), seconds: 18 },
] as const;

/** The earliest beginning whose leap seconds are known here. */
export const EARLIEST_START_UNIX_MS = LEAP_SECONDS[0].fromMs;

function changeBefore(unixMs: number) {
  return LEAP_SECONDS.findLast(({ fromMs }) => fromMs <= unixMs) ?? LEAP_SECONDS[0];
}

function leapSecondsBefore(unixMs: number): number {
  return changeBefore(unixMs).seconds;
}

function lastChangeBefore(unixMs: number): number {
  return changeBefore(unixMs).fromMs;
}
