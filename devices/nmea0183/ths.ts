import type { Decoded } from '#devices/decoded.ts';
import type { FieldReader, FieldRejection } from './field-reader.ts';
import { formatCode, formatDecimal } from './format-field.ts';
import { lettersOf } from './letter-table.ts';
import type { Addressed, NmeaSentence } from './nmea-sentence.ts';

/** THS, True Heading and Status: where the bow points, and how that is known. It states no time. */
export interface Ths {
  /** Degrees clockwise from true north. */
  readonly trueHeadingDeg: number | undefined;
  /** `invalid` denies the heading; without a word of it nothing vouches for the heading. */
  readonly headingQuality: HeadingQuality | undefined;
}

/** How a heading came about. */
export type HeadingQuality = (typeof HEADING_QUALITY_BY_LETTER)[keyof typeof HEADING_QUALITY_BY_LETTER];

/** The mode indicator of THS. */
export const HEADING_QUALITY_BY_LETTER = {
  A: 'autonomous',
  E: 'estimated',
  M: 'manual',
  S: 'simulated',
  V: 'invalid',
} as const;

/**
 * ```text
 *        0   1
 * $GNTHS,h.h,m*hh
 *        |   mode indicator
 *        heading, true
 * ```
 * @see NMEA 0183 4.11, THS
 */
export function decodeThs(read: FieldReader, talker: string): Decoded<Addressed<'THS', Ths>, FieldRejection> {
  return read.finish({
    type: 'THS',
    talker,
    trueHeadingDeg: read.headingDeg(),
    headingQuality: read.verdict(HEADING_QUALITY_LETTERS),
  });
}

/** The inverse of {@link decodeThs}, in 0.01 degrees. */
export function encodeThs(talker: string, ths: Ths): NmeaSentence {
  const fields = [formatDecimal(ths.trueHeadingDeg, 2), formatCode(ths.headingQuality, HEADING_QUALITY_BY_LETTER)];
  return { talker, type: 'THS', fields };
}

const HEADING_QUALITY_LETTERS = lettersOf(HEADING_QUALITY_BY_LETTER);
