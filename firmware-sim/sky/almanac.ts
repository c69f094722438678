/** The satellite systems that the simulated sky has, in the order in which receivers name them. */
export const SATELLITE_SYSTEMS = ['gps', 'glonass', 'galileo', 'beidou'] as const;

/** One of {@link SATELLITE_SYSTEMS}. */
export type SatelliteSystem = (typeof SATELLITE_SYSTEMS)[number];

/** A satellite and where it stands. */
export interface SatelliteInView {
  readonly system: SatelliteSystem;
  /** The system's own number, from 1: PRN, slot, space vehicle. */
  readonly id: number;
  /** Above the horizon, 0 to 90. */
  readonly elevationDeg: number;
  /** Clockwise from north, 0 to 360. */
  readonly azimuthDeg: number;
}

/**
 * Medium orbits as circles: which satellites are above the horizon, so that they rise and set as real ones do. Their places are
 * plausible, not those of an ephemeris.
 *
 * @param unixMs milliseconds since the Unix epoch
 * @param observer degrees, on a sphere
 * @see IS-GPS-200, GLONASS ICD, Galileo OS SIS ICD, BDS-SIS-ICD: the nominal constellations
 */
export function satellitesAbove(
  unixMs: number,
  observer: { readonly latitudeDeg: number; readonly longitudeDeg: number },
): readonly SatelliteInView[] {
  return SATELLITE_SYSTEMS.flatMap((system) => {
    const walker = CONSTELLATIONS[system];
    const numbers = Array.from({ length: walker.planes * walker.satellitesPerPlane }, (_, index) => index);
    return numbers.flatMap((index) => {
      const seen = sightOf(positionOf(walker, index, unixMs / 1000), observer);
      return seen.elevationDeg > 0 ? [{ system, id: index + 1, ...seen }] : [];
    });
  });
}

/** Evenly spread circular orbits (a Walker constellation). */
interface Constellation {
  readonly planes: number;
  readonly satellitesPerPlane: number;
  readonly inclinationDeg: number;
  readonly radiusM: number;
  readonly periodS: number;
}

const CONSTELLATIONS: Readonly<Record<SatelliteSystem, Constellation>> = {
  gps: { planes: 6, satellitesPerPlane: 5, inclinationDeg: 55, radiusM: 26_560e3, periodS: 43_082 },
  glonass: { planes: 3, satellitesPerPlane: 8, inclinationDeg: 64.8, radiusM: 25_508e3, periodS: 40_544 },
  galileo: { planes: 3, satellitesPerPlane: 8, inclinationDeg: 56, radiusM: 29_600e3, periodS: 50_685 },
  beidou: { planes: 3, satellitesPerPlane: 8, inclinationDeg: 55, radiusM: 27_906e3, periodS: 46_391 },
};

const EARTH_RADIUS_M = 6_371e3;
const SIDEREAL_DAY_S = 86_164.1;
const TURN = 2 * Math.PI;

type Vector = readonly [x: number, y: number, z: number];

/** Earth-fixed, metres. Neighbouring planes are out of step by a third of a slot. */
function positionOf(orbit: Constellation, index: number, timeS: number): Vector {
  const plane = Math.floor(index / orbit.satellitesPerPlane);
  const slot = index % orbit.satellitesPerPlane;
  const phase = (slot + plane / 3) / orbit.satellitesPerPlane + ((timeS / orbit.periodS) % 1);
  const node = plane / orbit.planes - ((timeS / SIDEREAL_DAY_S) % 1);
  const alongX = Math.cos(phase * TURN) * orbit.radiusM;
  const alongY = Math.sin(phase * TURN) * orbit.radiusM;
  const tilt = toRad(orbit.inclinationDeg);
  const [cosNode, sinNode] = [Math.cos(node * TURN), Math.sin(node * TURN)];
  return [
    alongX * cosNode - alongY * Math.cos(tilt) * sinNode,
    alongX * sinNode + alongY * Math.cos(tilt) * cosNode,
    alongY * Math.sin(tilt),
  ];
}

function sightOf([x, y, z]: Vector, observer: { readonly latitudeDeg: number; readonly longitudeDeg: number }) {
  const [latitude, longitude] = [toRad(observer.latitudeDeg), toRad(observer.longitudeDeg)];
  const towards = x * Math.cos(longitude) + y * Math.sin(longitude);
  const eastM = y * Math.cos(longitude) - x * Math.sin(longitude);
  const northM = z * Math.cos(latitude) - towards * Math.sin(latitude);
  const upM = z * Math.sin(latitude) + towards * Math.cos(latitude) - EARTH_RADIUS_M;
  return {
    elevationDeg: toDeg(Math.atan2(upM, Math.hypot(eastM, northM))),
    azimuthDeg: (toDeg(Math.atan2(eastM, northM)) + 360) % 360,
  };
}

function toRad(deg: number): number {
  return (deg * Math.PI) / 180;
}

function toDeg(rad: number): number {
  return (rad * 180) / Math.PI;
}
