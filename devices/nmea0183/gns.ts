import type { Decoded } from '#devices/decoded.ts';
import { FieldReader, type FieldRejection } from './field-reader.ts';
import {
  type FixQuality,
  NAVIGATIONAL_STATUS_BY_LETTER,
  type NavigationalStatus,
  QUALITY_BY_LETTER,
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
import type { NmeaSentence } from './nmea-sentence.ts';

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
export function decodeGns(sentence: NmeaSentence): Decoded<Gns, FieldRejection> {
  const read = new FieldReader(sentence.fields);
  return read.finish({
    timeOfDayMs: read.timeOfDayMs(0),
    latitudeDeg: read.latitudeDeg(1),
    longitudeDeg: read.longitudeDeg(3),
    qualities: read.codes(5, QUALITY_BY_LETTER),
    satellitesUsed: read.integer(6),
    hdop: read.magnitude(7),
    altitudeMslM: read.number(8),
    geoidSeparationM: read.number(9),
    correctionAgeS: read.magnitude(10),
    correctionStation: read.text(11),
    navigationalStatus: read.code(12, NAVIGATIONAL_STATUS_BY_LETTER),
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
