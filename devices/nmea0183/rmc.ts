import type { Decoded } from '#devices/decoded.ts';
import type { FieldReader, FieldRejection } from './field-reader.ts';
import {
  type FixQuality,
  type FixStatus,
  NAVIGATIONAL_STATUS_BY_LETTER,
  NAVIGATIONAL_STATUS_LETTERS,
  type NavigationalStatus,
  QUALITY_BY_LETTER,
  QUALITY_LETTERS,
  STATUS_BY_LETTER,
  STATUS_LETTERS,
  statusUnder,
} from './fix-quality.ts';
import {
  formatCode,
  formatDate,
  formatDecimal,
  formatLatitude,
  formatLongitude,
  formatSpeed,
  formatTimeOfDay,
  formatVariation,
  trimFields,
} from './format-field.ts';
import type { Addressed, NmeaSentence } from './nmea-sentence.ts';
import { MPS_PER_KNOT } from './speed-unit.ts';

/** RMC, Recommended Minimum Specific GNSS Data: the only common sentence with position, motion and date. */
export interface Rmc {
  readonly timeOfDayMs: number | undefined;
  readonly status: FixStatus | undefined;
  readonly latitudeDeg: number | undefined;
  readonly longitudeDeg: number | undefined;
  readonly speedMps: number | undefined;
  /** Course over ground, degrees true. */
  readonly headingDeg: number | undefined;
  /** Midnight UTC of the date, Unix milliseconds. */
  readonly dateUnixMs: number | undefined;
  /** East positive. */
  readonly magneticVariationDeg: number | undefined;
  /** NMEA 2.3 and later. */
  readonly quality: FixQuality | undefined;
  /** NMEA 4.1 and later. */
  readonly navigationalStatus: NavigationalStatus | undefined;
}

/**
 * ```text
 *         0         1 2         3 4          5 6   7   8      9   10 11 12
 * $GPRMC,hhmmss.ss,A,ddmm.mmmm,a,dddmm.mmmm,a,s.s,c.c,ddmmyy,v.v,a, m, s*hh
 *        time      | latitude    longitude    |   |   date   |      |  navigational status
 *                  status        speed, knots-'   course     |      mode indicator
 *                                                 magnetic variation
 * ```
 * @see NMEA 0183 4.11, RMC
 */
export function decodeRmc(read: FieldReader, talker: string): Decoded<Addressed<'RMC', Rmc>, FieldRejection> {
  const timeOfDayMs = read.timeOfDayMs();
  const status = read.verdict(STATUS_LETTERS);
  const latitudeDeg = read.latitudeDeg();
  const longitudeDeg = read.longitudeDeg();
  if (status === 'void') read.pardonPosition();
  const speedMps = read.speedMps(MPS_PER_KNOT);
  const headingDeg = read.headingDeg();
  const dateUnixMs = read.dateUnixMs();
  const magneticVariationDeg = read.variationDeg();
  const quality = read.code(QUALITY_LETTERS, 'unknown');
  return read.finish({
    type: 'RMC',
    talker,
    timeOfDayMs,
    status: statusUnder(status, quality),
    latitudeDeg,
    longitudeDeg,
    speedMps,
    headingDeg,
    dateUnixMs,
    magneticVariationDeg,
    quality: quality === 'unknown' ? undefined : quality,
    navigationalStatus: read.code(NAVIGATIONAL_STATUS_LETTERS),
  });
}

/** The inverse of {@link decodeRmc}; fields of later versions are left out unless stated. Speed in 0.001 knots, course in 0.01 degrees. */
export function encodeRmc(talker: string, rmc: Rmc): NmeaSentence {
  const [day, month, year] = formatDate(rmc.dateUnixMs);
  const fields = [
    formatTimeOfDay(rmc.timeOfDayMs),
    formatCode(rmc.status, STATUS_BY_LETTER),
    ...formatLatitude(rmc.latitudeDeg),
    ...formatLongitude(rmc.longitudeDeg),
    formatSpeed(rmc.speedMps, MPS_PER_KNOT),
    formatDecimal(rmc.headingDeg, 2),
    day + month + year.slice(2),
    ...formatVariation(rmc.magneticVariationDeg),
    formatCode(rmc.quality, QUALITY_BY_LETTER),
    formatCode(rmc.navigationalStatus, NAVIGATIONAL_STATUS_BY_LETTER),
  ];
  return { talker, type: 'RMC', fields: trimFields(fields, 11) };
}
