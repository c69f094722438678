import { expect, it } from 'vitest';
import { type PacePoint, paceOf } from './replay-pace.ts';

/** When records are due that come one second after the other, as seconds and clock runs. */
function dueTimes(
  records: readonly (readonly [clockRun: string, seconds: number])[],
  speed: number,
): readonly number[] {
  let first: PacePoint | undefined;
  return records.map(([clockRun, seconds], index) => {
    const stamp = { clockRun, monotonicMs: seconds * 1000, wallMs: 0, quality: 'none' } as const;
    const paced = paceOf(first, stamp, index * 1000, speed);
    first = paced.first;
    return paced.dueMs / 1000;
  });
}

it('keeps the distances of the recording within a clock run, divided by the speed', () => {
  expect(
    dueTimes(
      [
        ['a', 100],
        ['a', 104],
        ['a', 110],
      ],
      1,
    ),
  ).toEqual([0, 4, 10]);
  expect(
    dueTimes(
      [
        ['a', 100],
        ['a', 104],
        ['a', 110],
      ],
      2,
    ),
  ).toEqual([0, 2, 5]);
});

it('goes on at once where a clock run ends', () => {
  expect(
    dueTimes(
      [
        ['a', 100],
        ['a', 104],
        ['b', 3],
        ['b', 5],
      ],
      1,
    ),
  ).toEqual([0, 4, 2, 4]);
});

it('waits for nothing at speed 0, nor for what was accepted before the first', () => {
  expect(
    dueTimes(
      [
        ['a', 100],
        ['a', 900],
      ],
      0,
    ),
  ).toEqual([0, 1]);
  expect(
    dueTimes(
      [
        ['a', 100],
        ['a', 99],
      ],
      1,
    ),
  ).toEqual([0, 0]);
});
