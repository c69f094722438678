import { expect, it } from 'vitest';
import { retryDelayMs } from './retry-schedule.ts';

const POLICY = { firstDelayMs: 500, maxDelayMs: 30_000 };

it('the ceiling doubles from the first delay to the cap [D5]', () => {
  const ceilings = [0, 1, 2, 5, 6, 7, 1000].map((attempt) => retryDelayMs(POLICY, attempt, () => 1));
  expect(ceilings).toEqual([500, 1000, 2000, 16_000, 30_000, 30_000, 30_000]);
});

it('jitter is full, at the cap too: a fleet does not come back in step [D5]', () => {
  expect([0, 0.25, 0.5].map((random) => retryDelayMs(POLICY, 20, () => random))).toEqual([0, 7500, 15_000]);
});
