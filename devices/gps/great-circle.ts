/** A place on the ground. */
export interface Place {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
}

/** Metres between two places on a sphere of the Earth's mean radius, by the haversine formula: within 0.6 % of the ellipsoid. */
export function greatCircleM(from: Place, to: Place): number {
  const latitudeRad = radians(to.latitudeDeg - from.latitudeDeg);
  const longitudeRad = radians(to.longitudeDeg - from.longitudeDeg);
  const parallels = Math.cos(radians(from.latitudeDeg)) * Math.cos(radians(to.latitudeDeg));
  const haversine = Math.sin(latitudeRad / 2) ** 2 + parallels * Math.sin(longitudeRad / 2) ** 2;
  // Rounding may carry antipodes beyond 1.
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(Math.min(1, haversine)));
}

/** Mean radius (2a + b) / 3 of WGS 84. */
const EARTH_RADIUS_M = 6_371_008.8;

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
