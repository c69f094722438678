import { expect, it } from 'vitest';
import { readCpuMs, readResidentMib } from './process-stats.ts';

it('reads what this process has taken', async () => {
  expect(await readResidentMib(process.pid)).toBeGreaterThan(10);
  expect(await readCpuMs(process.pid)).toBeGreaterThan(0);
});
