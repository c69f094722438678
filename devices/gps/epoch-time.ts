import type { EpochTime } from './compose-epoch.ts';
import type { DateKeeper } from './date-keeper.ts';
import type { GnssMessage, MessageOf } from './gnss-message.ts';
import { GPS_WEEK_MS, gpsUnixMs, leapSecondsAt } from './gps-time.ts';
import { DAY_MS } from './time-of-day.ts';

/**
 * When an epoch was, by what its messages state: the UTC of NAV-PVT or NAV-TIMEUTC, else that of the sentences, else the GPS time of
 * NAV-TIMEGPS or NAV-SOL less the leap seconds.
 *
 * @param leapSeconds as the receiver stated them; undefined while it has not: then those that have been announced for that date
 */
export function findEpochTime(
  messages: readonly GnssMessage[],
  dates: DateKeeper,
  leapSeconds: number | undefined,
): EpochTime {
  let utc: MessageOf<'NAV-PVT' | 'NAV-TIMEUTC'> | undefined;
  let gps: MessageOf<'NAV-TIMEGPS' | 'NAV-SOL'> | undefined;
  let sentenceMs: number | undefined;
  for (const message of messages) {
    switch (message.type) {
      case 'NAV-PVT':
        if (message.timeOfDayMs !== undefined) utc = message;
        break;
      case 'NAV-TIMEUTC':
        if (message.timeOfDayMs !== undefined) utc ??= message;
        break;
      case 'NAV-TIMEGPS':
        if (statesWeekAndTime(message)) gps = message;
        break;
      case 'NAV-SOL':
        if (statesWeekAndTime(message)) gps ??= message;
        break;
      default:
        if ('timeOfDayMs' in message) sentenceMs = message.timeOfDayMs ?? sentenceMs;
    }
  }
  if (utc !== undefined) return { ...utcTime(utc.timeOfDayMs, dates), isTimeResolved: isResolved(utc) };
  if (sentenceMs !== undefined) return utcTime(sentenceMs, dates);
  return gps === undefined ? {} : gpsTime(gps, dates, leapSeconds);
}

/** Whether a message says when it was in GPS time. A time beyond the end of its week would be a date of another one. */
export function statesWeekAndTime<T extends MessageOf<'NAV-TIMEGPS' | 'NAV-SOL'>>(
  message: T,
): message is T & { readonly week: number } {
  return message.week !== undefined && message.isTowValid && message.itowMs < GPS_WEEK_MS;
}

function utcTime(timeOfDayMs: number | undefined, dates: DateKeeper): EpochTime {
  if (timeOfDayMs === undefined) return {};
  const dateUnixMs = dates.advance(timeOfDayMs);
  return dateUnixMs === undefined ? { timeOfDayMs } : { timeOfDayMs, unixMs: dateUnixMs + timeOfDayMs };
}

function isResolved(message: MessageOf<'NAV-PVT' | 'NAV-TIMEUTC'>): boolean {
  return message.type === 'NAV-PVT' ? message.isTimeResolved : message.isUtcValid;
}

function gpsTime(
  { week = 0, itowMs, fractionNs }: MessageOf<'NAV-TIMEGPS' | 'NAV-SOL'>,
  dates: DateKeeper,
  leapSeconds: number | undefined,
): EpochTime {
  const exactItowMs = itowMs + Math.round(fractionNs / 1e6);
  const announced = leapSecondsAt(gpsUnixMs(week, exactItowMs, 0));
  const unixMs = gpsUnixMs(week, exactItowMs, leapSeconds ?? announced);
  const timeOfDayMs = unixMs - Math.floor(unixMs / DAY_MS) * DAY_MS;
  dates.state(timeOfDayMs, unixMs - timeOfDayMs);
  return { unixMs, timeOfDayMs, isTimeResolved: leapSeconds !== undefined };
}
