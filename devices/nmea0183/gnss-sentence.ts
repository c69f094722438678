import type { Decoded } from '#devices/decoded.ts';
import type { FieldReader, FieldRejection } from './field-reader.ts';
import { decodeGga, encodeGga, type Gga } from './gga.ts';
import { decodeGll, encodeGll, type Gll } from './gll.ts';
import { decodeGns, encodeGns, type Gns } from './gns.ts';
import { decodeGsa, encodeGsa, type Gsa } from './gsa.ts';
import { decodeGst, encodeGst, type Gst } from './gst.ts';
import { decodeGsv, encodeGsv, type Gsv } from './gsv.ts';
import { decodeHdt, encodeHdt, type Hdt } from './hdt.ts';
import { type Addressed, encodeNmeaSentence, type NmeaSentence } from './nmea-sentence.ts';
import { encodePubx00, type Pubx00 } from './pubx00.ts';
import { decodeRmc, encodeRmc, type Rmc } from './rmc.ts';
import { decodeThs, encodeThs, type Ths } from './ths.ts';
import { decodeVtg, encodeVtg, type Vtg } from './vtg.ts';
import { decodeZda, encodeZda, type Zda } from './zda.ts';

/** A sentence that says something of an epoch, understood, with the talker that sent it. */
export type GnssSentence =
  | Addressed<'RMC', Rmc>
  | Addressed<'GGA', Gga>
  | Addressed<'GNS', Gns>
  | Addressed<'GLL', Gll>
  | Addressed<'GSA', Gsa>
  | Addressed<'VTG', Vtg>
  | Addressed<'ZDA', Zda>
  | Addressed<'GST', Gst>
  | Addressed<'GSV', Gsv>
  | Addressed<'HDT', Hdt>
  | Addressed<'THS', Ths>
  | Addressed<'PUBX00', Pubx00>;

/** How the sentences of one type are read. */
export interface SentenceKind {
  readonly decode: (read: FieldReader, talker: string) => Decoded<GnssSentence, FieldRejection>;
  /** How many fields the versions of the standard give it; receivers may send others. */
  readonly fieldCounts: readonly number[];
  /** Whether receivers often send the same one again, word by word. */
  readonly isRepetitive?: boolean;
}

/** The types of sentence that say something of an epoch; PUBX,00 aside, whose type is in its first field. */
export const SENTENCE_KINDS: Readonly<Record<Exclude<GnssSentence['type'], 'PUBX00'>, SentenceKind>> = {
  RMC: { decode: decodeRmc, fieldCounts: [11, 12, 13] },
  GGA: { decode: decodeGga, fieldCounts: [14] },
  GNS: { decode: decodeGns, fieldCounts: [12, 13] },
  GLL: { decode: decodeGll, fieldCounts: [4, 6, 7] },
  GSA: { decode: decodeGsa, fieldCounts: [17, 18], isRepetitive: true },
  VTG: { decode: decodeVtg, fieldCounts: [4, 8, 9] },
  ZDA: { decode: decodeZda, fieldCounts: [6] },
  GST: { decode: decodeGst, fieldCounts: [8] },
  GSV: { decode: decodeGsv, fieldCounts: [3, 4, 7, 8, 11, 12, 15, 16, 19, 20], isRepetitive: true },
  HDT: { decode: decodeHdt, fieldCounts: [2] },
  THS: { decode: decodeThs, fieldCounts: [2] },
};

/** Writes a sentence as one line without its line ending: what {@link SentenceDecoder} reads. */
export function encodeGnssSentence(sentence: GnssSentence): string {
  return encodeNmeaSentence(toNmeaSentence(sentence));
}

function toNmeaSentence(sentence: GnssSentence): NmeaSentence {
  switch (sentence.type) {
    case 'RMC':
      return encodeRmc(sentence.talker, sentence);
    case 'GGA':
      return encodeGga(sentence.talker, sentence);
    case 'GNS':
      return encodeGns(sentence.talker, sentence);
    case 'GLL':
      return encodeGll(sentence.talker, sentence);
    case 'GSA':
      return encodeGsa(sentence.talker, sentence);
    case 'VTG':
      return encodeVtg(sentence.talker, sentence);
    case 'ZDA':
      return encodeZda(sentence.talker, sentence);
    case 'GST':
      return encodeGst(sentence.talker, sentence);
    case 'GSV':
      return encodeGsv(sentence.talker, sentence);
    case 'HDT':
      return encodeHdt(sentence.talker, sentence);
    case 'THS':
      return encodeThs(sentence.talker, sentence);
    case 'PUBX00':
      return encodePubx00(sentence);
  }
}
