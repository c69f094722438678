import { describe, expect, it } from 'vitest';
import { buildAcquisition } from './acquisition.ts';
import type { Condition, ConditionKind } from './condition.ts';

function during(kind: ConditionKind, fromMs: number, toMs: number): Condition {
  return { kind, fromMs, toMs, offsetM: 0 };
}

describe('buildAcquisition', () => {
  it('knows nothing at a cold start, then the time, then the date, then a fix in two and in three dimensions', () => {
    const at = buildAcquisition('cold', []);
    const story = [0, 10_000, 22_000, 26_000, 31_000]
      .map(at)
      .map(({ hasTime, hasDate, fix }) => [hasTime, hasDate, fix]);
    expect(story).toEqual([
      [false, false, 'none'],
      [true, false, 'none'],
      [true, true, 'none'],
      [true, true, '2d'],
      [true, true, '3d'],
    ]);
  });

  it.each(['running', 'hot', 'warm'] as const)(
    'knows the date from the first moment at a start that is %s',
    (start) => {
      expect(buildAcquisition(start, [])(0)).toMatchObject({ hasTime: true, hasDate: true });
    },
  );

  it('has its fix from the first moment when it is running', () => {
    expect(buildAcquisition('running', [])(0)).toMatchObject({ fix: '3d', isReceiving: true });
  });

  it.each(['tunnel', 'antennaOpen', 'antennaShort'] as const)(
    'loses its fix by %s, keeps the time, and comes back later',
    (kind) => {
      const at = buildAcquisition('running', [during(kind, 10_000, 70_000)]);
      expect(at(9_999).fix).toBe('3d');
      expect(at(10_000)).toEqual({
        ...{ isReceiving: false, sinceMs: 0, fix: 'none', hasTime: true, hasDate: true, hadFix: true },
      });
      expect(at(70_000)).toMatchObject({ isReceiving: true, fix: 'none', sinceMs: 0 });
      expect(at(74_000).fix).toBe('2d');
      expect(at(76_000).fix).toBe('3d');
    },
  );

  it('goes on with the cold start behind a tunnel that it began in', () => {
    const at = buildAcquisition('cold', [during('tunnel', 5_000, 60_000)]);
    expect(at(59_000)).toMatchObject({ hasTime: false, hadFix: false });
    expect(at(69_000)).toMatchObject({ hasTime: true, hasDate: false, fix: 'none' });
    expect(at(90_000).fix).toBe('3d');
  });

  it('takes spans that overlap for one', () => {
    const at = buildAcquisition('running', [during('tunnel', 10_000, 30_000), during('antennaOpen', 20_000, 40_000)]);
    expect(at(35_000)).toMatchObject({ isReceiving: false, sinceMs: 25_000 });
    expect(at(40_000)).toMatchObject({ isReceiving: true, sinceMs: 0 });
  });

  it('is not disturbed by what leaves the signal alone', () => {
    const at = buildAcquisition('running', [during('multipath', 0, 9_000), during('drift', 0, 9_000)]);
    expect(at(5_000).fix).toBe('3d');
  });
});
