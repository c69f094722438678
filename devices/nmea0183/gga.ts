import type { Decoded } from '#devices/decoded.ts';
import type { FieldReader, FieldRejection } from './field-reader.ts';
import { type FixQuality, QUALITY_BY_DIGIT, QUALITY_DIGITS } from './fix-quality.ts';
import {
  formatCode,
  formatDecimal,
  formatInteger,
  formatLatitude,
  formatLongitude,
  formatTimeOfDay,
} from './format-field.ts';
import { lettersOf } from './letter-table.ts';
import type { Addressed, NmeaSentence } from './nmea-sentence.ts';

/** GGA, Global Positioning System Fix Data: what a receiver knows of one epoch. Units: degrees, metres, seconds. */
export interface Gga {
  readonly timeOfDayMs: number | undefined;
  readonly latitudeDeg: number | undefined;
  readonly longitudeDeg: number | undefined;
  /** An empty field is `invalid`. */
  readonly quality: FixQuality;
  readonly satellitesUsed: number | undefined;
  readonly hdop: number | undefined;
  readonly altitudeMslM: number | undefined;
  readonly geoidSeparationM: number | undefined;
  readonly correctionAgeS: number | undefined;
  readonly correctionStation: string | undefined;
}

/**
 * ```text
 *         0          1        2 3         4 5 6  7   8     9 10   11 12 13
 * $GPGGA,hhmmss.ss,ddmm.mmmm,a,dddmm.mmmm,a,q,nn,h.h,a.a,  M,g.g, M, s.s,iiii*hh
 *         time      latitude   longitude    | |  |   |       |       |   correction station
 *                                   quality-' |  hdop altitude geoid correction age
 *                                   satellites'
 * ```
 * @see NMEA 0183 4.11, GGA
 */
export function decodeGga(read: FieldReader, talker: string): Decoded<Addressed<'GGA', Gga>, FieldRejection> {
  return read.finish({
    type: 'GGA',
    talker,
    timeOfDayMs: read.timeOfDayMs(),
    latitudeDeg: read.latitudeDeg(),
    longitudeDeg: read.longitudeDeg(),
    quality: read.verdict(QUALITY_DIGITS) ?? 'invalid',
    satellitesUsed: read.integer(),
    hdop: read.dilution(),
    altitudeMslM: read.inUnit(read.number(), METRES),
    geoidSeparationM: read.inUnit(read.number(), METRES),
    correctionAgeS: read.magnitude(),
    correctionStation: read.text(),
  });
}

/** The inverse of {@link decodeGga}, with as many decimals as a good receiver sends: 1e-7 minutes, centimetres. */
export function encodeGga(talker: string, gga: Gga): NmeaSentence {
  const fields = [
    formatTimeOfDay(gga.timeOfDayMs),
    ...formatLatitude(gga.latitudeDeg),
    ...formatLongitude(gga.longitudeDeg),
    formatCode(gga.quality, QUALITY_BY_DIGIT),
    formatInteger(gga.satellitesUsed, 2),
    formatDecimal(gga.hdop, 2),
    formatDecimal(gga.altitudeMslM, 2),
    'M',
    formatDecimal(gga.geoidSeparationM, 2),
    'M',
    formatDecimal(gga.correctionAgeS, 1),
    gga.correctionStation ?? '',
  ];
  return { talker, type: 'GGA', fields };
}

const METRES = lettersOf({ M: true });
