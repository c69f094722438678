import type { Decoded } from '#devices/decoded.ts';
import type { FieldReader, FieldRejection } from './field-reader.ts';
import { formatDate, formatTimeOfDay, formatZone } from './format-field.ts';
import type { Addressed, NmeaSentence } from './nmea-sentence.ts';

/** ZDA, Time and Date. */
export interface Zda {
  readonly timeOfDayMs: number | undefined;
  /** Midnight UTC of the date, Unix milliseconds. */
  readonly dateUnixMs: number | undefined;
  /** What to add to local time to get UTC, in minutes: west of Greenwich is positive. */
  readonly localZoneMin: number | undefined;
}

/**
 * ```text
 *        0         1  2  3    4  5
 * $GPZDA,hhmmss.ss,dd,mm,yyyy,zz,zz*hh
 *        time      date       local zone: signed hours, minutes
 * ```
 * @see NMEA 0183 4.11, ZDA
 */
export function decodeZda(read: FieldReader, talker: string): Decoded<Addressed<'ZDA', Zda>, FieldRejection> {
  return read.finish({
    type: 'ZDA',
    talker,
    timeOfDayMs: read.timeOfDayMs(),
    dateUnixMs: read.splitDateUnixMs(),
    localZoneMin: read.zoneMin(),
  });
}

/** The inverse of {@link decodeZda}. */
export function encodeZda(talker: string, zda: Zda): NmeaSentence {
  const fields = [formatTimeOfDay(zda.timeOfDayMs), ...formatDate(zda.dateUnixMs), ...formatZone(zda.localZoneMin)];
  return { talker, type: 'ZDA', fields };
}
