import { encodeUbxMessage, type UbxMessage } from '#devices/ubx/ubx-message.ts';
import type { EpochFacts } from './fake-receiver.ts';

/** What an epoch is in GPS time, for {@link sayUbxEpoch}. */
export interface GpsMoment {
  readonly week: number;
  readonly itowMs: number;
}

/** The GPS time of a Unix time since 2017, when it was 18 s ahead of UTC. */
export function gpsMoment(unixMs: number): GpsMoment {
  const gpsMs = unixMs + 18_000 - Date.UTC(1980, 0, 6);
  const weekMs = 7 * 86_400_000;
  return { week: Math.floor(gpsMs / weekMs), itowMs: gpsMs % weekMs };
}

/** A u-blox receiver for tests: says one epoch in the messages asked for, such as `['NAV-PVT', 'NAV-DOP', 'NAV-EOE']`, as bytes. */
export function sayUbxEpoch(facts: EpochFacts, moment: GpsMoment, types: readonly UbxMessage['type'][]): Uint8Array {
  return Buffer.concat(types.map((type) => encodeUbxMessage(say(facts, moment, type))));
}

function say(facts: EpochFacts, { week, itowMs }: GpsMoment, type: UbxMessage['type']): UbxMessage {
  const { timeOfDayMs, dateUnixMs, mode, latitudeDeg = 48.137154, longitudeDeg = 11.576124, speedMps = 13.5 } = facts;
  const fix = { fixType: mode, isFixOk: mode !== 'none', isDifferential: false } as const;
  const place = { latitudeDeg, longitudeDeg, altitudeHaeM: 566.7, altitudeMslM: 519.2 };
  const accuracy = { horizontalAccuracyM: 1.5, verticalAccuracyM: 2.5 };
  const velocity = { velocityNorthMps: 0, velocityEastMps: speedMps, velocityDownMps: -0.5, speedMps, headingDeg: 90 };
  const velocityAccuracy = { speedAccuracyMps: 0.2, headingAccuracyDeg: 1 };
  const utc = { timeOfDayMs, dateUnixMs, timeAccuracyNs: 30 };
  switch (type) {
    case 'NAV-PVT':
      return { type, itowMs, ...utc, ...fix, ...place, ...accuracy, ...velocity, ...velocityAccuracy, ...REST_OF_PVT };
    case 'NAV-SOL':
      return {
        type,
        itowMs,
        fractionNs: 0,
        week,
        isTowValid: true,
        ...fix,
        // 48.137154 N, 11.576124 E, 566.7 m.
        ecefM: { x: 4_178_001.07, y: 855_806.21, z: 4_727_489.3 },
        positionAccuracyM: 3,
        ecefVelocityMps: { x: -2.71, y: 13.23, z: 0 },
        speedAccuracyMps: 0.3,
        pdop: 1.4,
        satellitesUsed: 9,
      };
    case 'NAV-STATUS':
      return {
        type,
        itowMs,
        ...fix,
        isWeekValid: true,
        isTowValid: true,
        carrierSolution: 'none',
        spoofing: 'none',
        timeToFirstFixMs: 26_000,
        uptimeMs: 60_000,
      };
    case 'NAV-POSLLH':
      return { type, itowMs, ...place, ...accuracy };
    case 'NAV-VELNED':
      return { type, itowMs, ...velocity, ...velocityAccuracy, speed3dMps: speedMps };
    case 'NAV-TIMEUTC':
      return { type, itowMs, ...utc, isTowValid: true, isWeekValid: true, isUtcValid: true };
    case 'NAV-TIMEGPS':
      return { type, itowMs, fractionNs: 0, isTowValid: true, week, leapSeconds: 18, timeAccuracyNs: 30 };
    case 'NAV-DOP':
      return { type, itowMs, gdop: 2, pdop: 1.3, tdop: 1, vdop: 1.1, hdop: 0.7, ndop: 0.5, edop: 0.5 };
    case 'NAV-EOE':
      return { type, itowMs };
    default:
      throw new Error(`no message ${type}`);
  }
}

const REST_OF_PVT = {
  isTimeResolved: true,
  isDateConfirmed: undefined,
  isTimeConfirmed: undefined,
  carrierSolution: 'none',
  satellitesUsed: 17,
  pdop: 1.2,
  vehicleHeadingDeg: undefined,
  magneticDeclinationDeg: undefined,
  magneticDeclinationAccuracyDeg: undefined,
} as const;
