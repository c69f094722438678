import type { Decoded } from '#devices/decoded.ts';
import type { FieldReader, FieldRejection } from './field-reader.ts';
import {
  type FixQuality,
  type FixStatus,
  QUALITY_BY_LETTER,
  QUALITY_LETTERS,
  STATUS_BY_LETTER,
  STATUS_LETTERS,
  statusUnder,
} from './fix-quality.ts';
import { formatCode, formatLatitude, formatLongitude, formatTimeOfDay, trimFields } from './format-field.ts';
import type { Addressed, NmeaSentence } from './nmea-sentence.ts';

/** GLL, Geographic Position: Latitude and Longitude. */
export interface Gll {
  readonly latitudeDeg: number | undefined;
  readonly longitudeDeg: number | undefined;
  readonly timeOfDayMs: number | undefined;
  readonly status: FixStatus | undefined;
  /** NMEA 2.3 and later. */
  readonly quality: FixQuality | undefined;
}

/**
 * ```text
 *        0         1 2          3 4         5 6
 * $GPGLL,ddmm.mmmm,a,dddmm.mmmm,a,hhmmss.ss,A,m*hh
 *        latitude    longitude    time      | mode indicator
 *                                           status
 * ```
 * @see NMEA 0183 4.11, GLL
 */
export function decodeGll(read: FieldReader, talker: string): Decoded<Addressed<'GLL', Gll>, FieldRejection> {
  const latitudeDeg = read.latitudeDeg();
  const longitudeDeg = read.longitudeDeg();
  const timeOfDayMs = read.timeOfDayMs();
  const status = read.verdict(STATUS_LETTERS);
  if (status === 'void') read.pardonPosition();
  const quality = read.code(QUALITY_LETTERS, 'unknown');
  return read.finish({
    type: 'GLL',
    talker,
    latitudeDeg,
    longitudeDeg,
    timeOfDayMs,
    status: statusUnder(status, quality),
    quality: quality === 'unknown' ? undefined : quality,
  });
}

/** The inverse of {@link decodeGll}; the mode indicator is left out unless stated. */
export function encodeGll(talker: string, gll: Gll): NmeaSentence {
  const fields = [
    ...formatLatitude(gll.latitudeDeg),
    ...formatLongitude(gll.longitudeDeg),
    formatTimeOfDay(gll.timeOfDayMs),
    formatCode(gll.status, STATUS_BY_LETTER),
    formatCode(gll.quality, QUALITY_BY_LETTER),
  ];
  return { talker, type: 'GLL', fields: trimFields(fields, 6) };
}
