import { expect, it } from 'vitest';
import { RecentMap } from './recent-map.ts';

it('forgets what was touched longest ago when there is too much of it', () => {
  const map = new RecentMap<string, number>(2);
  expect(map.set('a', 1)).toEqual([]);
  expect(map.set('b', 2)).toEqual([]);
  expect(map.get('a')).toBe(1);
  expect(map.set('c', 3)).toEqual([2]);
  expect(map.clear()).toEqual([1, 3]);
});

it('forgets as much as it takes to be within its weight, but never what has just come', () => {
  const map = new RecentMap<string, number>(9, { maxWeight: 10, weightOf: (value) => value });
  map.set('a', 4);
  map.set('a', 3);
  map.set('b', 3);
  map.set('c', 4);
  expect(map.set('d', 5)).toEqual([3, 3]);
  expect(map.set('e', 11)).toEqual([4, 5]);
  expect(map.get('e')).toBe(11);
  expect(map.deleteWhere((value) => value === 11)).toEqual([11]);
  expect(map.set('f', 10)).toEqual([]);
  map.clear();
  expect(map.set('g', 10)).toEqual([]);
});
