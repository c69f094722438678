import type { ObdPid } from './obd-pids.ts';

/** Units of what changes within minutes rather than seconds. */
const SLOW_UNITS = ['Celsius', 'km', 'min', 's'];
/** The same, by key. */
const SLOW_KEYS = [
  ...['fuelLevel', 'ethanol', 'barometricPressure', 'controlModuleVoltage', 'hybridBatteryLife'],
  ...['referenceTorque', 'warmUpsSinceCodesCleared', 'oxygenSensorsPresent', 'oxygenSensorsPresentOf4Banks'],
  ...['emissionRequirement', 'maximumMassAirFlow', 'maximumLambda'],
];

/** Whether a parameter is asked for rarer than the others, unless somebody says otherwise: temperatures, levels, distances, states. */
export function isSlowPid({ quantities }: ObdPid): boolean {
  return quantities.some(
    ({ unit, key, labels }) => SLOW_UNITS.includes(unit) || SLOW_KEYS.includes(key) || labels !== undefined,
  );
}
