import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CONFIRMING_FIXES, type FixLimits, INITIAL_GATE, stepFixGate } from './fix-gate.ts';
import type { GnssEpoch } from './gnss-epoch.ts';
import { greatCircleM } from './great-circle.ts';

const LIMITS: FixLimits = {
  mode: '3d',
  maxHdop: 5,
  maxHorizontalAccuracyM: 50,
  minSatellites: 4,
  maxSpeedMps: 350 / 3.6,
  methods: ['autonomous', 'differential', 'estimated'],
};

const number = fc.oneof(fc.double(), fc.double({ min: -180, max: 180 }), fc.constantFrom(0, -0, Number.NaN, 1e308));
const method = fc.constantFrom('autonomous', 'estimated', 'manual', 'simulated', undefined);

/** Anything that has the shape of an epoch, however absurd. */
const anyEpoch = fc.record(
  {
    mode: fc.constantFrom('none', '2d', '3d'),
    isModeStated: fc.boolean(),
    ...{ latitudeDeg: number, longitudeDeg: number, horizontalAccuracyM: number, hdop: number, speedMps: number },
    ...{ satellitesUsed: number, timeOfDayMs: number, method },
  },
  { requiredKeys: ['mode', 'isModeStated'] },
) as fc.Arbitrary<GnssEpoch>; // Absent and undefined are the same to the gate.

it('takes anything, and never lets an epoch without a position pass [S2]', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(number, anyEpoch), { maxLength: 40 }), (timeline) => {
      let state = INITIAL_GATE;
      for (const [monotonicMs, epoch] of timeline) {
        const [next, faults] = stepFixGate(state, monotonicMs, epoch, LIMITS);
        state = next;
        expect(new Set(faults).size).toBe(faults.length);
        if (faults.length > 0) continue;
        expect(epoch.mode).not.toBe('none');
        expect(Number.isFinite(epoch.latitudeDeg) && Number.isFinite(epoch.longitudeDeg)).toBe(true);
      }
    }),
  );
});

it('lets no fix pass that could not be reached from the last good one, but those that were confirmed', () => {
  const step = fc.record({
    seconds: fc.constantFrom(0.1, 1, 2, 60),
    latitudeDeg: fc.constantFrom(48, 48.0005, 48.1, 50),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let state = INITIAL_GATE;
      let monotonicMs = 0;
      let good: { readonly latitudeDeg: number; readonly atMs: number } | undefined;
      let jumpsInARow = 0;
      for (const { seconds, latitudeDeg } of steps) {
        monotonicMs += seconds * 1000;
        const epoch: GnssEpoch = { mode: '3d', isModeStated: true, latitudeDeg, longitudeDeg: 11 };
        const [next, faults] = stepFixGate(state, monotonicMs, epoch, LIMITS);
        state = next;
        if (faults.length > 0) jumpsInARow++;
        else {
          const goneM =
            good === undefined
              ? 0
              : greatCircleM({ ...epoch, ...good, longitudeDeg: 11 }, { latitudeDeg, longitudeDeg: 11 });
          const allowedM = good === undefined ? 0 : (LIMITS.maxSpeedMps * (monotonicMs - good.atMs)) / 1000 + 10;
          if (goneM > allowedM) expect(jumpsInARow).toBeGreaterThanOrEqual(CONFIRMING_FIXES - 1);
          good = { latitudeDeg, atMs: monotonicMs };
          jumpsInARow = 0;
        }
      }
    }),
  );
});

it('believes whoever stays somewhere for long, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(100_000), anyEpoch), { maxLength: 20 }), (before) => {
      let state = INITIAL_GATE;
      for (const [monotonicMs, epoch] of before) [state] = stepFixGate(state, monotonicMs, epoch, LIMITS);
      const epoch: GnssEpoch = { mode: '3d', isModeStated: true, latitudeDeg: -33.9, longitudeDeg: 18.4 };
      let faults: readonly string[] = [];
      for (let second = 0; second < 6; second++)
        [state, faults] = stepFixGate(state, 100_000 + second * 1000, epoch, LIMITS);
      expect(faults).toEqual([]);
    }),
  );
});
