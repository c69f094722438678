/** Chance that a seed brings back. Two uses: a stream, and a value that belongs to a place or a time. */

/**
 * A stream of numbers, uniform in [0, 1): the generator SplitMix32.
 *
 * @param seed an unsigned 32-bit integer
 */
export function openRandomStream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + GOLDEN) >>> 0;
    return mix(state) / 2 ** 32;
  };
}

/** One number, uniform in [0, 1), for these integers: always the same. */
export function randomAt(...parts: readonly number[]): number {
  return parts.reduce((state, part) => mix((state ^ mix((part + GOLDEN) >>> 0)) >>> 0), GOLDEN) / 2 ** 32;
}

/** An integer for a text, so that two receivers of one seed err differently. */
export function seedFrom(seed: number, text: string): number {
  return [...text].reduce((state, character) => mix((state ^ character.charCodeAt(0)) >>> 0), mix(seed >>> 0));
}

/** 2^32 over the golden ratio. */
const GOLDEN = 0x9e3779b9;

/** Spreads every bit of an unsigned 32-bit integer over all of them. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
