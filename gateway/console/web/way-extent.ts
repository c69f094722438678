import type { Fix } from '#gateway/console/live-view.ts';

/** The mean radius. @see IUGG, R1 of GRS 80 */
export const EARTH_RADIUS_M = 6_371_009;
const TURN_DEG = 360;

/** Where a map of a way lies. */
export interface WayExtent {
  /** Degrees: longitude, which may be beyond 180 where the way is on both sides of it, and latitude. */
  readonly centre: readonly [longitudeDeg: number, latitudeDeg: number];
  /** Half the height that a map needs to hold it, in metres. */
  readonly reachM: number;
}

/** @param track at least one place @param aspect height of the map by its width */
export function wayExtent(track: readonly Fix[], aspect: number): WayExtent {
  const first = track[0]?.longitudeDeg ?? 0;
  const longitudes = extremes(track.map(({ longitudeDeg }) => nearest(longitudeDeg, first)));
  const latitudes = extremes(track.map(({ latitudeDeg }) => latitudeDeg));
  const metresPerDegree = (Math.PI / 180) * EARTH_RADIUS_M;
  const across = Math.cos((latitudes.middle * Math.PI) / 180) * aspect;
  return {
    centre: [longitudes.middle, latitudes.middle],
    reachM: metresPerDegree * Math.max(latitudes.half, longitudes.half * across),
  };
}

/** The same meridian, counted so that it is less than half a turn from another. */
function nearest(longitudeDeg: number, otherDeg: number): number {
  return longitudeDeg - TURN_DEG * Math.round((longitudeDeg - otherDeg) / TURN_DEG);
}

function extremes(values: readonly number[]): { readonly middle: number; readonly half: number } {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return { middle: (low + high) / 2, half: (high - low) / 2 };
}
