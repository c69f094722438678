import type { RouteCorner } from './route.ts';
import type { DrivingStyle } from './timetable.ts';

/** A loop of about three kilometres through a made-up town, clockwise from the depot. */
export const DEMO_CORNERS: readonly RouteCorner[] = [
  { eastM: 0, northM: 0, radiusM: 15 },
  { eastM: 0, northM: 420, radiusM: 40 },
  { eastM: 260, northM: 560, radiusM: 80 },
  { eastM: 300, northM: 860, radiusM: 60 },
  { eastM: 720, northM: 980, radiusM: 120 },
  { eastM: 1010, northM: 700, radiusM: 25 },
  { eastM: 840, northM: 430, radiusM: 50 },
  { eastM: 930, northM: 120, radiusM: 30 },
  { eastM: 480, northM: -40, radiusM: 90 },
];

/** A careful driver: nothing that a detector of harsh driving would report. */
export const DEMO_STYLE: DrivingStyle = {
  speedLimitMps: 50 / 3.6,
  accelerationMps2: 1.6,
  brakingMps2: 2.2,
  lateralMps2: 2.4,
  stops: [
    { distanceM: 0, durationS: 4 },
    { distanceM: 690, durationS: 7 },
    { distanceM: 1750, durationS: 5 },
    { distanceM: 2510, durationS: 9 },
  ],
};

/** Where the route's origin lies. */
export const DEMO_ORIGIN = { latitudeDeg: 48.137154, longitudeDeg: 11.576124, altitudeM: 519 } as const;
