import { expect, it } from 'vitest';
import { lineStyle, MAX_STYLES } from './line-style.ts';

it('draws no two lines alike until all looks are taken', () => {
  const looks = Array.from({ length: MAX_STYLES }, (_, index) => JSON.stringify(lineStyle(index)));
  expect(new Set(looks).size).toBe(16);
  expect(lineStyle(MAX_STYLES)).toEqual(lineStyle(0));
});

it('tells any four lines in a row apart without colours', () => {
  for (const first of [0, 4, 8, 12]) {
    expect(new Set([0, 1, 2, 3].map((index) => lineStyle(first + index).dash)).size).toBe(4);
  }
});
