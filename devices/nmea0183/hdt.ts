import type { Decoded } from '#devices/decoded.ts';
import type { FieldReader, FieldRejection } from './field-reader.ts';
import { formatDecimal } from './format-field.ts';
import { lettersOf } from './letter-table.ts';
import type { Addressed, NmeaSentence } from './nmea-sentence.ts';

/** HDT, Heading, True: where the bow points, whichever way the vehicle moves. It states no time. */
export interface Hdt {
  /** Degrees clockwise from true north. */
  readonly trueHeadingDeg: number | undefined;
}

/**
 * ```text
 *        0   1
 * $HEHDT,h.h,T*hh
 * ```
 * @see NMEA 0183 4.11, HDT
 */
export function decodeHdt(read: FieldReader, talker: string): Decoded<Addressed<'HDT', Hdt>, FieldRejection> {
  return read.finish({ type: 'HDT', talker, trueHeadingDeg: read.inUnit(read.headingDeg(), TRUE) });
}

/** The inverse of {@link decodeHdt}, in 0.01 degrees. */
export function encodeHdt(talker: string, hdt: Hdt): NmeaSentence {
  return { talker, type: 'HDT', fields: [formatDecimal(hdt.trueHeadingDeg, 2), 'T'] };
}

const TRUE = lettersOf({ T: true });
