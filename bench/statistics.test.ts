import { expect, it } from 'vitest';
import { median, medianRatio, percentile } from './statistics.ts';

it.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2.5],
])('takes the middle of %j', (samples, expected) => {
  expect(median(samples)).toBe(expected);
});

it('has no median of nothing', () => {
  expect(() => median([])).toThrow(RangeError);
});

it('takes a percentile by nearest rank', () => {
  const sorted = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0, 0.5, 0.99, 1].map((share) => percentile(sorted, share))).toEqual([1, 50, 99, 100]);
  expect(percentile([], 0.5)).toBeUndefined();
});

it('compares round by round, so that a machine that slows down does not count', () => {
  expect(medianRatio([200, 20, 2], [100, 10, 1])).toBe(2);
  expect(medianRatio([200, 20], [100])).toBe(2);
  expect(medianRatio([1], [])).toBeUndefined();
});
