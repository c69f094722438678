import { expect, it } from 'vitest';
import { SCENARIO_NAMES } from './measurement.ts';
import { parseOptions } from './options.ts';

it('runs everything when nothing is asked', () => {
  expect(parseOptions([])).toEqual({ scenarios: SCENARIO_NAMES, isQuick: false });
});

it('runs what is asked, in its own order', () => {
  expect(parseOptions(['drain', '--quick', 'durable'])).toEqual({ scenarios: ['durable', 'drain'], isQuick: true });
});

it.each([
  [['durabel'], 'unknown scenario "durabel"'],
  [['--fast'], "Unknown option '--fast'"],
])('says what is wrong with %j', (args, expected) => {
  expect(parseOptions(args)).toContain(expected);
});
