import { expect, it } from 'vitest';
import type { Stamp } from '#gateway/model/message.ts';
import { ArrivalLog, MAX_ARRIVALS } from './arrival-log.ts';

const at = (monotonicMs: number): Stamp => ({ wallMs: 0, monotonicMs, clockRun: '0123456789abcdef', quality: 'none' });

it('tells when a byte came', () => {
  const log = new ArrivalLog();
  log.note(10, at(1));
  log.note(5, at(2));
  expect([0, 9, 10, 14, 15].map((offset) => log.find(offset)?.monotonicMs)).toEqual([1, 1, 2, 2, undefined]);
});

it('forgets what is long past, and then tells when it came at the latest [P3]', () => {
  const log = new ArrivalLog();
  for (let count = 1; count <= MAX_ARRIVALS + 3; count++) log.note(1, at(count));
  expect([0, 3, 4].map((offset) => log.find(offset)?.monotonicMs)).toEqual([4, 4, 5]);
});
