import { describe, expect, it } from 'vitest';
import { SATELLITE_SYSTEMS, satellitesAbove } from './almanac.ts';
import { dilutionOf } from './dilution.ts';

const MUNICH = { latitudeDeg: 48.137, longitudeDeg: 11.576 };
const START_MS = Date.UTC(2026, 5, 1);
const HOUR_MS = 3_600_000;

const hours = Array.from({ length: 48 }, (_, index) => START_MS + index * HOUR_MS);

function namesAt(unixMs: number): ReadonlySet<string> {
  return new Set(satellitesAbove(unixMs, MUNICH).map(({ system, id }) => `${system} ${id}`));
}

describe('satellitesAbove', () => {
  it('shows five to thirteen satellites of each system, all day', () => {
    for (const unixMs of hours) {
      for (const system of SATELLITE_SYSTEMS) {
        const count = satellitesAbove(unixMs, MUNICH).filter((satellite) => satellite.system === system).length;
        expect(count).toBeGreaterThanOrEqual(5);
        expect(count).toBeLessThanOrEqual(13);
      }
    }
  });

  it('lets them rise and set: in six hours most of the sky is another', () => {
    const before = namesAt(START_MS);
    const after = namesAt(START_MS + 6 * HOUR_MS);
    expect([...before].filter((name) => after.has(name)).length).toBeLessThan(before.size * 0.7);
  });

  it('brings GPS back to the same places after a sidereal day', () => {
    const gpsAt = (unixMs: number) => satellitesAbove(unixMs, MUNICH).filter(({ system }) => system === 'gps');
    const today = gpsAt(START_MS);
    const tomorrow = gpsAt(START_MS + 86_164_100);
    expect(tomorrow.map(({ id }) => id)).toEqual(today.map(({ id }) => id));
    for (const [index, { azimuthDeg }] of today.entries()) {
      expect(tomorrow[index]?.azimuthDeg).toBeCloseTo(azimuthDeg, 0);
    }
  });

  it('moves a satellite less than a degree in a minute', () => {
    const [now, later] = [satellitesAbove(START_MS, MUNICH), satellitesAbove(START_MS + 60_000, MUNICH)];
    for (const { system, id, elevationDeg } of now) {
      const same = later.find((satellite) => satellite.system === system && satellite.id === id);
      expect(Math.abs((same?.elevationDeg ?? 0) - elevationDeg)).toBeLessThan(1);
    }
  });
});

describe('dilutionOf', () => {
  it('agrees with a case that can be solved by hand', () => {
    // Three on the horizon, 120 degrees apart, and one overhead: east and north 2/3 each, up and clock 4/3 and 1/3.
    const low = [0, 120, 240].map((azimuthDeg) => ({ azimuthDeg, elevationDeg: 0 }));
    const dilution = dilutionOf([...low, { azimuthDeg: 0, elevationDeg: 90 }]);
    expect(dilution?.hdop).toBeCloseTo(Math.sqrt(4 / 3), 9);
    expect(dilution?.vdop).toBeCloseTo(Math.sqrt(4 / 3), 9);
    expect(dilution?.tdop).toBeCloseTo(Math.sqrt(1 / 3), 9);
    expect(dilution?.pdop).toBeCloseTo(Math.sqrt(8 / 3), 9);
  });

  it('gives none for three satellites, or for four in one place', () => {
    const place = { azimuthDeg: 10, elevationDeg: 20 };
    expect(
      dilutionOf([place, { azimuthDeg: 90, elevationDeg: 5 }, { azimuthDeg: 200, elevationDeg: 50 }]),
    ).toBeUndefined();
    expect(dilutionOf([place, place, place, place])).toBeUndefined();
  });

  it('is around 1 under the whole sky, and worse under a part of it', () => {
    for (const unixMs of hours) {
      const high = satellitesAbove(unixMs, MUNICH).filter(({ elevationDeg }) => elevationDeg > 10);
      const all = dilutionOf(high);
      expect(all?.hdop).toBeGreaterThan(0.3);
      expect(all?.hdop).toBeLessThan(1.2);
      expect(dilutionOf(high.slice(0, 6))?.hdop).toBeGreaterThan(all?.hdop ?? 0);
    }
  });
});
