import type { Decoded } from '#devices/decoded.ts';
import { FieldReader, type FieldRejection } from './field-reader.ts';
import { type FixQuality, QUALITY_BY_LETTER } from './fix-quality.ts';
import { formatCode, formatDecimal, formatSpeed, trimFields } from './format-field.ts';
import type { NmeaSentence } from './nmea-sentence.ts';
import { MPS_PER_KMH, MPS_PER_KNOT } from './speed-unit.ts';

/** VTG, Course Over Ground and Ground Speed. It states no time: it belongs to the sentences around it. */
export interface Vtg {
  /** Course over ground, degrees true. */
  readonly headingDeg: number | undefined;
  readonly headingMagneticDeg: number | undefined;
  readonly speedMps: number | undefined;
  /** NMEA 2.3 and later. */
  readonly quality: FixQuality | undefined;
}

/**
 * ```text
 *        0    1 2    3 4    5 6    7 8
 * $GPVTG,c.c, T,c.c, M,s.s, N,s.s, K,m*hh
 *        course course speed, speed, mode indicator
 *        true   magn.  knots  km/h
 * ```
 * @see NMEA 0183 4.11, VTG
 */
export function decodeVtg(sentence: NmeaSentence): Decoded<Vtg, FieldRejection> {
  const read = new FieldReader(sentence.fields);
  return read.finish({
    headingDeg: read.headingDeg(0),
    headingMagneticDeg: read.headingDeg(2),
    speedMps: read.speedMps(4, MPS_PER_KNOT) ?? read.speedMps(6, MPS_PER_KMH),
    quality: read.code(8, QUALITY_BY_LETTER),
  });
}

/** The inverse of {@link decodeVtg}; the mode indicator is left out unless stated. Speed in 0.001 knots, course in 0.01 degrees. */
export function encodeVtg(talker: string, vtg: Vtg): NmeaSentence {
  const fields = [
    formatDecimal(vtg.headingDeg, 2),
    'T',
    formatDecimal(vtg.headingMagneticDeg, 2),
    'M',
    formatSpeed(vtg.speedMps, MPS_PER_KNOT),
    'N',
    formatSpeed(vtg.speedMps, MPS_PER_KMH),
    'K',
    formatCode(vtg.quality, QUALITY_BY_LETTER),
  ];
  return { talker, type: 'VTG', fields: trimFields(fields, 8) };
}
