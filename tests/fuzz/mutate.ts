import type { SeededRandom } from '#tests/support/seeded-random.ts';
import type { FuzzInput } from './fuzz-target.ts';

/** One of some values. */
export function pick<T>(random: SeededRandom, values: readonly [T, ...T[]]): T {
  return values[random.integer(0, values.length - 1)] ?? values[0];
}

export function isLikely(random: SeededRandom, chance: number): boolean {
  return random.next() < chance;
}

/** Noise. */
export function randomBytes(random: SeededRandom, sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, () => random.integer(0, 255));
}

/** Damages a few bytes in ways that parsers are often wrong about. Empty bytes stay empty, or get some. */
export function damageBytes(random: SeededRandom, bytes: Uint8Array, about: string): Uint8Array {
  let damaged: Uint8Array = Uint8Array.from(bytes);
  for (let count = random.integer(1, 3); count > 0; count--) {
    const damage = pick(random, BYTE_DAMAGES);
    damaged = damage(random, damaged, about);
  }
  return damaged;
}

type ByteDamage = (random: SeededRandom, bytes: Uint8Array, about: string) => Uint8Array;

const BYTE_DAMAGES: readonly [ByteDamage, ...ByteDamage[]] = [
  // A bit falls over.
  (random, bytes) => replaceAt(random, bytes, (byte) => byte ^ (1 << random.integer(0, 7))),
  // Another byte: any, or one that means something to the parser.
  (random, bytes) => replaceAt(random, bytes, () => random.integer(0, 255)),
  (random, bytes, about) => replaceAt(random, bytes, () => meaningful(random, about)),
  // Something is missing, or there twice.
  (random, bytes) => splice(random, bytes, new Uint8Array(), random.integer(1, 8)),
  (random, bytes) => {
    const start = random.integer(0, bytes.length);
    return splice(random, bytes, bytes.subarray(start, start + random.integer(1, 16)), 0);
  },
  // Something else is there.
  (random, bytes, about) => splice(random, bytes, Uint8Array.of(meaningful(random, about)), 0),
  (random, bytes) => splice(random, bytes, randomBytes(random, random.integer(1, 12)), 0),
  (random, bytes) => splice(random, bytes, new Uint8Array(random.integer(1, 300)).fill(random.integer(0, 255)), 0),
  (random, bytes) => splice(random, bytes, Buffer.from(pick(random, NUMBERS)), random.integer(0, 3)),
  // The end is.
  (random, bytes) => bytes.subarray(0, random.integer(0, bytes.length)),
];

const NUMBERS = [
  '-1',
  '0',
  '00',
  '255',
  '256',
  '65535',
  '4294967295',
  '4294967296',
  '1e309',
  '-0',
  'NaN',
  '9007199254740993',
] as const;

function meaningful(random: SeededRandom, about: string): number {
  return about.charCodeAt(random.integer(0, about.length - 1)) || 0;
}

function replaceAt(random: SeededRandom, bytes: Uint8Array, change: (byte: number) => number): Uint8Array {
  if (bytes.length === 0) return bytes;
  const index = random.integer(0, bytes.length - 1);
  return bytes.with(index, change(bytes[index] ?? 0));
}

function splice(random: SeededRandom, bytes: Uint8Array, insert: Uint8Array, removeCount: number): Uint8Array {
  const start = random.integer(0, bytes.length);
  return Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + removeCount)]);
}

/** Loses, repeats and swaps pieces, as a line that is not good does. */
export function damageOrder<T>(random: SeededRandom, pieces: readonly T[]): T[] {
  const damaged = [...pieces];
  for (let count = random.integer(1, 4); count > 0 && damaged.length > 0; count--) {
    const index = random.integer(0, damaged.length - 1);
    const [piece] = damaged.slice(index, index + 1);
    const kind = random.integer(0, 3);
    if (kind === 0) damaged.splice(index, random.integer(1, 3));
    else if (kind === 1 && piece !== undefined) damaged.splice(random.integer(0, damaged.length), 0, piece);
    else if (kind === 2) damaged.splice(index, 2, ...damaged.slice(index, index + 2).toReversed());
    else damaged.splice(random.integer(index, damaged.length));
  }
  return damaged;
}

/**
 * What may happen to frames on their way: some are lost, one comes twice in a row, two that come close to each other change places.
 *
 * @param atMs when a piece came
 */
export function loseFrames(random: SeededRandom, pieces: readonly Uint8Array[], atMs: (piece: Uint8Array) => number) {
  const left = [...pieces];
  for (let count = random.integer(1, 4); count > 0 && left.length > 0; count--) {
    const index = random.integer(0, left.length - 1);
    const [piece, next] = left.slice(index, index + 2);
    const kind = random.integer(0, 3);
    if (kind === 0 && piece !== undefined) left.splice(index, 0, piece);
    else if (kind === 1 && piece !== undefined && next !== undefined && Math.abs(atMs(next) - atMs(piece)) < SWAP_MS)
      left.splice(index, 2, next, piece);
    else left.splice(index, random.integer(1, kind));
  }
  return left;
}

/** Frames further apart do not change places. */
const SWAP_MS = 50;

/** One stream of all pieces, cut anew at random places. */
export function cutAnew(random: SeededRandom, pieces: readonly Uint8Array[]): FuzzInput {
  const whole = Buffer.concat(pieces);
  const chunks: Uint8Array[] = [];
  for (let start = 0; start < whole.length; ) {
    const end = start + (isLikely(random, 0.2) ? 1 : random.integer(1, 64));
    chunks.push(whole.subarray(start, end));
    start = end;
  }
  return chunks;
}

/**
 * A stream of lines or frames: each is whole, some are damaged, noise is between them, the order suffers, and the chunks end anywhere.
 *
 * @param about characters that mean something to the parser
 */
export function composeStream(random: SeededRandom, make: () => Uint8Array, about: string): FuzzInput {
  const damageChance = pick(random, [0, 0.1, 0.5, 1]);
  const pieces = Array.from({ length: random.integer(1, 12) }, () => {
    const piece = make();
    return isLikely(random, damageChance) ? damageBytes(random, piece, about) : piece;
  });
  const noisy = isLikely(random, 0.2) ? [...pieces, randomBytes(random, random.integer(1, 40))] : pieces;
  return cutAnew(random, isLikely(random, damageChance / 2) ? damageOrder(random, noisy) : noisy);
}
