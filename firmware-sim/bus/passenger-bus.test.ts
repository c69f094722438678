import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CanFrame } from '#devices/can/can-frame.ts';
import { compileDbc } from '#devices/can/dbc/compile-dbc.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { buildDemoVehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { CanBus } from './can-bus.ts';
import { openPassengerBus, PASSENGER_DBC } from './passenger-bus.ts';

const vehicle = buildDemoVehicle();

function play(durationMs: number) {
  const dbc = parseDbc(readFileSync(PASSENGER_DBC, 'utf8'));
  if (!dbc.isDecoded) throw new Error(dbc.reason);
  const decoder = compileDbc(dbc.value);
  const frames: CanFrame[] = [];
  const bus = new CanBus({ bitrate: 500_000, onFrame: (frame) => frames.push(frame) });
  openPassengerBus({ bus, stateAt: vehicle, unixMsAt: (busMs) => busMs });
  bus.advance(durationMs);
  const decoded = frames.map((frame) => decoder.decode(frame));
  const ofName = (name: string) => decoded.filter((message) => message?.name === name);
  return { frames, decoded, ofName, warnings: dbc.value.warnings };
}

describe('the bus of the passenger car', () => {
  it('says nothing that its DBC does not know', () => {
    const { decoded, warnings } = play(1_000);
    expect(warnings).toEqual([]);
    expect(decoded.every((message) => message !== undefined)).toBe(true);
    expect(new Set(decoded.map((message) => message?.name)).size).toBe(6);
  });

  it('says what the vehicle does', () => {
    const { ofName } = play(30_000);
    const { coolantC, engineSpeedRpm, gear, speedMps } = vehicle(30_000);
    const physOf = (name: string, signal: string) => ofName(name).at(-1)?.signals[signal]?.phys;
    expect(Number(physOf('Engine_1', 'EngineSpeed'))).toBeCloseTo(engineSpeedRpm, -1);
    expect(Number(physOf('Engine_1', 'CoolantTemperature'))).toBeCloseTo(coolantC, -1);
    expect(Number(physOf('Wheels_1', 'WheelSpeedFrontLeft'))).toBeCloseTo(speedMps * 3.6, 0);
    expect(physOf('Gearbox_1', 'Gear')).toBe(gear);
    expect(ofName('Gearbox_1').at(-1)?.signals['Selector']).toMatchObject({ label: 'Drive' });
  });

  it('takes turns with the sections of its multiplexed message', () => {
    const { ofName } = play(1_000);
    const sections = ofName('Body_1').map((message) => [
      message?.signals['Section']?.phys,
      Object.keys(message?.signals ?? {}).length,
    ]);
    expect(sections.slice(0, 5)).toEqual([
      [0, 4],
      [1, 5],
      [2, 4],
      [3, 3],
      [0, 4],
    ]);
  });

  it('counts to sixteen and sums up', () => {
    const { frames } = play(1_000);
    const engine = frames.filter(({ id }) => id === 192);
    expect(engine.every(({ data }) => data.reduce((sum, byte) => sum ^ byte, 0) === 0)).toBe(true);
    expect(engine.slice(0, 20).map(({ data }) => (data[1] ?? 0) & 0x0f)).toEqual(
      Array.from({ length: 20 }, (_, count) => count % 16),
    );
  });
});
