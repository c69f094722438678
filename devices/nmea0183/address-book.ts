import { SENTENCE_KINDS, type SentenceKind } from './gnss-sentence.ts';

/** The first field of a sentence, `GNRMC`, and what is known of those that send under it. One object per address and receiver. */
export interface SentenceAddress {
  readonly talker: string;
  readonly kind: SentenceKind;
  /** Whether a sentence of this address ever came with its checksum. */
  isChecked: boolean;
}

/** Finds addresses by their bytes: no string is made of those that were seen before. */
export class AddressBook {
  readonly #types = new Map(
    Object.entries(SENTENCE_KINDS).map(([type, kind]) => [
      textCode(type),
      { kind, talkers: new Map<number, SentenceAddress>() },
    ]),
  );

  /** The address that begins at `start` and ends with a comma; undefined for types of sentence that are none of ours. */
  find(bytes: Uint8Array, start: number): SentenceAddress | undefined {
    if (bytes[start + ADDRESS_CHARS] !== COMMA) return undefined;
    const type = this.#types.get(byteCode(bytes, start + 2, 3));
    if (type === undefined) return undefined;
    const talkerCode = byteCode(bytes, start, 2);
    const known = type.talkers.get(talkerCode);
    if (known !== undefined) return known;
    const talker = String.fromCharCode(talkerCode >> 8, talkerCode & 0xff);
    if (!TALKER.test(talker)) return undefined;
    const address = { talker, kind: type.kind, isChecked: false };
    type.talkers.set(talkerCode, address);
    return address;
  }
}

/** Talker and type of a sentence that is not proprietary. */
export const ADDRESS_CHARS = 'GNRMC'.length;

const COMMA = 0x2c;
/** Letters by the standard; receivers that may be named by their users have digits too. */
const TALKER = /^[A-Z][A-Z0-9]$/;

/** A few bytes as one number. */
function byteCode(bytes: Uint8Array, start: number, count: number): number {
  let code = 0;
  for (let index = start; index < start + count; index++) code = (code << 8) | (bytes[index] ?? 0);
  return code;
}

function textCode(text: string): number {
  return byteCode(Buffer.from(text, 'latin1'), 0, text.length);
}
