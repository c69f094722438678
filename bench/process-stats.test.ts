import { expect, it } from 'vitest';
import { deviceNumber, readCpuMs, readResidentMib, readWrittenBytes } from './process-stats.ts';

it.each([
  [0xfe00, '254:0'],
  [0x10302, '259:2'],
  [0x100812, '8:274'],
])('names device %i as Linux does', (dev, expected) => {
  expect(deviceNumber(dev)).toBe(expected);
});

it('reads what this process has taken', async () => {
  expect(await readResidentMib(process.pid)).toBeGreaterThan(10);
  expect(await readCpuMs(process.pid)).toBeGreaterThan(0);
  expect(await readWrittenBytes(process.pid)).toBeGreaterThanOrEqual(0);
});
