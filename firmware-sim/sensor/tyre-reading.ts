import type { Values } from '#firmware-sim/ledger/ledger-line.ts';
import type { VehicleState } from '#firmware-sim/vehicle/vehicle.ts';

/** What the tyre monitor says of one wheel: JSON with a count that goes on over runs. */
export function composeTyreReading(state: VehicleState, count: number): Values {
  const wheel = WHEELS[count % WHEELS.length] ?? WHEELS[0];
  // Tyres warm up as the engine does, a little by speed, and pressure follows temperature.
  const temperatureC = round(14 + (state.coolantC - 18) * 0.25 + state.speedMps * 0.4);
  return { count, wheel, pressureKpa: round(230 + (temperatureC - 14) * 0.8 - (count % WHEELS.length)), temperatureC };
}

const WHEELS = ['frontLeft', 'frontRight', 'rearLeft', 'rearRight'] as const;

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
