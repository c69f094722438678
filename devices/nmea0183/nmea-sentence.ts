import { type Decoded, decoded, rejected } from '#devices/decoded.ts';

/**
 * One NMEA 0183 sentence, taken apart but not yet understood.
 * `$GPGGA,123519,4807.038,N…*47` has talker `GP`, type `GGA`, and the fields after the type; `$PUBX,00,…` has talker `P` and type `UBX`.
 */
export interface NmeaSentence {
  readonly talker: string;
  readonly type: string;
  readonly fields: readonly string[];
}

/** Why a line is not a sentence. */
export type SentenceRejection = 'too-long' | 'not-a-sentence' | 'no-checksum' | 'wrong-checksum' | 'no-address';

/** NMEA 0183 allows 82 characters; proprietary sentences of real receivers are longer. */
export const MAX_SENTENCE_CHARS = 256;

//                 $ or !   body: printable, no $ ! *   two hex digits
const SENTENCE = /^[$!]([\x20\x22\x23\x25-\x29\x2b-\x7e]+)\*([0-9A-Fa-f]{2})$/;
const UNCHECKED = /^[$!][\x20\x22\x23\x25-\x29\x2b-\x7e]+$/;
const ADDRESS = /^(?:(P)([A-Z0-9]{3,})|([A-Z]{2})([A-Z0-9]{3,}))$/;

/**
 * Parses one line without its line ending.
 *
 * @param line printable ASCII, `$` or `!` first, `*hh` last
 * @see NMEA 0183 4.11, section 5.3
 */
export function parseNmeaSentence(line: string): Decoded<NmeaSentence, SentenceRejection> {
  if (line.length > MAX_SENTENCE_CHARS) return rejected('too-long');
  const match = SENTENCE.exec(line);
  if (match === null) return rejected(UNCHECKED.test(line) ? 'no-checksum' : 'not-a-sentence');
  const [, body = '', stated = ''] = match;
  if (nmeaChecksum(body) !== Number.parseInt(stated, 16)) return rejected('wrong-checksum');
  const [address = '', ...fields] = body.split(',');
  const parts = ADDRESS.exec(address);
  if (parts === null) return rejected('no-address');
  return decoded({ talker: parts[1] ?? parts[3] ?? '', type: parts[2] ?? parts[4] ?? '', fields });
}

/** The inverse of {@link parseNmeaSentence}: `$`, address, fields, checksum; no line ending. */
export function encodeNmeaSentence(sentence: NmeaSentence): string {
  const body = [sentence.talker + sentence.type, ...sentence.fields].join(',');
  return `$${body}*${nmeaChecksum(body).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Exclusive or over the characters between `$` and `*`. */
export function nmeaChecksum(body: string): number {
  let sum = 0;
  for (let index = 0; index < body.length; index++) sum ^= body.charCodeAt(index);
  return sum & 0xff;
}
