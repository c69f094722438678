/** Above the ellipsoid of WGS 84. */
export interface GeodeticPosition {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly altitudeHaeM: number;
}

/** Earth-centred, earth-fixed, metres: x through Greenwich, z through the north pole. */
interface EcefVector {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/**
 * A position in earth-centred coordinates as latitude, longitude and height. Bowring's formula, one step: below 10 km of height the
 * error is smaller than a micrometre.
 *
 * @returns undefined within {@link MIN_RADIUS_M} of the centre of the earth, where nobody is
 */
export function geodeticPosition({ x, y, z }: EcefVector): GeodeticPosition | undefined {
  if (Math.hypot(x, y, z) < MIN_RADIUS_M) return undefined;
  const axisDistance = Math.hypot(x, y);
  const reduced = Math.atan2(z * SEMI_MAJOR_M, axisDistance * SEMI_MINOR_M);
  const latitude = Math.atan2(
    z + SECOND_ECCENTRICITY_SQUARED * SEMI_MINOR_M * Math.sin(reduced) ** 3,
    axisDistance - ECCENTRICITY_SQUARED * SEMI_MAJOR_M * Math.cos(reduced) ** 3,
  );
  const sine = Math.sin(latitude);
  const primeVertical = SEMI_MAJOR_M / Math.sqrt(1 - ECCENTRICITY_SQUARED * sine * sine);
  // This form of the height holds at the poles too.
  const height = axisDistance * Math.cos(latitude) + z * sine - SEMI_MAJOR_M ** 2 / primeVertical;
  return {
    latitudeDeg: latitude * DEG_PER_RAD,
    longitudeDeg: Math.atan2(y, x) * DEG_PER_RAD,
    altitudeHaeM: Math.round(height * 1e4) / 1e4,
  };
}

/** What an earth-centred velocity is over ground at a position. */
export interface GroundMotion {
  readonly speedMps: number;
  /** Degrees true, 0 up to but without 360. */
  readonly headingDeg: number;
  /** Up positive. */
  readonly climbMps: number;
}

/** Turns an earth-centred velocity to north, east and up at `position`. */
export function groundMotion(velocityMps: EcefVector, position: GeodeticPosition): GroundMotion {
  const latitude = position.latitudeDeg / DEG_PER_RAD;
  const longitude = position.longitudeDeg / DEG_PER_RAD;
  const { x, y, z } = velocityMps;
  const outward = x * Math.cos(longitude) + y * Math.sin(longitude);
  const north = z * Math.cos(latitude) - outward * Math.sin(latitude);
  const east = y * Math.cos(longitude) - x * Math.sin(longitude);
  const climbMps = z * Math.sin(latitude) + outward * Math.cos(latitude);
  const headingDeg = (Math.atan2(east, north) * DEG_PER_RAD + 360) % 360;
  return { speedMps: Math.hypot(north, east), headingDeg, climbMps };
}

const SEMI_MAJOR_M = 6_378_137;
const FLATTENING = 1 / 298.257223563;
const SEMI_MINOR_M = SEMI_MAJOR_M * (1 - FLATTENING);
const ECCENTRICITY_SQUARED = FLATTENING * (2 - FLATTENING);
const SECOND_ECCENTRICITY_SQUARED = ECCENTRICITY_SQUARED / (1 - ECCENTRICITY_SQUARED);
const DEG_PER_RAD = 180 / Math.PI;
const MIN_RADIUS_M = 6_000_000;
