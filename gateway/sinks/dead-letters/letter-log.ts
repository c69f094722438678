import { WaystationError } from '#gateway/model/errors.ts';
import { isLetterId } from './letter.ts';
import { peekLetter } from './letter-codec.ts';
import { type LetterEntry, LetterIndex, sizeInLog } from './letter-index.ts';
import { letterKeys, parseLetterKey } from './letter-keys.ts';

/** Of what stands in the map. */
export const LETTERS_VERSION = 1;

/** What a log holds in the end. */
export interface FoundLetters {
  readonly index: LetterIndex;
  /** Letters that are to be tried again, in the order of the marks. */
  readonly marked: readonly string[];
  readonly nextOrder: number;
  readonly nextMark: number;
  /** Undefined in one that nothing was written to yet. */
  readonly version: number | undefined;
  /** Keys that mean nothing, or whose values do not, with why. */
  readonly strange: ReadonlyMap<string, string>;
  /** Marks whose letters are gone. */
  readonly useless: readonly string[];
}

/**
 * Follows the changes of the map from the first on: the last one of a key counts. Of a letter it looks at no more than its place; whether
 * the rest can be read is seen by who reads it, so that a start with many letters need not wait.
 */
export class LetterLog {
  readonly #letters = new Map<string, LetterEntry>();
  readonly #marks = new Map<string, number>();
  readonly #evicted = new Map<string, number>();
  readonly #strange = new Map<string, string>();
  #version: number | undefined;

  /** @param value undefined where the key is deleted */
  take(key: string, value: Buffer | undefined): void {
    this.#strange.delete(key);
    const reason = this.#judge(key, value);
    if (reason !== undefined && value !== undefined) this.#strange.set(key, reason);
  }

  /** @throws WaystationError `journal.unknownFormat` */
  found(): FoundLetters {
    const version = this.#version;
    if (version !== undefined && version > LETTERS_VERSION) {
      const known = `found version ${version}, and knows up to ${LETTERS_VERSION}`;
      throw new WaystationError('journal.unknownFormat', `Reading the dead letters in the journal: ${known}.`);
    }
    const index = new LetterIndex();
    const letters = [...this.#letters].sort(([, one], [, other]) => one.order - other.order);
    for (const [id, entry] of letters) index.set(id, entry);
    for (const [sink, count] of this.#evicted) index.setEvicted(sink, count);
    const marks = [...this.#marks].sort(([, one], [, other]) => one - other);
    const marked = marks.map(([id]) => id).filter((id) => index.get(id) !== undefined);
    const useless = marks.filter(([id]) => index.get(id) === undefined).map(([id]) => letterKeys.mark(id));
    const next = { nextOrder: 1 + (letters.at(-1)?.[1].order ?? 0), nextMark: 1 + (marks.at(-1)?.[1] ?? 0) };
    return { index, marked, ...next, version, strange: this.#strange, useless };
  }

  /** @returns why a value means nothing */
  #judge(key: string, value: Buffer | undefined): string | undefined {
    const parsed = parseLetterKey(key);
    switch (parsed?.kind) {
      case 'letter':
        return this.#takeLetter(parsed.id, value);
      case 'mark':
        put(this.#marks, parsed.id, value && numberIn(value));
        return undefined;
      case 'evicted':
        put(this.#evicted, parsed.sink, value && numberIn(value));
        return undefined;
      case 'version':
        this.#version = value && numberIn(value);
        return undefined;
      case undefined:
        return 'bad-key';
    }
  }

  #takeLetter(id: string, value: Buffer | undefined): string | undefined {
    const place = value && peekLetter(value);
    const isPlace = typeof place === 'object' && isLetterId(id);
    put(this.#letters, id, isPlace ? { ...place, sizeBytes: sizeInLog(id, value?.length ?? 0) } : undefined);
    if (isPlace) return undefined;
    return typeof place === 'string' ? place : 'bad-name';
  }
}

function put<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

/** A count as text; 0 for what is none. */
function numberIn(value: Buffer): number {
  const text = value.toString('latin1');
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
