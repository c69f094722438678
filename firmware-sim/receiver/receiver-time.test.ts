import { describe, expect, it } from 'vitest';
import { receiverTimeAt } from './receiver-time.ts';

const DAY_MS = 86_400_000;

describe('receiverTimeAt', () => {
  it('agrees with a known moment: 2026-06-01T08:00:00Z is week 2421, second 115,218', () => {
    const time = receiverTimeAt({ startUnixMs: Date.UTC(2026, 5, 1, 8) }, 0);
    expect(time).toMatchObject({ gpsWeek: 2421, itowMs: (DAY_MS / 1000 + 8 * 3600 + 18) * 1000, leapSeconds: 18 });
    expect(time.change).toMatchObject({ announcedS: 0, week: 1929, day: 7 });
  });

  it('shows 23:59:60 in a leap second, while GPS time goes on', () => {
    const line = { startUnixMs: Date.UTC(2016, 11, 31, 23, 59, 58), leapAtMs: 2_000 };
    const times = [1_000, 2_000, 2_500, 3_000].map((elapsedMs) => receiverTimeAt(line, elapsedMs));
    const stated = times.map(({ dateUnixMs, timeOfDayMs }) => [
      new Date(dateUnixMs).toISOString().slice(0, 10),
      timeOfDayMs,
    ]);
    expect(stated).toEqual([
      ['2016-12-31', DAY_MS - 1_000],
      ['2016-12-31', DAY_MS],
      ['2016-12-31', DAY_MS + 500],
      ['2017-01-01', 0],
    ]);
    expect(times.map(({ leapSeconds }) => leapSeconds)).toEqual([17, 18, 18, 18]);
    expect(times.map(({ change }) => change.announcedS)).toEqual([1, 0, 0, 0]);
    expect(times[0]?.change).toEqual({ announcedS: 1, week: 1929, day: 7, toChangeS: 1 });
    const steps = times.map(({ itowMs }) => itowMs - (times[0]?.itowMs ?? 0));
    expect(steps).toEqual([0, 1_000, 1_500, 2_000]);
  });
});
