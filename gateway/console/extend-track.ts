import type { Fix } from './live-view.ts';

/** Places on the map; at the spacing below, a few kilometres at least. */
export const MAX_TRACK_FIXES = 500;
/** A vehicle that stands still adds no places. */
const MIN_SPACING_M = 8;
const METRES_PER_DEGREE = 111_195;

/**
 * The way with one place more, which stays its last until one comes that is far enough; a place of another receiver begins a
 * way of its own. Gateway and page go by this alike, so that a page that was watching shows what one that is opened shows.
 */
export function extendTrack(track: readonly Fix[], fix: Fix): readonly Fix[] {
  const [beforeLast, last] = [track.at(-2), track.at(-1)];
  // Another receiver sits in another place: two of them on one line would draw a zigzag.
  if (last === undefined || last.device !== fix.device) return [fix];
  const isNearby = beforeLast !== undefined && distanceM(beforeLast, last) < MIN_SPACING_M;
  return [...(isNearby ? track.slice(0, -1) : track.slice(1 - MAX_TRACK_FIXES)), fix];
}

/** On a plane: exact enough for spacing. */
function distanceM(a: Fix, b: Fix): number {
  const northM = (b.latitudeDeg - a.latitudeDeg) * METRES_PER_DEGREE;
  const eastM = (b.longitudeDeg - a.longitudeDeg) * METRES_PER_DEGREE * Math.cos((a.latitudeDeg * Math.PI) / 180);
  return Math.hypot(northM, eastM);
}
