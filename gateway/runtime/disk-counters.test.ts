import { expect, it } from 'vitest';
import { deviceNumber, readProcessWrittenBytes, systemDiskCounters } from './disk-counters.ts';
import { FakeDiskCounters } from './fake-disk-counters.ts';

it('says nothing of a device where the file system has none', () => {
  const counters = systemDiskCounters('/proc');
  expect(counters.deviceName).toBeUndefined();
  expect(counters.sample().deviceBytes).toBeUndefined();
});

it('says nothing of a folder that is not there', () => {
  expect(systemDiskCounters('/there/is/none').deviceName).toBeUndefined();
});

it('says nothing of a process that is not there', () => {
  expect(readProcessWrittenBytes(2 ** 30)).toBeUndefined();
});

it.each([
  [0xfe00, '254:0'],
  [0x10302, '259:2'],
  [0x1_0b301, '179:257'],
])('splits the device number %i as makedev(3) joins it', (dev, text) => {
  expect(deviceNumber(dev)).toBe(text);
});

it.each([
  ['the system', systemDiskCounters(process.cwd())],
  ['the fake', new FakeDiskCounters()],
])('%s gives whole bytes that never fall, and a device only with its name', (_, counters) => {
  const first = counters.sample();
  const second = counters.sample();
  for (const key of ['processBytes', 'deviceBytes'] as const) {
    if (first[key] === undefined) continue;
    expect(Number.isSafeInteger(first[key])).toBe(true);
    expect(second[key]).toBeGreaterThanOrEqual(first[key]);
  }
  expect(counters.deviceName === undefined).toBe(first.deviceBytes === undefined);
});
