/**
 * One NMEA 0183 sentence, ready to be sent.
 * `$GPGGA,123519,4807.038,N…*47` has talker `GP`, type `GGA`, and the fields after the type; `$PUBX,00,…` has talker `P` and type `UBX`.
 */
export interface NmeaSentence {
  readonly talker: string;
  readonly type: string;
  readonly fields: readonly string[];
}

/** A sentence understood, with the talker that sent it. */
export type Addressed<Type extends string, Content> = { readonly type: Type; readonly talker: string } & Content;

/** NMEA 0183 allows 82 characters; proprietary sentences of real receivers are longer. */
export const MAX_SENTENCE_CHARS = 256;

/** One line without its line ending: `$`, address, fields, checksum. */
export function encodeNmeaSentence(sentence: NmeaSentence): string {
  const body = [sentence.talker + sentence.type, ...sentence.fields].join(',');
  return `$${body}*${nmeaChecksum(body).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Exclusive or over the characters between `$` and `*`. */
function nmeaChecksum(body: string): number {
  let sum = 0;
  for (let index = 0; index < body.length; index++) sum ^= body.charCodeAt(index);
  return sum & 0xff;
}
