/** Names by the byte of their one-letter code: what a {@link FieldReader} looks codes up in. */
export type LetterTable<Name> = readonly (Name | undefined)[];

/** Makes a {@link LetterTable} of a table that is written for people. */
export function lettersOf<const Name>(names: Readonly<Record<string, Name>>): LetterTable<Name> {
  return Array.from({ length: 256 }, (_, byte) => names[String.fromCharCode(byte)]);
}
