import type { Decoded } from '#devices/decoded.ts';
import type { FieldReader, FieldRejection } from './field-reader.ts';
import {
  type FixQuality,
  NAVIGATIONAL_STATUS_BY_LETTER,
  NAVIGATIONAL_STATUS_LETTERS,
  type NavigationalStatus,
  QUALITY_BY_LETTER,
  QUALITY_LETTERS,
} from './fix-quality.ts';
import {
  formatCode,
  formatDecimal,
  formatInteger,
  formatLatitude,
  formatLongitude,
  formatTimeOfDay,
  trimFields,
} from './format-field.ts';
import type { Addressed, NmeaSentence } from './nmea-sentence.ts';

/** GNS, GNSS Fix Data: the successor of GGA for receivers of several systems. Units: degrees, metres, seconds. */
export interface Gns {
  readonly timeOfDayMs: number | undefined;
  readonly latitudeDeg: number | undefined;
  readonly longitudeDeg: number | undefined;
  /** One per system: GPS, GLONASS, Galileo, BeiDou, QZSS, NavIC, as many as the receiver knows. */
  readonly qualities: readonly FixQuality[];
  readonly satellitesUsed: number | undefined;
  readonly hdop: number | undefined;
  readonly altitudeMslM: number | undefined;
  readonly geoidSeparationM: number | undefined;
  readonly correctionAgeS: number | undefined;
  readonly correctionStation: string | undefined;
  /** NMEA 4.1 and later. */
  readonly navigationalStatus: NavigationalStatus | undefined;
}

/**
 * ```text
 *        0         1         2 3          4 5  6  7   8   9   10  11   12
 * $GNGNS,hhmmss.ss,ddmm.mmmm,a,dddmm.mmmm,a,mm,nn,h.h,a.a,g.g,s.s,iiii,s*hh
 *        time      latitude    longitude    |  |  |   |   |   |   |    navigational status
 *                                       modes  |  | altitude  |   correction station
 *                                     satellites  hdop    |   correction age
 *                                                         geoid
 * ```
 * @see NMEA 0183 4.11, GNS
 */
export function decodeGns(read: FieldReader, talker: string): Decoded<Addressed<'GNS', Gns>, FieldRejection> {
  const timeOfDayMs = read.timeOfDayMs();
  const latitudeDeg = read.latitudeDeg();
  const longitudeDeg = read.longitudeDeg();
  const faults = read.faults;
  const qualities = read.codes(QUALITY_LETTERS);
  // A letter that we do not know vouches for nothing, but denies nothing either: systems without satellites say N in any fix.
  const isUndecided = read.faults > faults && qualities.every((quality) => quality === 'invalid');
  return read.finish({
    type: 'GNS',
    talker,
    timeOfDayMs,
    latitudeDeg,
    longitudeDeg,
    qualities: isUndecided ? [] : qualities,
    satellitesUsed: read.integer(),
    hdop: read.dilution(),
    altitudeMslM: read.number(),
    geoidSeparationM: read.number(),
    correctionAgeS: read.magnitude(),
    correctionStation: read.text(),
    navigationalStatus: read.code(NAVIGATIONAL_STATUS_LETTERS),
  });
}

/** The inverse of {@link decodeGns}; the navigational status is left out unless stated. */
export function encodeGns(talker: string, gns: Gns): NmeaSentence {
  const fields = [
    formatTimeOfDay(gns.timeOfDayMs),
    ...formatLatitude(gns.latitudeDeg),
    ...formatLongitude(gns.longitudeDeg),
    gns.qualities.map((quality) => formatCode(quality, QUALITY_BY_LETTER)).join(''),
    formatInteger(gns.satellitesUsed, 2),
    formatDecimal(gns.hdop, 2),
    formatDecimal(gns.altitudeMslM, 2),
    formatDecimal(gns.geoidSeparationM, 2),
    formatDecimal(gns.correctionAgeS, 1),
    gns.correctionStation ?? '',
    formatCode(gns.navigationalStatus, NAVIGATIONAL_STATUS_BY_LETTER),
  ];
  return { talker, type: 'GNS', fields: trimFields(fields, 12) };
}
