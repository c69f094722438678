import { describe, expect, it } from 'vitest';
import { GnssDecoder } from '#devices/gps/gnss-decoder.ts';
import type { VehicleState } from '#firmware-sim/vehicle/vehicle.ts';
import { buildDemoVehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { composeReport } from './compose-report.ts';

const START_MS = Date.UTC(2026, 10, 20, 23, 59, 50);
const vehicle = buildDemoVehicle();

/** What a reader makes of the reports. */
function decode(states: readonly (readonly [VehicleState, epochMs: number])[]) {
  const decoder = new GnssDecoder();
  const bytes = states.flatMap(([state, epochMs]) => composeReport(state, epochMs).sentences);
  return { epochs: [...decoder.push(Buffer.concat(bytes)), ...decoder.flush()], rejections: decoder.rejections };
}

describe('composeReport', () => {
  it('says what the vehicle is doing, over midnight and a minute of driving', () => {
    const states = Array.from({ length: 240 }, (_, index) => {
      const epochMs = START_MS + index * 500;
      return [vehicle(epochMs - START_MS), epochMs] as const;
    });
    const { epochs, rejections } = decode(states);
    expect(rejections).toEqual({});
    expect(epochs).toHaveLength(states.length);
    for (const [index, [state, epochMs]] of states.entries()) {
      expect(epochs[index]).toMatchObject({
        unixMs: epochMs,
        mode: '3d',
        isModeStated: true,
        latitudeDeg: expect.closeTo(state.latitudeDeg, 7),
        longitudeDeg: expect.closeTo(state.longitudeDeg, 7),
        altitudeMslM: expect.closeTo(state.altitudeMslM, 1),
        speedMps: expect.closeTo(state.speedMps, 2),
        headingDeg: expect.closeTo(state.headingDeg, 1),
      });
    }
  });

  it('states in the ledger what a reader finds', () => {
    for (let elapsedMs = 0; elapsedMs < 120_000; elapsedMs += 7_500) {
      const state = vehicle(elapsedMs);
      const { values } = composeReport(state, START_MS + elapsedMs);
      const [epoch] = decode([[state, START_MS + elapsedMs]]).epochs;
      expect(epoch).toMatchObject({
        latitudeDeg: expect.closeTo(Number(values['latitude']), 8),
        longitudeDeg: expect.closeTo(Number(values['longitude']), 8),
        headingDeg: values['headingDeg'],
        hdop: values['hdop'],
        satellitesUsed: values['satellitesUsed'],
      });
    }
  });

  it('says 0 for a heading that rounds up to a full turn', () => {
    const { sentences, values } = composeReport({ ...vehicle(0), headingDeg: 359.998 }, START_MS);
    expect(values['headingDeg']).toBe(0);
    expect(Buffer.concat(sentences).toString()).not.toContain('360.00');
  });
});
