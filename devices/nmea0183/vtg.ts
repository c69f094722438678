import type { Decoded } from '#devices/decoded.ts';
import type { FieldReader, FieldRejection } from './field-reader.ts';
import { type FixQuality, QUALITY_BY_LETTER, QUALITY_LETTERS } from './fix-quality.ts';
import { formatCode, formatDecimal, formatSpeed, trimFields } from './format-field.ts';
import { lettersOf } from './letter-table.ts';
import type { Addressed, NmeaSentence } from './nmea-sentence.ts';
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
 * The oldest form is the four numbers alone.
 * @see NMEA 0183 4.11, VTG
 */
export function decodeVtg(read: FieldReader, talker: string): Decoded<Addressed<'VTG', Vtg>, FieldRejection> {
  const hasUnits = read.countFields() > 4;
  const headingDeg = read.headingDeg();
  const headingTrueDeg = hasUnits ? read.inUnit(headingDeg, TRUE) : headingDeg;
  const headingMagneticDeg = read.headingDeg();
  if (hasUnits) read.skip();
  const knots = read.speedMps(MPS_PER_KNOT);
  const speedMps = hasUnits ? read.inUnit(knots, KNOTS) : knots;
  const kmh = read.speedMps(MPS_PER_KMH);
  const speedByKmhMps = hasUnits ? read.inUnit(kmh, KMH) : kmh;
  return read.finish({
    type: 'VTG',
    talker,
    headingDeg: headingTrueDeg,
    headingMagneticDeg,
    speedMps: speedMps ?? speedByKmhMps,
    quality: read.verdict(QUALITY_LETTERS),
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

const TRUE = lettersOf({ T: true });
const KNOTS = lettersOf({ N: true });
const KMH = lettersOf({ K: true });
