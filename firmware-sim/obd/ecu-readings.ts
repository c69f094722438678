import type { VehicleState } from '#firmware-sim/vehicle/vehicle.ts';
import type { Electrics } from './electrics.ts';

/** All that a control unit can measure at one moment. */
export interface EcuSituation extends VehicleState, Electrics {
  /** Whether trouble codes are stored: the lamp is lit. */
  readonly isMilOn: boolean;
}

/**
 * What the vehicle is doing, as the quantities of service 01: by their keys, in their units. Where the vehicle model has no such thing it is
 * estimated from what it has, so that a curve of it looks like one.
 */
export function readingsOf(situation: EcuSituation): Readonly<Record<string, number>> {
  const { accelerationMps2, coolantC, engineRunMs, fuelPercent, isMilOn, odometerM, speedMps, volts } = situation;
  const isRunning = engineRunMs > 0;
  const engineSpeed = isRunning ? situation.engineSpeedRpm : 0;
  const load = isRunning ? clamp(LOAD_IDLE + LOAD_PER_MPS2 * accelerationMps2 + LOAD_PER_MPS * speedMps, 0, 100) : 0;
  const throttle = clamp(load * THROTTLE_PER_LOAD, THROTTLE_CLOSED, 100);
  const intakePressure = isRunning ? clamp(MAP_IDLE + load * MAP_PER_LOAD, 0, BAROMETRIC_KPA) : BAROMETRIC_KPA;
  const massAirFlow = (engineSpeed * DISPLACEMENT_L * load) / MAF_DIVISOR;
  return {
    fuelSystem1State: coolantC < CLOSED_LOOP_C ? 1 : 2,
    fuelSystem2State: 0,
    engineLoad: load,
    coolantTemperature: coolantC,
    shortTermFuelTrim1: clamp(accelerationMps2, -5, 5),
    longTermFuelTrim1: 1.6,
    intakePressure,
    engineSpeed,
    speed: speedMps * 3.6,
    timingAdvance: isRunning ? 8 + load / 10 : 0,
    intakeTemperature: AMBIENT_C + 9,
    massAirFlow,
    throttlePosition: throttle,
    oxygenSensorsPresent: 0b11,
    obdStandard: 6,
    timeSinceEngineStart: clamp(engineRunMs / 1000, 0, 65_535),
    distanceWithMil: isMilOn ? odometerM / 1000 : 0,
    fuelLevel: fuelPercent,
    warmUpsSinceCodesCleared: 12,
    distanceSinceCodesCleared: 640 + odometerM / 1000,
    barometricPressure: BAROMETRIC_KPA,
    controlModuleVoltage: volts - 0.1,
    ambientTemperature: AMBIENT_C,
    acceleratorPositionD: throttle / 2,
    fuelType: 1,
    oilTemperature: coolantC - 2,
    fuelRate: massAirFlow * LITRES_PER_HOUR_PER_GRAM,
    odometer: (ODOMETER_START_M + odometerM) / 1000,
  };
}

const AMBIENT_C = 14;
const BAROMETRIC_KPA = 101;
/** The mixture is measured and corrected from here on. */
const CLOSED_LOOP_C = 40;
const LOAD_IDLE = 22;
const LOAD_PER_MPS2 = 24;
const LOAD_PER_MPS = 0.9;
const THROTTLE_PER_LOAD = 0.8;
const THROTTLE_CLOSED = 13;
const MAP_IDLE = 22;
const MAP_PER_LOAD = 0.85;
const DISPLACEMENT_L = 1.6;
/** Two turns fill all cylinders, a litre of air weighs 1.2 g, a minute has 60 s, and load is in percent. */
const MAF_DIVISOR = (2 * 60 * 100) / 1.2;
/** 14.7 g of air burn a gram of petrol, of which 745 are a litre. */
const LITRES_PER_HOUR_PER_GRAM = 3600 / (14.7 * 745);
const ODOMETER_START_M = 48_217_300;

function clamp(value: number, minimum: number, maximum: number): number {
  return Math.min(Math.max(value, minimum), maximum);
}
