import { expect, it } from 'vitest';
import { gpsUnixMs, leapSecondsAt } from './gps-time.ts';

it('turns week and time of week to Unix time', () => {
  expect(gpsUnixMs(0, 0, 0)).toBe(Date.UTC(1980, 0, 6));
  expect(gpsUnixMs(2313, 518_370_000 + 18_000, 18)).toBe(Date.UTC(2024, 4, 10, 23, 59, 30));
});

it.each<[gps: number, leapSeconds: number]>([
  [Date.UTC(1980, 0, 6), 0],
  [Date.UTC(1981, 6, 1), 0],
  [Date.UTC(1981, 6, 1, 0, 0, 1), 1],
  [Date.UTC(2005, 11, 31), 13],
  [Date.UTC(2016, 11, 31), 17],
  [Date.UTC(2017, 0, 1, 0, 0, 17), 17],
  [Date.UTC(2017, 0, 1, 0, 0, 18), 18],
  [Date.UTC(2040, 0, 1), 18],
])('knows the leap seconds that were announced for %d [IERS Bulletin C]', (gps, leapSeconds) => {
  expect(leapSecondsAt(gps)).toBe(leapSeconds);
});
