import { expect, it, vi } from 'vitest';
import { startProcessMetrics } from './process-metrics.ts';

it('leaves out what was not measured yet, and tells it as soon as it was', async () => {
  const metrics = startProcessMetrics();
  const first = await metrics();
  expect(first).toMatch(/^process_resident_memory_bytes \d+$/m);
  expect(first).not.toMatch(/ nan$/im);
  expect(first).not.toMatch(/^nodejs_eventloop_lag_/m);
  await vi.waitFor(async () => {
    expect(await metrics()).toMatch(/^nodejs_eventloop_lag_mean_seconds 0\.\d+$/m);
  });
  expect(await metrics()).not.toMatch(/ nan$/im);
});
