import { readFileSync } from 'node:fs';
import type { CanFrame } from '#devices/can/can-frame.ts';
import { compileDbc } from '#devices/can/dbc/compile-dbc.ts';
import { encodeMessage } from '#devices/can/dbc/encode-message.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import type { Values } from '#firmware-sim/ledger/ledger-line.ts';
import type { VehicleState } from '#firmware-sim/vehicle/vehicle.ts';

/** What the control units of the vehicle say on its bus. */
export interface VehicleBus {
  readonly messages: readonly BusMessage[];
}

/** One message that is sent again and again. */
export interface BusMessage {
  readonly name: string;
  readonly periodMs: number;
  /** @param counter of 32 bits, in the payload */
  compose(state: VehicleState, counter: number): BusFrame;
}

/** A frame with what a reader finds in it. */
export interface BusFrame {
  readonly frame: CanFrame;
  /** Physical values by signal, as they survive the encoding. */
  readonly values: Values;
}

/** Where the meaning of the bytes is written down; the gateway of the demo reads the same file. */
export const DEMO_DBC = new URL('../dbc/demo-vehicle.dbc', import.meta.url);

/** 25 frames a second. */
export const BUS_SCHEDULE: Readonly<Record<string, BusSchedule>> = {
  EngineData: {
    periodMs: 100,
    signals: (state) => ({
      EngineSpeed: state.engineSpeedRpm,
      EngineCoolantTemperature: state.coolantC,
      EngineLoad: Math.max(12, 25 + 35 * state.accelerationMps2),
    }),
  },
  VehicleMotion: {
    periodMs: 100,
    signals: (state) => ({
      VehicleSpeed: state.speedMps * 3.6,
      LongitudinalAcceleration: state.accelerationMps2,
    }),
  },
  Transmission: {
    periodMs: 250,
    signals: (state) => ({
      CurrentGear: state.gear,
      BrakePressed: state.accelerationMps2 < -0.3 || state.gear === 0 ? 1 : 0,
    }),
  },
  FuelAndDistance: {
    periodMs: 1000,
    signals: (state) => ({ FuelLevel: state.fuelPercent, Odometer: state.odometerM / 1000 }),
  },
};

interface BusSchedule {
  readonly periodMs: number;
  signals(state: VehicleState): Readonly<Record<string, number>>;
}

/** @throws Error when the DBC of the demo does not have a scheduled message */
export function loadVehicleBus(): VehicleBus {
  const dbc = parseDbc(readFileSync(DEMO_DBC, 'utf8'));
  if (!dbc.isDecoded) throw new Error(`${DEMO_DBC.pathname} is no DBC: ${dbc.reason}`);
  const decoder = compileDbc(dbc.value);
  const messages = Object.entries(BUS_SCHEDULE).map(([name, { periodMs, signals }]): BusMessage => {
    const message = dbc.value.messages.find((candidate) => candidate.name === name);
    if (message === undefined) throw new Error(`${DEMO_DBC.pathname} has no message ${name}`);
    const { id, isExtended } = message;
    const compose = (state: VehicleState, counter: number): BusFrame => {
      const data = encodeMessage(message, { ...signals(state), Counter: counter });
      const frame = { id, isExtended, isRemote: false, data };
      const values: Record<string, number> = {};
      for (const [signal, { phys }] of Object.entries(decoder.decode(frame)?.signals ?? {}))
        values[signal] = Number(phys);
      return { frame, values };
    };
    return { name, periodMs, compose };
  });
  return { messages };
}
