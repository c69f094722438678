import { expect, it } from 'vitest';
import { NO_LOAD, stepLoadAverage } from './load-average.ts';

it('comes near the rate of a minute, the longer averages later', () => {
  let load = NO_LOAD;
  for (let step = 0; step < 6; step++) load = stepLoadAverage(load, 10, 10_000);
  // One time constant of the first: 1 - 1/e of 60 a minute.
  expect(load['1min']).toBeCloseTo(60 * (1 - Math.exp(-1)), 6);
  expect(load['5min']).toBeCloseTo(60 * (1 - Math.exp(-1 / 5)), 6);
  expect(load['15min']).toBeCloseTo(60 * (1 - Math.exp(-1 / 15)), 6);
});

it('does not depend on how often it is stepped', () => {
  const once = stepLoadAverage(NO_LOAD, 100, 20_000);
  const twice = stepLoadAverage(stepLoadAverage(NO_LOAD, 50, 10_000), 50, 10_000);
  expect(twice['5min']).toBeCloseTo(once['5min'], 9);
});

it('falls when nothing comes any more', () => {
  const busy = stepLoadAverage(NO_LOAD, 1000, 60_000);
  expect(stepLoadAverage(busy, 0, 60_000)['1min']).toBeCloseTo(busy['1min'] / Math.E, 6);
});
