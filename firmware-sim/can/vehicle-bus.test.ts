import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileDbc } from '#devices/can/dbc/compile-dbc.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { buildDemoVehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { DEMO_DBC, loadVehicleBus } from './vehicle-bus.ts';

const vehicle = buildDemoVehicle();
const dbc = parseDbc(readFileSync(DEMO_DBC, 'utf8'));

describe('the DBC of the demo', () => {
  it('is read without a doubt', () => {
    expect(dbc).toMatchObject({ isDecoded: true, value: { warnings: [] } });
  });

  it('has a 32-bit counter in every message, both byte orders, and both kinds of identifier', () => {
    const messages = dbc.isDecoded ? dbc.value.messages : [];
    for (const { signals } of messages) expect(signals[0]).toMatchObject({ name: 'Counter', startBit: 0, length: 32 });
    const signals = messages.flatMap((message) => message.signals);
    expect(new Set(signals.map(({ byteOrder }) => byteOrder))).toEqual(new Set(['intel', 'motorola']));
    expect(new Set(messages.map(({ isExtended }) => isExtended))).toEqual(new Set([true, false]));
  });
});

describe('loadVehicleBus', () => {
  it('sends about 25 frames a second', () => {
    const { messages } = loadVehicleBus();
    expect(messages.reduce((total, { periodMs }) => total + 1000 / periodMs, 0)).toBe(25);
  });

  it('states in the ledger what a reader finds in the frame, counters up to the last included', () => {
    const decoder = compileDbc(dbc.isDecoded ? dbc.value : { messages: [] });
    const { messages } = loadVehicleBus();
    for (const elapsedMs of [0, 12_345, 100_000, 10_000_000]) {
      for (const [index, message] of messages.entries()) {
        const counter = index % 2 === 0 ? 0xffff_ffff : elapsedMs;
        const { frame, values } = message.compose(vehicle(elapsedMs), counter);
        const read = decoder.decode(frame);
        expect(read?.name).toBe(message.name);
        expect(values['Counter']).toBe(counter);
        for (const [name, { phys }] of Object.entries(read?.signals ?? {})) expect(values[name]).toBe(phys);
      }
    }
  });

  it('carries what the vehicle does, within the resolution of each signal', () => {
    const { messages } = loadVehicleBus();
    const state = vehicle(45_000);
    const all = Object.assign({}, ...messages.map((message) => message.compose(state, 1).values));
    expect(all).toMatchObject({
      EngineSpeed: expect.closeTo(state.engineSpeedRpm, 0),
      EngineCoolantTemperature: Math.round(state.coolantC),
      VehicleSpeed: expect.closeTo(state.speedMps * 3.6, 1),
      LongitudinalAcceleration: expect.closeTo(state.accelerationMps2, 1),
      CurrentGear: state.gear,
      Odometer: expect.closeTo(state.odometerM / 1000, 1),
    });
  });
});
