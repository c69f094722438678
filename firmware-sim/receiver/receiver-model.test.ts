import { describe, expect, it } from 'vitest';
import { buildDemoVehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { distanceM } from './antenna-place.ts';
import type { Condition, ConditionKind } from './condition.ts';
import { buildReceiver } from './receiver-model.ts';
import { DEFAULT_RECEIVER, type ReceiverSpec } from './receiver-spec.ts';

const START_MS = Date.UTC(2026, 5, 1, 8);

function receiver(spec: Partial<ReceiverSpec> = {}, conditions: readonly Condition[] = [], seed = 1) {
  const timeLine = { startUnixMs: START_MS };
  return buildReceiver({ ...DEFAULT_RECEIVER, ...spec }, { vehicle: buildDemoVehicle(), conditions, timeLine, seed });
}

function during(kind: ConditionKind, fromMs: number, toMs: number, offsetM = 0): Condition {
  return { kind, fromMs, toMs, offsetM };
}

const seconds = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => (from + index) * 1000);

describe('buildReceiver', () => {
  it('stays within a few metres of the truth, and seldom claims to be better than it is', () => {
    const at = receiver();
    const epochs = seconds(0, 600).map(at);
    const errors = epochs.map(({ truth, fix }) => (fix === undefined ? Number.NaN : distanceM(truth, fix)));
    expect(Math.max(...errors)).toBeLessThan(3);
    expect(Math.max(...errors)).toBeGreaterThan(0.3);
    const within = epochs.filter(({ fix }, index) => (errors[index] ?? 0) < 2 * (fix?.horizontalAccuracyM ?? 0));
    expect(within.length / epochs.length).toBeGreaterThan(0.95);
  });

  it('is the same for the same seed, and another for another', () => {
    expect(receiver({}, [], 7)(61_000)).toEqual(receiver({}, [], 7)(61_000));
    expect(receiver({}, [], 7)(61_000).fix).not.toEqual(receiver({}, [], 8)(61_000).fix);
  });

  it('errs not at all when it is told so', () => {
    const { truth, fix } = receiver({ errorScale: 0 })(61_000);
    expect(fix).toMatchObject({
      latitudeDeg: truth.latitudeDeg,
      altitudeMslM: truth.altitudeMslM,
      speedMps: truth.speedMps,
    });
  });

  it('states the dilution of the satellites that it uses', () => {
    const { dilution, satellites } = receiver()(61_000);
    expect(satellites.filter(({ isUsed }) => isUsed).length).toBeGreaterThan(15);
    expect(dilution.hdop).toBeLessThan(1);
    const { dilution: gpsOnly } = receiver({ systems: ['gps'] })(61_000);
    expect(gpsOnly.hdop).toBeGreaterThan(dilution.hdop);
    expect(gpsOnly.pdop ** 2).toBeCloseTo(gpsOnly.hdop ** 2 + gpsOnly.vdop ** 2, 6);
  });

  it('goes from no time over a fix of three satellites to a whole one', () => {
    const at = receiver({ start: 'cold' });
    const story = [1_000, 12_000, 22_000, 26_000, 40_000].map(at);
    expect(story.map(({ fix }) => fix?.mode)).toEqual([undefined, undefined, undefined, '2d', '3d']);
    const used = story.map(({ satellites }) => satellites.filter(({ isUsed }) => isUsed).length);
    expect(used.slice(0, 4)).toEqual([0, 0, 0, 3]);
    expect(story.map(({ hasDate }) => hasDate)).toEqual([false, false, true, true, true]);
  });

  it('has no signal in a tunnel, and estimates its way for a minute if it can', () => {
    const tunnel = [during('tunnel', 10_000, 100_000)];
    expect(receiver({}, tunnel)(20_000).fix).toBeUndefined();
    expect(receiver({}, tunnel)(20_000).satellites.every(({ signalDbHz }) => signalDbHz === undefined)).toBe(true);
    const reckoning = receiver({ deadReckoning: true }, tunnel);
    expect(reckoning(20_000).fix?.mode).toBe('estimated');
    expect(reckoning(69_000).fix?.horizontalAccuracyM).toBeGreaterThan(reckoning(20_000).fix?.horizontalAccuracyM ?? 0);
    expect(reckoning(71_000).fix).toBeUndefined();
    expect(reckoning(115_000).fix?.mode).toBe('3d');
  });

  it('loses signal strength to a jamming before it loses its fix', () => {
    const at = receiver({}, [during('jam', 10_000, 60_000)]);
    const strongest = (elapsedMs: number) =>
      Math.max(0, ...at(elapsedMs).satellites.map(({ signalDbHz = 0 }) => signalDbHz));
    expect(at(9_000).jamming.state).toBe('ok');
    expect(at(11_000)).toMatchObject({ jamming: { state: 'warning' }, fix: { mode: '3d' } });
    expect(strongest(11_000)).toBeLessThan(strongest(9_000) - 8);
    expect(at(14_000)).toMatchObject({ jamming: { state: 'critical' }, fix: undefined });
    expect(at(75_000)).toMatchObject({ jamming: { state: 'ok' }, fix: { mode: '3d' } });
  });

  it('tells a cut antenna from a shorted one', () => {
    const at = receiver({}, [during('antennaOpen', 1_000, 2_000), during('antennaShort', 2_000, 3_000)]);
    expect([0, 1_000, 2_000, 3_000].map((ms) => at(ms).antenna)).toEqual(['ok', 'open', 'short', 'ok']);
  });

  it('jumps by a reflection at once, drifts slowly, and notices only a part of either', () => {
    const at = receiver({}, [during('multipath', 10_000, 20_000, 60), during('drift', 50_000, 110_000, 30)]);
    const off = (ms: number) => {
      const { truth, fix } = at(ms);
      return fix === undefined ? Number.NaN : distanceM(truth, fix);
    };
    expect(off(9_900)).toBeLessThan(3);
    expect(off(10_000)).toBeGreaterThan(56);
    expect(at(15_000).fix?.horizontalAccuracyM).toBeLessThan(30);
    expect(off(20_000)).toBeLessThan(3);
    expect(off(80_000)).toBeGreaterThan(12);
    expect(off(80_000)).toBeLessThan(18);
    expect(off(109_900)).toBeGreaterThan(27);
    expect(off(140_000)).toBeLessThan(3);
  });

  it('takes the date for one 1,024 weeks earlier after a rollover', () => {
    const at = receiver({}, [during('rollover', 10_000, Number.POSITIVE_INFINITY)]);
    const weeks = (at(9_000).time.dateUnixMs - at(10_000).time.dateUnixMs) / (7 * 86_400_000);
    expect(weeks).toBe(1024);
    expect(at(10_000).time.gpsWeek).toBe(at(9_000).time.gpsWeek - 1024);
  });

  it('is where its antenna is', () => {
    const { truth, fix } = receiver({ errorScale: 0, antennaOffsetM: { forward: 4, right: 3, up: 2 } })(61_000);
    const reference = buildDemoVehicle()(61_000);
    expect(distanceM(reference, truth)).toBeCloseTo(5, 3);
    expect(fix?.altitudeMslM).toBeCloseTo(reference.altitudeMslM + 2, 6);
  });

  it('gives no course while it stands', () => {
    const { fix } = receiver()(1_000);
    expect(fix?.speedMps).toBeLessThan(0.1);
    expect(fix).toMatchObject({ courseDeg: undefined });
  });
});
