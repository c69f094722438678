/**
 * The text of a DBC file: UTF-8 or UTF-16 where the bytes are that, else Windows-1252, which most tools write and which has a character for
 * every byte. Of the encodings of East Asia the keywords and names survive, since those are ASCII.
 */
export function decodeDbcText(bytes: Uint8Array): string {
  for (const { encoding, isIt } of ENCODINGS) {
    if (isIt(bytes[0], bytes[1])) return new TextDecoder(encoding).decode(bytes);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** With their byte order mark, or by the zero that an ASCII character has in them. */
const ENCODINGS: readonly { readonly encoding: string; isIt(first?: number, second?: number): boolean }[] = [
  { encoding: 'utf-16le', isIt: (first, second) => (first === 0xff && second === 0xfe) || (!!first && second === 0) },
  { encoding: 'utf-16be', isIt: (first, second) => (first === 0xfe && second === 0xff) || (first === 0 && !!second) },
];

/** Whoever reads a DBC file reads no more: the largest of the public collections have 2 MB. */
export const MAX_DBC_BYTES = 32 * 2 ** 20;
