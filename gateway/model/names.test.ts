import { expect, it } from 'vitest';
import { isSlug, parseEpoch, parseStreamId } from './names.ts';

it.each(['telemetry', 'gps0', 'a', 'tyre-monitor'])('%s is a slug', (text) => {
  expect([isSlug(text), parseStreamId(text)]).toEqual([true, text]);
});

it.each(['', 'Telemetry', '0gps', 'a/b', '../x', 'a_b', 'x'.repeat(33)])('%j is none', (text) => {
  expect([isSlug(text), parseStreamId(text)]).toEqual([false, undefined]);
});

it('an epoch is 16 lower-case hex digits', () => {
  expect(parseEpoch('0123456789abcdef')).toBe('0123456789abcdef');
  expect(parseEpoch('0123456789ABCDEF')).toBeUndefined();
});
