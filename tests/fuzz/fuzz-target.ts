import type { SeededRandom } from '#tests/support/seeded-random.ts';

/** What a parser is fed with, piece by piece: the chunks of a stream, or the frames of a bus. */
export type FuzzInput = readonly Uint8Array[];

/** One parser of foreign bytes, who makes input for it, and who judges what it makes of that. */
export interface FuzzTarget {
  readonly name: string;
  /** Input out of chance alone: valid, damaged in places, or noise. */
  generate(random: SeededRandom): FuzzInput;
  /**
   * Feeds a parser made for this input.
   *
   * @throws Error when it let something through that is wrong, or threw
   */
  check(input: FuzzInput): void;
  /** A parser that lives for the whole run and is fed with everything, for its memory to be looked at; absent where parsing keeps nothing. */
  open?(): (input: FuzzInput) => void;
  /** Whether a failing input may be cut inside its pieces; otherwise only whole pieces are left out. */
  readonly hasLoosePieces: boolean;
}

/** @throws Error with the words, where the condition does not hold */
export function expectThat(condition: boolean, words: () => string): asserts condition {
  if (!condition) throw new Error(words());
}
