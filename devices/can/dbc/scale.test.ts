import { expect, it } from 'vitest';
import { compileScale } from './scale.ts';

it.each([
  [17_821, 0.1, 0, 1782.1],
  [-15_351, 0.1, 0, -1535.1],
  [2047, 0.01, 250, 270.47],
  [32_767, 0.1, -1600, 1676.7],
  [65_535, 3.051_757_812_5e-5, 0, 1.999_969_482_421_875],
  [3, 1e-7, 1e-7, 4e-7],
  [7, -0.3, 0.05, -2.05],
  [5, 1e21, 0, 5e21],
  [0, -1, 0, 0],
])('scales %d by %d and %d to %d, the nearest number to the decimal result', (raw, factor, offset, phys) => {
  expect(compileScale(factor, offset, 2 ** 16)(raw)).toBe(phys);
});

it.each([
  ['a factor that is no short decimal', 1 / 3, 0, 2 ** 32, 4_294_967_291],
  ['raw values too large to count in decimals', 0.012_345_678_9, 0, 2 ** 40, 1_099_511_627_761],
  ['raw values without a limit', 0.25, 0, Number.POSITIVE_INFINITY, Number.MAX_VALUE],
  ['a factor beyond the exact powers of ten', 1e-300, 0, 2 ** 8, 200],
])('comes as near as plain arithmetic with %s', (_, factor, offset, maxRaw, raw) => {
  expect(compileScale(factor, offset, maxRaw)(raw)).toBe(raw * factor + offset);
});
