import type { Route } from './route.ts';

/** How a driver takes a route. */
export interface DrivingStyle {
  readonly speedLimitMps: number;
  readonly accelerationMps2: number;
  readonly brakingMps2: number;
  /** Most that a bend may push sideways. */
  readonly lateralMps2: number;
  /** Where the vehicle stands still, and for how long. The first must be at 0: a lap begins and ends at rest. */
  readonly stops: readonly { readonly distanceM: number; readonly durationS: number }[];
}

/** Where a vehicle is at a moment of its lap. */
export interface Motion {
  readonly distanceM: number;
  readonly speedMps: number;
  readonly accelerationMps2: number;
}

/** One lap, driven once and looked up afterwards. */
export interface Timetable {
  readonly lapS: number;
  /** @param timeS since the start of the lap, below `lapS` */
  motionAt(timeS: number): Motion;
}

/**
 * Drives one lap as fast as the limits allow: what a bend or a stop demands is carried forward by the braking, and back by the
 * acceleration, that the driver accepts.
 */
export function buildTimetable(route: Route, style: DrivingStyle): Timetable {
  const cellCount = Math.ceil(route.lengthM / TARGET_CELL_M);
  const cellM = route.lengthM / cellCount;
  const dwellS = new Float64Array(cellCount + 1);
  for (const { distanceM, durationS } of style.stops) dwellS[Math.round(distanceM / cellM)] = durationS;

  const speeds = Float64Array.from(dwellS, (dwell, index) => {
    const curvature = Math.abs(route.pointAt(index * cellM).curvaturePerM);
    return dwell > 0 || index === cellCount
      ? 0
      : Math.min(style.speedLimitMps, Math.sqrt(style.lateralMps2 / curvature));
  });
  for (let index = 1; index <= cellCount; index++) {
    limitTo(speeds, index, reachable(speeds[index - 1], style.accelerationMps2, cellM));
  }
  for (let index = cellCount - 1; index >= 0; index--) {
    limitTo(speeds, index, reachable(speeds[index + 1], style.brakingMps2, cellM));
  }

  const knots: Knot[] = [];
  let timeS = 0;
  for (let index = 0; index <= cellCount; index++) {
    const knot = { distanceM: index * cellM, speedMps: speeds[index] ?? 0 };
    knots.push({ ...knot, timeS });
    timeS += dwellS[index] ?? 0;
    if ((dwellS[index] ?? 0) > 0) knots.push({ ...knot, timeS });
    timeS += (2 * cellM) / (knot.speedMps + (speeds[index + 1] ?? 0));
  }
  const lapS = knots.at(-1)?.timeS ?? 0;
  return { lapS, motionAt: (time) => interpolate(knots, time) };
}

interface Knot {
  readonly timeS: number;
  readonly distanceM: number;
  readonly speedMps: number;
}

const TARGET_CELL_M = 1;

function reachable(speedMps: number | undefined, accelerationMps2: number, distanceM: number): number {
  return Math.sqrt((speedMps ?? 0) ** 2 + 2 * accelerationMps2 * distanceM);
}

function limitTo(speeds: Float64Array, index: number, limit: number): void {
  speeds[index] = Math.min(speeds[index] ?? 0, limit);
}

/** Between two knots the acceleration is constant. */
function interpolate(knots: readonly Knot[], timeS: number): Motion {
  let low = 0;
  let high = knots.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((knots[middle]?.timeS ?? 0) <= timeS) low = middle;
    else high = middle;
  }
  const from = knots[low];
  const to = knots[high];
  if (from === undefined || to === undefined) throw new RangeError('a timetable needs two knots');
  const accelerationMps2 = (to.speedMps - from.speedMps) / (to.timeS - from.timeS);
  const elapsedS = Math.min(timeS, to.timeS) - from.timeS;
  return {
    distanceM: from.distanceM + from.speedMps * elapsedS + (accelerationMps2 * elapsedS ** 2) / 2,
    speedMps: from.speedMps + accelerationMps2 * elapsedS,
    accelerationMps2,
  };
}
