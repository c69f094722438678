import type { VehicleState } from '#firmware-sim/vehicle/vehicle.ts';
import type { PositionError } from './position-error.ts';
import type { AntennaOffset } from './receiver-spec.ts';

/** A point on the earth: degrees, and metres above mean sea level. */
export interface Place {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly altitudeMslM: number;
}

/** Where an antenna is that is mounted on the vehicle. */
export function placeOfAntenna(vehicle: VehicleState, { forward, right, up }: AntennaOffset) {
  const headingRad = (vehicle.headingDeg * Math.PI) / 180;
  const offset = {
    eastM: forward * Math.sin(headingRad) + right * Math.cos(headingRad),
    northM: forward * Math.cos(headingRad) - right * Math.sin(headingRad),
    upM: up,
  };
  return { ...moveBy(vehicle, offset), speedMps: vehicle.speedMps, headingDeg: vehicle.headingDeg };
}

/** A place some metres away; exact enough for a kilometre. */
export function moveBy(place: Place, { eastM, northM, upM }: PositionError): Place {
  const { latitudeDeg, longitudeDeg, altitudeMslM } = place;
  return {
    latitudeDeg: latitudeDeg + northM / METRES_PER_DEGREE,
    longitudeDeg: longitudeDeg + eastM / (METRES_PER_DEGREE * Math.cos((latitudeDeg * Math.PI) / 180)),
    altitudeMslM: altitudeMslM + upM,
  };
}

/** How far apart two places are, level. */
export function distanceM(from: Place, to: Place): number {
  const eastDeg = (to.longitudeDeg - from.longitudeDeg) * Math.cos((from.latitudeDeg * Math.PI) / 180);
  return METRES_PER_DEGREE * Math.hypot(to.latitudeDeg - from.latitudeDeg, eastDeg);
}

/** On a sphere of the earth's mean radius, as the vehicle's route has it. */
const METRES_PER_DEGREE = 111_195;
