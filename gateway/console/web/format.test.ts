import { expect, it } from 'vitest';
import { formatBytes, formatDegrees, formatDistance, formatRate, formatSpan, formatTime } from './format.ts';

it.each([
  [0, '0'],
  [0.04, '0.0'],
  [3.44, '3.4'],
  [99.4, '99.4'],
  [99.96, '100'],
  [12_800.4, '12,800'],
])('writes %d events a second as %s', (rate, text) => {
  expect(formatRate(rate)).toBe(text);
});

it.each([
  [-5, '0 s'],
  [59_400, '59 s'],
  [59_600, '1 min'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 5 min'],
  [86_400_000, '1 d'],
  [273_600_000, '3 d 4 h'],
])('writes %d ms as %s', (durationMs, text) => {
  expect(formatSpan(durationMs)).toBe(text);
});

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [213 * 1024, '213 KiB'],
  [3 * 2 ** 40, '3.0 TiB'],
])('writes %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it('writes midnight as the first minute of a day', () => {
  expect(formatTime(new Date(2026, 10, 20).getTime())).toBe('00:00:00');
});

it('writes places and distances', () => {
  expect(formatDegrees(-33.865143, 'N', 'S')).toBe('33.86514° S');
  expect(formatDistance(500)).toBe('500 m');
  expect(formatDistance(200_000)).toBe('200 km');
});
