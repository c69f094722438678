/** Random numbers that a printed seed brings back: mulberry32. */
export interface SeededRandom {
  readonly seed: number;
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform among the integers from `min` to `max`, both included. */
  integer(min: number, max: number): number;
}

/** The seed comes from `WAYSTATION_SEED` when a run is to be repeated. Whoever uses it prints it. */
export function openSeededRandom(): SeededRandom {
  const asked = process.env['WAYSTATION_SEED'];
  return seededRandom(asked === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(asked));
}

/** @param seed an unsigned 32-bit integer */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, next, integer: (min, max) => min + Math.floor(next() * (max - min + 1)) };
}

/** One of several. @throws Error where there is none */
export function pick<T>(random: SeededRandom, values: readonly T[]): T {
  const value = values[random.integer(0, values.length - 1)];
  if (value === undefined) throw new Error('There is nothing to choose from.');
  return value;
}
