import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DEFAULT_SETTINGS, INITIAL_STATE, type SpeedSample, stepOverspeed } from './overspeed.ts';

/** Drives with stops, bursts of speed, silences and steps of the clock. */
const DRIVE = fc
  .array(
    fc.record({
      stepMs: fc.oneof(
        { weight: 20, arbitrary: fc.integer({ min: 100, max: 2000 }) },
        fc.integer({ min: -1e6, max: 1e6 }),
      ),
      speedKmh: fc.oneof(fc.integer({ min: 0, max: 140 }), fc.constantFrom(79, 80, 85, 86, 95, 95, 95)),
    }),
    { maxLength: 200 },
  )
  .map((steps) => {
    let timeMs = 1e12;
    return steps.map(({ stepMs, speedKmh }): SpeedSample => {
      timeMs += stepMs;
      return { timeMs, speedKmh, latitude: 48, longitude: 11 };
    });
  });

it('raises and clears by turns, each alert with a peak above limit and margin and an end after its start', () => {
  fc.assert(
    fc.property(DRIVE, (samples) => {
      let state = INITIAL_STATE;
      let expected = 'raised';
      for (const sample of samples) {
        const [next, alert] = stepOverspeed(state, sample, DEFAULT_SETTINGS);
        state = next;
        if (alert === undefined) continue;
        expect(alert.state).toBe(expected);
        expect(alert.peakKmh).toBeGreaterThan(DEFAULT_SETTINGS.limitKmh + DEFAULT_SETTINGS.marginKmh);
        const spanMs = (alert.endMs ?? sample.timeMs) - alert.startMs;
        expect(spanMs).toBeGreaterThanOrEqual(DEFAULT_SETTINGS.raiseAfterMs);
        expected = alert.state === 'raised' ? 'cleared' : 'raised';
      }
    }),
  );
});
