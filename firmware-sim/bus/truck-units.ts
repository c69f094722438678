import type { VehicleState } from '#firmware-sim/vehicle/vehicle.ts';
import type { SignalInput } from './bus-messages.ts';

/** A control unit of the truck. */
export interface TruckUnit {
  /** As scenarios name it. */
  readonly name: string;
  /** Its preferred address. */
  readonly address: number;
  /** J1939-81 function, and the number that tells it from others of its kind. */
  readonly function: number;
  readonly identityNumber: number;
  /** Whether it takes another address when it loses its own. */
  readonly isArbitraryAddressCapable: boolean;
  /** What it sends again and again. */
  readonly groups: readonly TruckGroup[];
}

/** A message of `truck-j1939.dbc`; a signal that is left out is not available. */
export interface TruckGroup {
  readonly message: string;
  readonly periodMs: number;
  /** @param count how often it was sent before */
  signals(moment: TruckMoment, count: number): SignalInput;
}

/** What the units know at one time. */
export interface TruckMoment {
  readonly state: VehicleState;
  readonly elapsedMs: number;
  readonly unixMs: number;
}

const KMH_PER_MPS = 3.6;
/** Of the rear axle, and of the wheels: revolutions of the output shaft for each km/h. */
const SHAFT_RPM_PER_KMH = 22;
/** The wheels of the front axle run a little faster than the rear ones. */
const REAR_SLIP_KMH = -0.0625;
/** Litres an hour: idling, and for each per cent of torque above it. */
const IDLE_FUEL_LPH = 2.5;
const FUEL_LPH_PER_PERCENT = 0.35;
const HOURS_AT_START = 8_412.35;
const KM_AT_START = 412_733.5;
const DISTANCE_BITS_KM = 0.005;
const AMBIENT_C = 14.25;

function speedKmh({ state }: TruckMoment): number {
  return state.speedMps * KMH_PER_MPS;
}

function torquePercent({ state }: TruckMoment): number {
  const driving = state.speedMps > 0 ? 22 + 40 * state.accelerationMps2 : 8;
  return Math.round(Math.min(100, Math.max(0, driving)));
}

function isBraking({ state }: TruckMoment): boolean {
  return state.accelerationMps2 < -0.3 || state.speedMps === 0;
}

function fuelRateLph(moment: TruckMoment): number {
  return IDLE_FUEL_LPH + FUEL_LPH_PER_PERCENT * torquePercent(moment);
}

/** Nothing moves the shafts while the vehicle stands. */
function outputShaftRpm(moment: TruckMoment): number {
  return speedKmh(moment) * SHAFT_RPM_PER_KMH;
}

const ENGINE: TruckUnit = {
  name: 'engine',
  address: 0x00,
  function: 0,
  identityNumber: 0x0a11,
  isArbitraryAddressCapable: false,
  groups: [
    {
      message: 'EEC1',
      periodMs: 20,
      signals: (moment) => ({
        EngineTorqueMode: torquePercent(moment) > 10 ? 1 : 0,
        DriverDemandPercentTorque: torquePercent(moment),
        ActualEnginePercentTorque: torquePercent(moment),
        EngineSpeed: moment.state.engineSpeedRpm,
        ControllingDeviceAddress: 0,
      }),
    },
    {
      message: 'EEC2',
      periodMs: 50,
      signals: (moment) => ({
        AcceleratorPedalLowIdleSwitch: torquePercent(moment) > 10 ? 0 : 1,
        AcceleratorPedalPosition: torquePercent(moment) > 10 ? torquePercent(moment) : 0,
        PercentLoadAtCurrentSpeed: torquePercent(moment),
      }),
    },
    {
      message: 'CCVS1',
      periodMs: 100,
      signals: (moment) => ({
        ParkingBrakeSwitch: 0,
        WheelBasedVehicleSpeed: speedKmh(moment),
        CruiseControlActive: 0,
        BrakeSwitch: isBraking(moment) ? 1 : 0,
      }),
    },
    {
      message: 'LFE1',
      periodMs: 100,
      signals: (moment) => ({
        EngineFuelRate: fuelRateLph(moment),
        InstantaneousFuelEconomy: speedKmh(moment) / fuelRateLph(moment),
      }),
    },
    {
      message: 'EFLP1',
      periodMs: 500,
      signals: ({ state }) => ({ EngineOilPressure: 100 + state.engineSpeedRpm / 5, CoolantLevel: 96 }),
    },
    {
      message: 'ET1',
      periodMs: 1_000,
      signals: ({ state }) => ({
        EngineCoolantTemperature: state.coolantC,
        EngineFuelTemperature: 31,
        EngineOilTemperature: state.coolantC + 4,
      }),
    },
    {
      message: 'HOURS',
      periodMs: 1_000,
      signals: ({ elapsedMs }) => ({ EngineTotalHours: HOURS_AT_START + elapsedMs / 3_600_000 }),
    },
  ],
};

const TRANSMISSION: TruckUnit = {
  name: 'transmission',
  address: 0x03,
  function: 3,
  identityNumber: 0x0b22,
  isArbitraryAddressCapable: false,
  groups: [
    {
      message: 'ETC1',
      periodMs: 10,
      signals: (moment) => ({
        ShiftInProcess: 0,
        OutputShaftSpeed: outputShaftRpm(moment),
        InputShaftSpeed: moment.state.engineSpeedRpm,
      }),
    },
    {
      message: 'ETC2',
      periodMs: 100,
      signals: (moment) => {
        const { engineSpeedRpm, gear } = moment.state;
        const outputRpm = outputShaftRpm(moment);
        const gears = { SelectedGear: gear, CurrentGear: gear };
        // The ratio of two shafts that stand is not known.
        return outputRpm > 100 ? { ...gears, ActualGearRatio: engineSpeedRpm / outputRpm } : gears;
      },
    },
  ],
};

const BRAKES: TruckUnit = {
  name: 'brakes',
  address: 0x0b,
  function: 9,
  identityNumber: 0x0c33,
  isArbitraryAddressCapable: false,
  groups: [
    {
      message: 'EBC1',
      periodMs: 100,
      signals: (moment) => ({
        AntiLockBrakingActive: 0,
        EBSBrakeSwitch: isBraking(moment) ? 1 : 0,
        BrakePedalPosition: Math.max(0, -moment.state.accelerationMps2 * 20),
      }),
    },
    {
      message: 'EBC2',
      periodMs: 100,
      signals: (moment) => ({
        FrontAxleSpeed: speedKmh(moment),
        RelativeSpeedFrontLeft: 0,
        RelativeSpeedFrontRight: 0,
        RelativeSpeedRearLeft: moment.state.speedMps > 0 ? REAR_SLIP_KMH : 0,
        RelativeSpeedRearRight: moment.state.speedMps > 0 ? REAR_SLIP_KMH : 0,
      }),
    },
  ],
};

const CLUSTER: TruckUnit = {
  name: 'cluster',
  address: 0x17,
  function: 19,
  identityNumber: 0x0d44,
  isArbitraryAddressCapable: false,
  groups: [
    {
      message: 'VDHR',
      periodMs: 1_000,
      signals: ({ state }) => {
        const tripKm = state.odometerM / 1_000;
        return { TotalVehicleDistance: KM_AT_START + tripKm, TripDistance: Math.max(tripKm, DISTANCE_BITS_KM) };
      },
    },
    {
      message: 'DD1',
      periodMs: 1_000,
      signals: ({ state }) => ({ WasherFluidLevel: 72, FuelLevel1: state.fuelPercent }),
    },
    {
      message: 'AMB',
      periodMs: 1_000,
      signals: ({ state }) => ({
        BarometricPressure: 101.5 - state.altitudeMslM / 85,
        AmbientAirTemperature: AMBIENT_C,
      }),
    },
    { message: 'VEP1', periodMs: 1_000, signals: () => ({ ChargingSystemPotential: 28.1, BatteryPotential: 27.95 }) },
  ],
};

const TACHOGRAPH: TruckUnit = {
  name: 'tachograph',
  address: 0xee,
  function: 51,
  identityNumber: 0x0e55,
  isArbitraryAddressCapable: false,
  groups: [
    {
      message: 'TCO1',
      periodMs: 50,
      signals: (moment) => ({
        Driver1WorkingState: moment.state.speedMps > 0 ? 3 : 2,
        VehicleMotion: moment.state.speedMps > 0 ? 1 : 0,
        TachographOutputShaftSpeed: outputShaftRpm(moment),
        TachographVehicleSpeed: speedKmh(moment),
      }),
    },
  ],
};

/** Locations as `TyreLocation` numbers them, and the pressure of each, cold. */
const TYRES = [
  { location: 0, pressureKpa: 852 },
  { location: 1, pressureKpa: 848 },
  { location: 16, pressureKpa: 800 },
  { location: 17, pressureKpa: 776 },
] as const;

const TYRE_MONITOR: TruckUnit = {
  name: 'tyres',
  address: 0x33,
  function: 61,
  identityNumber: 0x0f66,
  isArbitraryAddressCapable: true,
  groups: [
    {
      message: 'TIRE',
      periodMs: 500,
      signals: ({ state }, count): SignalInput => {
        const { location, pressureKpa } = TYRES[count % TYRES.length] ?? TYRES[0];
        const isWarm = state.odometerM > 2_000;
        const pressure = { TyreLocation: location, TyrePressure: pressureKpa + (isWarm ? 16 : 0) };
        // One of the sensors is too old to know its temperature.
        return location === 17 ? pressure : { ...pressure, TyreTemperature: AMBIENT_C + (isWarm ? 8 : 0) };
      },
    },
  ],
};

/** All units of the truck. The first sends what belongs to the vehicle as a whole. */
export const TRUCK_UNITS: readonly TruckUnit[] = [ENGINE, TRANSMISSION, BRAKES, CLUSTER, TACHOGRAPH, TYRE_MONITOR];
