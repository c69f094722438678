import type { DbcMessage } from '#devices/can/dbc/dbc.ts';
import { encodeMessage } from '#devices/can/dbc/encode-message.ts';
import type { VehicleState } from '#firmware-sim/vehicle/vehicle.ts';
import { loadBusMessages, messageOf, type SignalInput } from './bus-messages.ts';
import { PLAIN_BUS, type VehicleBus, type VehicleBusOptions } from './vehicle-bus.ts';

/** Where the meaning of the car's messages is written down. */
export const PASSENGER_DBC = new URL('../dbc/passenger-car.dbc', import.meta.url);

/** The control units of a passenger car: base frames, most with a counter of four bits, one message of four sections. */
export function openPassengerBus({ bus, stateAt }: VehicleBusOptions): VehicleBus {
  const messages = loadBusMessages(PASSENGER_DBC);
  for (const [index, { finish, name, periodMs, signals }] of CAR_MESSAGES.entries()) {
    const message: DbcMessage = messageOf(messages, name);
    let count = 0;
    bus.every(periodMs, index, () => {
      const data = encodeMessage(message, signals(stateAt(bus.nowMs), count++));
      finish?.(data);
      bus.send({ id: message.id, isExtended: message.isExtended, isRemote: false, data }, undefined, true);
    });
  }
  return PLAIN_BUS;
}

interface CarMessage {
  readonly name: string;
  readonly periodMs: number;
  /** @param count how often it was sent before */
  signals(state: VehicleState, count: number): SignalInput;
  /** Puts what belongs to the whole payload into it. */
  finish?(data: Uint8Array): void;
}

const KMH_PER_MPS = 3.6;
const ALIVE_MODULUS = 16;

const CAR_MESSAGES: readonly CarMessage[] = [
  {
    name: 'Engine_1',
    periodMs: 10,
    signals: ({ accelerationMps2, coolantC, engineSpeedRpm, speedMps }, count) => ({
      AliveCounter: count % ALIVE_MODULUS,
      EngineRunning: 1,
      EngineSpeed: engineSpeedRpm,
      EngineTorque: speedMps > 0 ? 40 + 90 * accelerationMps2 : 18,
      PedalPosition: Math.max(0, speedMps > 0 ? 12 + 25 * accelerationMps2 : 0),
      CoolantTemperature: coolantC,
    }),
    finish: (data) => {
      data[0] = data.subarray(1).reduce((sum, byte) => sum ^ byte, 0);
    },
  },
  {
    name: 'Wheels_1',
    periodMs: 20,
    signals: ({ speedMps }) => {
      const speedKmh = speedMps * KMH_PER_MPS;
      const rearKmh = speedKmh * 0.999;
      return {
        WheelSpeedFrontLeft: speedKmh,
        WheelSpeedFrontRight: speedKmh,
        WheelSpeedRearLeft: rearKmh,
        WheelSpeedRearRight: rearKmh,
      };
    },
  },
  {
    name: 'Motion_1',
    periodMs: 20,
    signals: ({ accelerationMps2, speedMps }, count) => {
      const isBraking = accelerationMps2 < -0.3 || speedMps === 0;
      return {
        LongitudinalAcceleration: accelerationMps2,
        BrakePressure: isBraking ? Math.max(8, -accelerationMps2 * 14) : 0,
        BrakeLight: isBraking ? 1 : 0,
        AliveCounter: count % ALIVE_MODULUS,
      };
    },
  },
  {
    name: 'Gearbox_1',
    periodMs: 50,
    signals: ({ coolantC, gear }) => ({ Gear: gear, Selector: 3, OilTemperature: coolantC - 6 }),
  },
  { name: 'Body_1', periodMs: 100, signals: (state, count) => BODY_SECTIONS[count % 4]?.(state) ?? {} },
  {
    name: 'Cluster_1',
    periodMs: 200,
    signals: ({ fuelPercent, odometerM, speedMps }) => ({
      // As the law wants it: never too little.
      DisplayedSpeed: speedMps > 0 ? speedMps * KMH_PER_MPS * 1.03 + 1 : 0,
      FuelLevel: fuelPercent,
      Odometer: KM_AT_START + odometerM / 1_000,
      BatteryVoltage: 14.1,
    }),
  },
];

const KM_AT_START = 68_204.3;

/** Doors, tyres, switches, climate, in turn. */
const BODY_SECTIONS: readonly ((state: VehicleState) => SignalInput)[] = [
  () => ({ Section: 0, DoorDriver: 0, DoorPassenger: 0, Boot: 3 }),
  ({ odometerM }) => {
    const warmKpa = odometerM > 2_000 ? 7.5 : 0;
    return {
      Section: 1,
      TyrePressureFrontLeft: 230 + warmKpa,
      TyrePressureFrontRight: 232.5 + warmKpa,
      TyrePressureRearLeft: 222.5 + warmKpa,
      TyrePressureRearRight: 220 + warmKpa,
    };
  },
  ({ accelerationMps2, odometerM }) => ({
    Section: 2,
    Indicator: accelerationMps2 < -1 ? 2 : 0,
    Wiper: Math.floor(odometerM / 1_500) % 3,
    LowBeam: 1,
  }),
  ({ coolantC }) => ({ Section: 3, CabinTemperature: Math.min(21.5, coolantC / 3), OutsideTemperature: 14 }),
];
