import { describe, expect, it } from 'vitest';
import { DEMO_CORNERS, DEMO_STYLE } from './demo-route.ts';
import { buildRoute } from './route.ts';
import { buildTimetable } from './timetable.ts';
import { buildDemoVehicle } from './vehicle.ts';

const STEP_MS = 100;
const vehicle = buildDemoVehicle();
const route = buildRoute(DEMO_CORNERS);
const { lapS } = buildTimetable(route, DEMO_STYLE);
/** A little more than one lap. */
const states = Array.from({ length: Math.ceil((lapS * 1000) / STEP_MS) + 100 }, (_, index) => vehicle(index * STEP_MS));
const pairs = states.slice(1).map((state, index) => [states[index] ?? state, state] as const);

function metresBetween(a: { latitudeDeg: number; longitudeDeg: number }, b: typeof a): number {
  const eastM = (b.longitudeDeg - a.longitudeDeg) * Math.cos((a.latitudeDeg * Math.PI) / 180) * 111_195;
  return Math.hypot(eastM, (b.latitudeDeg - a.latitudeDeg) * 111_195);
}

function turnDeg(from: number, to: number): number {
  return ((to - from + 540) % 360) - 180;
}

describe('the demo route', () => {
  it('is a closed road of a few kilometres', () => {
    expect(route.lengthM).toBeGreaterThan(2500);
    expect(route.lengthM).toBeLessThan(4000);
    const start = route.pointAt(0);
    const end = route.pointAt(route.lengthM - 1e-6);
    expect(end.eastM).toBeCloseTo(start.eastM, 4);
    expect(end.northM).toBeCloseTo(start.northM, 4);
  });

  it('goes round again beyond its length', () => {
    expect(route.pointAt(route.lengthM + 25).eastM).toBeCloseTo(route.pointAt(25).eastM, 6);
    expect(route.pointAt(-25).northM).toBeCloseTo(route.pointAt(route.lengthM - 25).northM, 6);
  });

  it('has no jumps in place or heading', () => {
    for (let distanceM = 0; distanceM < route.lengthM; distanceM++) {
      const here = route.pointAt(distanceM);
      const there = route.pointAt(distanceM + 1);
      const stepM = Math.hypot(there.eastM - here.eastM, there.northM - here.northM);
      expect(stepM).toBeGreaterThan(0.99);
      expect(stepM).toBeLessThan(1.000_001);
      expect(Math.abs(turnDeg(here.headingDeg, there.headingDeg))).toBeLessThan(4);
    }
  });

  it('refuses bends that do not fit between two corners', () => {
    const corners = [
      { eastM: 0, northM: 0, radiusM: 80 },
      { eastM: 100, northM: 0, radiusM: 80 },
      { eastM: 100, northM: 100, radiusM: 80 },
    ];
    expect(() => buildRoute(corners)).toThrow('too short');
  });
});

describe('the demo vehicle', () => {
  it('is the same at the same time', () => {
    const again = buildDemoVehicle();
    for (const [index, state] of states.entries()) expect(again(index * STEP_MS)).toEqual(state);
  });

  it('keeps to the speed limit, and stands at each stop for its time', () => {
    for (const { speedMps } of states) {
      expect(speedMps).toBeGreaterThanOrEqual(0);
      expect(speedMps).toBeLessThanOrEqual(DEMO_STYLE.speedLimitMps + 1e-9);
    }
    const standingS = (states.filter((state) => state.speedMps === 0).length * STEP_MS) / 1000;
    const wantedS = DEMO_STYLE.stops.reduce((total, stop) => total + stop.durationS, 0);
    expect(standingS).toBeGreaterThan(wantedS - 1);
    expect(Math.max(...states.map((state) => state.speedMps))).toBeCloseTo(DEMO_STYLE.speedLimitMps, 6);
  });

  it('brakes, accelerates and corners as gently as its driver', () => {
    for (const [before, after] of pairs) {
      const alongMps2 = (after.speedMps - before.speedMps) / (STEP_MS / 1000);
      expect(alongMps2).toBeLessThan(DEMO_STYLE.accelerationMps2 + 0.01);
      expect(alongMps2).toBeGreaterThan(-DEMO_STYLE.brakingMps2 - 0.01);
      const yawRadPerS = (turnDeg(before.headingDeg, after.headingDeg) * Math.PI) / 180 / (STEP_MS / 1000);
      expect(Math.abs(yawRadPerS * after.speedMps)).toBeLessThan(DEMO_STYLE.lateralMps2 * 1.1);
    }
  });

  it('moves as its speed, odometer and heading say', () => {
    for (const [before, after] of pairs) {
      const meanMps = (before.speedMps + after.speedMps) / 2;
      const movedM = metresBetween(before, after);
      expect(movedM).toBeCloseTo((meanMps * STEP_MS) / 1000, 1);
      expect(after.odometerM - before.odometerM).toBeCloseTo(movedM, 1);
      if (movedM < 0.5) continue;
      const bearingDeg =
        (Math.atan2(
          (after.longitudeDeg - before.longitudeDeg) * Math.cos((after.latitudeDeg * Math.PI) / 180),
          after.latitudeDeg - before.latitudeDeg,
        ) *
          180) /
        Math.PI;
      expect(Math.abs(turnDeg(after.headingDeg, bearingDeg))).toBeLessThan(5);
    }
  });

  it('has an engine that idles, shifts and warms up', () => {
    for (const { engineSpeedRpm, gear, speedMps } of states) {
      expect(engineSpeedRpm).toBeGreaterThan(700);
      expect(engineSpeedRpm).toBeLessThan(2400);
      expect(gear === 0).toBe(speedMps * 3.6 < 0.5);
    }
    expect(new Set(states.map((state) => state.gear))).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(vehicle(0).coolantC).toBeCloseTo(18, 6);
    expect(vehicle(3_600_000).coolantC).toBeCloseTo(89, 1);
  });
});
