import { type Decoded, decoded } from '#devices/decoded.ts';
import type { FieldRejection } from './field-reader.ts';
import { decodeGga, type Gga } from './gga.ts';
import { decodeGll, type Gll } from './gll.ts';
import { decodeGns, type Gns } from './gns.ts';
import { decodeGsa, type Gsa } from './gsa.ts';
import type { Gst } from './gst.ts';
import type { Gsv } from './gsv.ts';
import type { Hdt } from './hdt.ts';
import { type NmeaSentence, parseNmeaSentence, type SentenceRejection } from './nmea-sentence.ts';
import type { Pubx00 } from './pubx00.ts';
import { decodeRmc, type Rmc } from './rmc.ts';
import type { Ths } from './ths.ts';
import { decodeVtg, type Vtg } from './vtg.ts';
import { decodeZda, type Zda } from './zda.ts';

/** A sentence that says something of an epoch, understood, with the talker that sent it. */
export type GnssSentence =
  | ({ readonly type: 'RMC'; readonly talker: string } & Rmc)
  | ({ readonly type: 'GGA'; readonly talker: string } & Gga)
  | ({ readonly type: 'GNS'; readonly talker: string } & Gns)
  | ({ readonly type: 'GLL'; readonly talker: string } & Gll)
  | ({ readonly type: 'GSA'; readonly talker: string } & Gsa)
  | ({ readonly type: 'VTG'; readonly talker: string } & Vtg)
  | ({ readonly type: 'ZDA'; readonly talker: string } & Zda)
  | ({ readonly type: 'GST'; readonly talker: string } & Gst)
  | ({ readonly type: 'GSV'; readonly talker: string } & Gsv)
  | ({ readonly type: 'HDT'; readonly talker: string } & Hdt)
  | ({ readonly type: 'THS'; readonly talker: string } & Ths)
  | ({ readonly type: 'PUBX00'; readonly talker: string } & Pubx00);

/**
 * Reads one line: checksum, address, fields.
 *
 * @returns undefined for a sound sentence that says nothing of an epoch: GSV, TXT, proprietary ones
 */
export function decodeGnssLine(line: string): Decoded<GnssSentence, SentenceRejection | FieldRejection> | undefined {
  const sentence = parseNmeaSentence(line);
  return sentence.isDecoded ? decodeGnssSentence(sentence.value) : sentence;
}

function decodeGnssSentence(sentence: NmeaSentence): Decoded<GnssSentence, FieldRejection> | undefined {
  const { talker } = sentence;
  switch (sentence.type) {
    case 'RMC':
      return addressed('RMC', talker, decodeRmc(sentence));
    case 'GGA':
      return addressed('GGA', talker, decodeGga(sentence));
    case 'GNS':
      return addressed('GNS', talker, decodeGns(sentence));
    case 'GLL':
      return addressed('GLL', talker, decodeGll(sentence));
    case 'GSA':
      return addressed('GSA', talker, decodeGsa(sentence));
    case 'VTG':
      return addressed('VTG', talker, decodeVtg(sentence));
    case 'ZDA':
      return addressed('ZDA', talker, decodeZda(sentence));
    default:
      return undefined;
  }
}

function addressed<const Type extends string, Content>(
  type: Type,
  talker: string,
  result: Decoded<Content, FieldRejection>,
): Decoded<{ readonly type: Type; readonly talker: string } & Content, FieldRejection> {
  return result.isDecoded ? decoded({ type, talker, ...result.value }) : result;
}
