import { DEMO_CORNERS, DEMO_ORIGIN, DEMO_STYLE } from './demo-route.ts';
import { buildRoute } from './route.ts';
import { buildTimetable } from './timetable.ts';

/** Everything that the sensors of the vehicle can see at one moment. */
export interface VehicleState {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly altitudeMslM: number;
  readonly speedMps: number;
  /** Along the road; braking is negative. */
  readonly accelerationMps2: number;
  /** Clockwise from north, 0 to 360. */
  readonly headingDeg: number;
  /** Since the start, over all laps. */
  readonly odometerM: number;
  /** 0 while standing. */
  readonly gear: number;
  readonly engineSpeedRpm: number;
  readonly coolantC: number;
  readonly fuelPercent: number;
}

/** The one vehicle that all simulated devices are mounted on: a pure function of the time since its start. */
export type Vehicle = (elapsedMs: number) => VehicleState;

/** The vehicle of the demo, on its loop. */
export function buildDemoVehicle(): Vehicle {
  const route = buildRoute(DEMO_CORNERS);
  const timetable = buildTimetable(route, DEMO_STYLE);
  return (elapsedMs) => {
    const elapsedS = elapsedMs / 1000;
    const laps = Math.floor(elapsedS / timetable.lapS);
    const motion = timetable.motionAt(elapsedS - laps * timetable.lapS);
    const point = route.pointAt(motion.distanceM);
    const odometerM = laps * route.lengthM + motion.distanceM;
    return {
      ...locate(point.eastM, point.northM),
      speedMps: motion.speedMps,
      accelerationMps2: motion.accelerationMps2,
      headingDeg: point.headingDeg,
      odometerM,
      ...engineAt(motion.speedMps),
      coolantC: WARM_COOLANT_C - (WARM_COOLANT_C - COLD_COOLANT_C) * Math.exp(-elapsedS / WARM_UP_S),
      fuelPercent: FULL_PERCENT - ((odometerM / RANGE_M) % 1) * (FULL_PERCENT - RESERVE_PERCENT),
    };
  };
}

/** The same vehicle where it started, standing. */
export function parkedAtStart(vehicle: Vehicle): Vehicle {
  const parked = { ...vehicle(0), speedMps: 0, accelerationMps2: 0 };
  return () => parked;
}

const METRES_PER_DEGREE = 111_195;

/** Flat around the origin: a few kilometres are too short for the difference to show. */
function locate(eastM: number, northM: number) {
  const { latitudeDeg, longitudeDeg, altitudeM } = DEMO_ORIGIN;
  return {
    latitudeDeg: latitudeDeg + northM / METRES_PER_DEGREE,
    longitudeDeg: longitudeDeg + eastM / (METRES_PER_DEGREE * Math.cos((latitudeDeg * Math.PI) / 180)),
    altitudeMslM: altitudeM + HILL_M * Math.sin(eastM / 400) * Math.cos(northM / 500),
  };
}

const HILL_M = 12;

/** Up to which speed each gear is driven, and the engine's revolutions per minute for each km/h in it. */
const GEARS = [
  { upToKmh: 15, rpmPerKmh: 130 },
  { upToKmh: 30, rpmPerKmh: 70 },
  { upToKmh: 45, rpmPerKmh: 48 },
  { upToKmh: Number.POSITIVE_INFINITY, rpmPerKmh: 36 },
] as const;

const IDLE_RPM = 780;

function engineAt(speedMps: number) {
  const speedKmh = speedMps * 3.6;
  if (speedKmh < 0.5) return { gear: 0, engineSpeedRpm: IDLE_RPM };
  const index = GEARS.findIndex(({ upToKmh }) => speedKmh < upToKmh);
  return { gear: index + 1, engineSpeedRpm: Math.max(IDLE_RPM, speedKmh * (GEARS[index]?.rpmPerKmh ?? 0)) };
}

const COLD_COOLANT_C = 18;
const WARM_COOLANT_C = 89;
const WARM_UP_S = 240;

const FULL_PERCENT = 96;
const RESERVE_PERCENT = 8;
/** What a full tank lasts for; then it is full again. */
const RANGE_M = 600_000;
