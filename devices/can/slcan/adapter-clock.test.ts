import { describe, expect, it } from 'vitest';
import { AdapterClock, MAX_FRAME_DELAY_MS } from './adapter-clock.ts';

/** @param frames timestamp of the adapter and time of arrival, milliseconds */
function timesOf(...frames: readonly (readonly [timestampMs: number, arrivalMs: number])[]): readonly number[] {
  const clock = new AdapterClock();
  return frames.map(([timestampMs, arrivalMs]) => clock.timeOf(timestampMs, arrivalMs));
}

const rounded = (times: readonly number[]) => times.map(Math.round);

describe('AdapterClock', () => {
  it('keeps the spacing of frames that arrive together', () => {
    expect(timesOf([10, 1000], [15, 1005], [20, 1030], [25, 1030], [30, 1030]).map(Math.round)).toEqual([
      1000, 1005, 1010, 1015, 1020,
    ]);
  });

  it('takes the quickest frame for the one without delay', () => {
    expect(rounded(timesOf([0, 1020], [10, 1021], [20, 1040]))).toEqual([1020, 1021, 1031]);
  });

  it('runs on over the minute, also over several without a frame [Lawicel CANUSB 1.3, Z1]', () => {
    expect(rounded(timesOf([59_990, 1000], [5, 1015], [15, 1025], [15, 181_025], [14, 241_024]))).toEqual([
      1000, 1015, 1025, 181_025, 241_024,
    ]);
  });

  it('finds that the clock counts 16 bits', () => {
    expect(rounded(timesOf([65_000, 1000], [65_530, 1530], [4, 1600], [14, 1600]))).toEqual([1000, 1530, 1540, 1550]);
  });

  it('reads microseconds, which start again after an hour', () => {
    expect(timesOf([3_599_999.5, 1000], [0.25, 1050], [1.25, 1050]).map((ms) => Math.round(ms * 4) / 4)).toEqual([
      1000, 1000.75, 1001.75,
    ]);
  });

  it('begins anew when the adapter was started again', () => {
    const [, , restarted, next] = timesOf([50_000, 1000], [50_010, 1010], [3, 2010], [13, 2020]);
    expect([restarted, next]).toEqual([2010, expect.closeTo(2020, 0)]);
  });

  it('follows a clock that is slower than the host', () => {
    const clock = new AdapterClock();
    let time = 0;
    for (let second = 0; second <= 3600; second++) time = clock.timeOf((second * 999.5) % 60_000, second * 1000);
    expect(3_600_000 - time).toBeLessThan(2);
  });

  it('never runs backwards, nor ahead of the arrival, whatever the adapter says', () => {
    const clock = new AdapterClock();
    let last = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < 5000; index++) {
      const arrivalMs = index * 7;
      const time = clock.timeOf((index * index * 7919) % 65_536, arrivalMs);
      expect(time).toBeGreaterThanOrEqual(last);
      expect(time).toBeLessThanOrEqual(arrivalMs);
      expect(arrivalMs - time).toBeLessThanOrEqual(MAX_FRAME_DELAY_MS);
      last = time;
    }
  });
});
