import type { Decoded } from '#devices/decoded.ts';
import type { FieldReader, FieldRejection } from './field-reader.ts';
import { formatCode, formatDecimal, formatInteger, trimFields } from './format-field.ts';
import { lettersOf } from './letter-table.ts';
import type { Addressed, NmeaSentence } from './nmea-sentence.ts';

/** GSA, GNSS DOP and Active Satellites. A receiver of several systems sends one per system, all for the same epoch. It states no time. */
export interface Gsa {
  readonly selection: (typeof SELECTION_BY_LETTER)[keyof typeof SELECTION_BY_LETTER] | undefined;
  readonly mode: FixMode | undefined;
  /** At most 12; numbered as NMEA 4.11 does per system, or as the receiver likes. */
  readonly satelliteIds: readonly number[];
  readonly pdop: number | undefined;
  readonly hdop: number | undefined;
  readonly vdop: number | undefined;
  /** NMEA 4.1 and later: 1 GPS, 2 GLONASS, 3 Galileo, 4 BeiDou, 5 QZSS, 6 NavIC. */
  readonly systemId: number | undefined;
}

/** How much of a position the satellites give; `2d` assumes the height. */
export type FixMode = (typeof MODE_BY_DIGIT)[keyof typeof MODE_BY_DIGIT];

/** Satellites that one GSA has room for. */
export const MAX_GSA_SATELLITES = 12;

const SELECTION_BY_LETTER = { M: 'manual', A: 'automatic' } as const;
const MODE_BY_DIGIT = { 1: 'none', 2: '2d', 3: '3d' } as const;
const SELECTION_LETTERS = lettersOf(SELECTION_BY_LETTER);
const MODE_DIGITS = lettersOf(MODE_BY_DIGIT);

/**
 * ```text
 *        0 1 2  3 …13 14  15  16  17
 * $GPGSA,A,3,ii,…,ii,p.p,h.h,v.v,s*hh
 *        | | |        |   |   |   system
 *        | | satellites   |   vdop
 *        | mode      pdop hdop
 *        selection of the mode
 * ```
 * @see NMEA 0183 4.11, GSA
 */
export function decodeGsa(read: FieldReader, talker: string): Decoded<Addressed<'GSA', Gsa>, FieldRejection> {
  return read.finish({
    type: 'GSA',
    talker,
    selection: read.code(SELECTION_LETTERS),
    mode: read.verdict(MODE_DIGITS),
    satelliteIds: readSatelliteIds(read),
    pdop: read.dilution(),
    hdop: read.dilution(),
    vdop: read.dilution(),
    systemId: read.hexDigit(),
  });
}

function readSatelliteIds(read: FieldReader): readonly number[] {
  const ids: number[] = [];
  for (let slot = 0; slot < MAX_GSA_SATELLITES; slot++) {
    const id = read.integer();
    if (id !== undefined) ids.push(id);
  }
  return ids;
}

/** The inverse of {@link decodeGsa}; satellites beyond the twelfth do not fit, the system is left out unless stated. */
export function encodeGsa(talker: string, gsa: Gsa): NmeaSentence {
  const slots = Array.from({ length: MAX_GSA_SATELLITES }, (_, slot) => formatInteger(gsa.satelliteIds[slot], 2));
  const fields = [
    formatCode(gsa.selection, SELECTION_BY_LETTER),
    formatCode(gsa.mode, MODE_BY_DIGIT),
    ...slots,
    formatDecimal(gsa.pdop, 2),
    formatDecimal(gsa.hdop, 2),
    formatDecimal(gsa.vdop, 2),
    gsa.systemId?.toString(16).toUpperCase() ?? '',
  ];
  return { talker, type: 'GSA', fields: trimFields(fields, 17) };
}
