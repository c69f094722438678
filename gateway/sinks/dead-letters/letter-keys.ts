/**
 * Keys of the map that holds the dead letters. A letter stands under its id, which is `letterId`'s; the mark that it is to be tried again
 * beside it, so that a mark costs no copy of the event. Of a sink, how many letters went because there was no room.
 */
export const letterKeys = {
  version: 'v',
  letter: (id: string) => `l/${id}`,
  mark: (id: string) => `r/${id}`,
  evicted: (sink: string) => `e/${sink}`,
} as const;

/** What a key says. */
export type LetterKey =
  | { readonly kind: 'version' }
  | { readonly kind: 'letter' | 'mark'; readonly id: string }
  | { readonly kind: 'evicted'; readonly sink: string };

/** @returns undefined for what is no key */
export function parseLetterKey(key: string): LetterKey | undefined {
  if (key === letterKeys.version) return { kind: 'version' };
  if (key[1] !== '/') return undefined;
  const rest = key.slice(2);
  if (key[0] === 'l') return { kind: 'letter', id: rest };
  if (key[0] === 'r') return { kind: 'mark', id: rest };
  return key[0] === 'e' ? { kind: 'evicted', sink: rest } : undefined;
}
