import { FUEL_SYSTEM_STATES, FUEL_TYPES, OBD_STANDARDS, SECONDARY_AIR_STATES } from './obd-labels.ts';
import type { ObdQuantity } from './obd-quantity.ts';

/** A parameter of service 01 (and of freeze frames, service 02): what its data bytes hold. */
export interface ObdPid {
  readonly pid: number;
  /** Data bytes that follow the parameter's number. */
  readonly sizeBytes: number;
  /** Empty where the data are bits: see `monitor-status.ts` and `supported-pids.ts`. */
  readonly quantities: readonly ObdQuantity[];
}

type Extra = Partial<Pick<ObdQuantity, 'offset' | 'isSigned' | 'supportBit' | 'absentRaw' | 'labels' | 'vss'>>;
type Scale = readonly [numerator: number, denominator: number, bias?: number];

/** How each unit stands at the end of a field's name. */
const UNIT_SUFFIXES: Readonly<Record<string, string>> = {
  '': '',
  rpm: 'Rpm',
  'km/h': 'Kmh',
  Celsius: 'C',
  percent: 'Percent',
  kPa: 'Kpa',
  Pa: 'Pa',
  V: 'V',
  mA: 'Ma',
  degrees: 'Deg',
  s: 'S',
  min: 'Min',
  km: 'Km',
  'g/s': 'GramsPerSecond',
  'l/h': 'LitresPerHour',
  Nm: 'Nm',
};

function quantity(key: string, unit: string, sizeBytes: number, scale: Scale, extra: Extra = {}): ObdQuantity {
  const [numerator, denominator, bias = 0] = scale;
  const { offset = 0, isSigned = false } = extra;
  const span = 2 ** (8 * sizeBytes);
  const [lowest, highest] = isSigned ? [-span / 2, span / 2 - 1] : [0, span - 1];
  return {
    ...{ key, field: `${key}${UNIT_SUFFIXES[unit] ?? ''}`, unit, sizeBytes, numerator, denominator, bias },
    minimum: (lowest * numerator) / denominator + bias,
    maximum: (highest * numerator) / denominator + bias,
    ...extra,
    ...{ offset, isSigned },
  };
}

const ONE: Scale = [1, 1];
const PERCENT: Scale = [100, 255];
/** -100 % to 99.2 %. */
const TRIM: Scale = [100, 128, -100];
const TEMPERATURE: Scale = [1, 1, -40];
/** Of catalysts. */
const WIDE_TEMPERATURE: Scale = [1, 10, -40];
const TORQUE: Scale = [1, 1, -125];
/** Equivalence ratio: 1 is stoichiometric. */
const LAMBDA: Scale = [2, 65_536];

const percent = (key: string, extra?: Extra) => quantity(key, 'percent', 1, PERCENT, extra);
const trim = (key: string, extra?: Extra) => quantity(key, 'percent', 1, TRIM, extra);
const celsius = (key: string, extra?: Extra) => quantity(key, 'Celsius', 1, TEMPERATURE, extra);
const torque = (key: string, extra?: Extra) => quantity(key, 'percent', 1, TORQUE, extra);
const kilometres = (key: string) => quantity(key, 'km', 2, ONE);
const minutes = (key: string) => quantity(key, 'min', 2, ONE);
const count = (key: string, sizeBytes = 1, extra?: Extra) => quantity(key, '', sizeBytes, ONE, extra);

function row(pid: number, sizeBytes: number, ...quantities: readonly ObdQuantity[]): ObdPid {
  return { pid, sizeBytes, quantities };
}

/** Eight sensors in the order of their numbers. */
function eachSensor(firstPid: number, makeRow: (pid: number, sensor: string) => ObdPid): readonly ObdPid[] {
  return Array.from({ length: 8 }, (_, index) => makeRow(firstPid + index, `oxygenSensor${index + 1}`));
}

const ROWS: readonly ObdPid[] = [
  row(0x00, 4),
  row(0x01, 4),
  row(0x02, 2),
  row(
    ...([0x03, 2] as const),
    count('fuelSystem1State', 1, { labels: FUEL_SYSTEM_STATES }),
    count('fuelSystem2State', 1, { labels: FUEL_SYSTEM_STATES, offset: 1 }),
  ),
  row(0x04, 1, percent('engineLoad')),
  row(0x05, 1, celsius('coolantTemperature', { vss: 'Powertrain.CombustionEngine.EngineCoolant.Temperature' })),
  row(0x06, 1, trim('shortTermFuelTrim1')),
  row(0x07, 1, trim('longTermFuelTrim1')),
  row(0x08, 1, trim('shortTermFuelTrim2')),
  row(0x09, 1, trim('longTermFuelTrim2')),
  row(0x0a, 1, quantity('fuelPressure', 'kPa', 1, [3, 1])),
  row(0x0b, 1, quantity('intakePressure', 'kPa', 1, ONE, { vss: 'Powertrain.CombustionEngine.MAP' })),
  row(0x0c, 2, quantity('engineSpeed', 'rpm', 2, [1, 4], { vss: 'Powertrain.CombustionEngine.Speed' })),
  row(0x0d, 1, quantity('speed', 'km/h', 1, ONE, { vss: 'Speed' })),
  row(0x0e, 1, quantity('timingAdvance', 'degrees', 1, [1, 2, -64])),
  row(0x0f, 1, celsius('intakeTemperature')),
  row(0x10, 2, quantity('massAirFlow', 'g/s', 2, [1, 100], { vss: 'Powertrain.CombustionEngine.MAF' })),
  row(0x11, 1, percent('throttlePosition', { vss: 'Powertrain.CombustionEngine.TPS' })),
  row(0x12, 1, count('secondaryAirState', 1, { labels: SECONDARY_AIR_STATES })),
  row(0x13, 1, count('oxygenSensorsPresent')),
  ...eachSensor(0x14, (pid, sensor) =>
    row(
      ...([pid, 2] as const),
      quantity(`${sensor}Voltage`, 'V', 1, [1, 200]),
      // FF: the sensor takes no part in the trim.
      trim(`${sensor}ShortTermFuelTrim`, { offset: 1, absentRaw: 0xff }),
    ),
  ),
  row(0x1c, 1, count('obdStandard', 1, { labels: OBD_STANDARDS })),
  row(0x1d, 1, count('oxygenSensorsPresentOf4Banks')),
  row(0x1e, 1, count('powerTakeOffState')),
  row(0x1f, 2, quantity('timeSinceEngineStart', 's', 2, ONE)),
  row(0x20, 4),
  row(0x21, 2, kilometres('distanceWithMil')),
  row(0x22, 2, quantity('fuelRailPressureToVacuum', 'kPa', 2, [79, 1000])),
  row(0x23, 2, quantity('fuelRailGaugePressure', 'kPa', 2, [10, 1])),
  ...eachSensor(0x24, (pid, sensor) =>
    row(
      ...([pid, 4] as const),
      quantity(`${sensor}Lambda`, '', 2, LAMBDA),
      quantity(`${sensor}WideVoltage`, 'V', 2, [8, 65_536], { offset: 2 }),
    ),
  ),
  row(0x2c, 1, percent('commandedEgr')),
  row(0x2d, 1, trim('egrError')),
  row(0x2e, 1, percent('commandedEvaporativePurge')),
  row(0x2f, 1, percent('fuelLevel', { vss: 'Powertrain.FuelSystem.RelativeLevel' })),
  row(0x30, 1, count('warmUpsSinceCodesCleared')),
  row(0x31, 2, kilometres('distanceSinceCodesCleared')),
  row(0x32, 2, quantity('evaporativePressure', 'Pa', 2, [1, 4], { isSigned: true })),
  row(0x33, 1, quantity('barometricPressure', 'kPa', 1, ONE)),
  ...eachSensor(0x34, (pid, sensor) =>
    row(
      ...([pid, 4] as const),
      quantity(`${sensor}CurrentLambda`, '', 2, LAMBDA),
      quantity(`${sensor}Current`, 'mA', 2, [1, 256, -128], { offset: 2 }),
    ),
  ),
  row(0x3c, 2, quantity('catalystTemperatureBank1Sensor1', 'Celsius', 2, WIDE_TEMPERATURE)),
  row(0x3d, 2, quantity('catalystTemperatureBank2Sensor1', 'Celsius', 2, WIDE_TEMPERATURE)),
  row(0x3e, 2, quantity('catalystTemperatureBank1Sensor2', 'Celsius', 2, WIDE_TEMPERATURE)),
  row(0x3f, 2, quantity('catalystTemperatureBank2Sensor2', 'Celsius', 2, WIDE_TEMPERATURE)),
  row(0x40, 4),
  row(0x41, 4),
  row(0x42, 2, quantity('controlModuleVoltage', 'V', 2, [1, 1000])),
  row(0x43, 2, quantity('absoluteLoad', 'percent', 2, PERCENT)),
  row(0x44, 2, quantity('commandedLambda', '', 2, LAMBDA)),
  row(0x45, 1, percent('relativeThrottlePosition')),
  row(0x46, 1, celsius('ambientTemperature', { vss: 'Exterior.AirTemperature' })),
  row(0x47, 1, percent('throttlePositionB')),
  row(0x48, 1, percent('throttlePositionC')),
  row(0x49, 1, percent('acceleratorPositionD')),
  row(0x4a, 1, percent('acceleratorPositionE')),
  row(0x4b, 1, percent('acceleratorPositionF')),
  row(0x4c, 1, percent('commandedThrottle')),
  row(0x4d, 2, minutes('timeWithMil')),
  row(0x4e, 2, minutes('timeSinceCodesCleared')),
  row(
    ...([0x4f, 4] as const),
    count('maximumLambda'),
    quantity('maximumOxygenSensorVoltage', 'V', 1, ONE, { offset: 1 }),
    quantity('maximumOxygenSensorCurrent', 'mA', 1, ONE, { offset: 2 }),
    quantity('maximumIntakePressure', 'kPa', 1, [10, 1], { offset: 3 }),
  ),
  row(0x50, 4, quantity('maximumMassAirFlow', 'g/s', 1, [10, 1])),
  row(0x51, 1, count('fuelType', 1, { labels: FUEL_TYPES })),
  row(0x52, 1, percent('ethanol')),
  row(0x53, 2, quantity('absoluteEvaporativePressure', 'kPa', 2, [5, 1000])),
  row(0x54, 2, quantity('wideEvaporativePressure', 'Pa', 2, ONE, { isSigned: true })),
  row(0x55, 2, trim('secondaryShortTermFuelTrim1'), trim('secondaryShortTermFuelTrim3', { offset: 1 })),
  row(0x56, 2, trim('secondaryLongTermFuelTrim1'), trim('secondaryLongTermFuelTrim3', { offset: 1 })),
  row(0x57, 2, trim('secondaryShortTermFuelTrim2'), trim('secondaryShortTermFuelTrim4', { offset: 1 })),
  row(0x58, 2, trim('secondaryLongTermFuelTrim2'), trim('secondaryLongTermFuelTrim4', { offset: 1 })),
  row(0x59, 2, quantity('fuelRailPressure', 'kPa', 2, [10, 1])),
  row(0x5a, 1, percent('acceleratorPosition', { vss: 'Chassis.Accelerator.PedalPosition' })),
  row(0x5b, 1, percent('hybridBatteryLife')),
  row(0x5c, 1, celsius('oilTemperature', { vss: 'Powertrain.CombustionEngine.EngineOil.Temperature' })),
  row(0x5d, 2, quantity('injectionTiming', 'degrees', 2, [1, 128, -210])),
  row(0x5e, 2, quantity('fuelRate', 'l/h', 2, [1, 20])),
  row(0x5f, 1, count('emissionRequirement')),
  row(0x60, 4),
  row(0x61, 1, torque('demandedTorque')),
  row(0x62, 1, torque('engineTorque')),
  row(0x63, 2, quantity('referenceTorque', 'Nm', 2, ONE)),
  row(
    ...([0x64, 5] as const),
    ...['Idle', 'Point1', 'Point2', 'Point3', 'Point4'].map((point, offset) => torque(`torque${point}`, { offset })),
  ),
  row(
    ...([0x66, 5] as const),
    quantity('massAirFlowA', 'g/s', 2, [1, 32], { offset: 1, supportBit: 0 }),
    quantity('massAirFlowB', 'g/s', 2, [1, 32], { offset: 3, supportBit: 1 }),
  ),
  row(
    ...([0x67, 3] as const),
    celsius('coolantTemperature1', { offset: 1, supportBit: 0 }),
    celsius('coolantTemperature2', { offset: 2, supportBit: 1 }),
  ),
  row(0x80, 4),
  row(0x8e, 1, torque('frictionTorque')),
  row(0xa0, 4),
  row(0xa6, 4, quantity('odometer', 'km', 4, [1, 10])),
  row(0xc0, 4),
];

/** Service 01, by number. */
export const OBD_PIDS: ReadonlyMap<number, ObdPid> = new Map(ROWS.map((each) => [each.pid, each]));

/** Where a quantity is found, by its key. */
export const OBD_KEYS: ReadonlyMap<string, { readonly pid: ObdPid; readonly quantity: ObdQuantity }> = new Map(
  ROWS.flatMap((pid) => pid.quantities.map((each) => [each.key, { pid, quantity: each }] as const)),
);

/** Short names that people use, and what they stand for. */
export const OBD_ALIASES: Readonly<Record<string, string>> = {
  rpm: 'engineSpeed',
  vehicleSpeed: 'speed',
  load: 'engineLoad',
  coolantTemp: 'coolantTemperature',
  oilTemp: 'oilTemperature',
  intakeTemp: 'intakeTemperature',
  ambientTemp: 'ambientTemperature',
  map: 'intakePressure',
  maf: 'massAirFlow',
  throttle: 'throttlePosition',
  pedal: 'acceleratorPosition',
  voltage: 'controlModuleVoltage',
  runTime: 'timeSinceEngineStart',
  fuel: 'fuelLevel',
  torque: 'engineTorque',
};
