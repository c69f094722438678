import type { UbxUtc } from './ubx-utc.ts';

/**
 * UBX-NAV-PVT, position, velocity and time of one navigation epoch: the one message that states a whole fix.
 * `undefined` is «not stated»: position and motion are undefined unless the receiver vouches for them ({@link NavPvt.isFixOk} and a
 * fix type with a position) [S2].
 */
export interface NavPvt extends UbxUtc {
  readonly type: 'NAV-PVT';
  /** GPS time of week of the epoch; common to all messages of one epoch. */
  readonly itowMs: number;
  /** False while the leap seconds, the week or the second may still be wrong. */
  readonly isTimeResolved: boolean;
  /** Whether date and time were confirmed by a second source; undefined where the receiver does not tell. */
  readonly isDateConfirmed: boolean | undefined;
  readonly isTimeConfirmed: boolean | undefined;
  readonly timeAccuracyNs: number | undefined;
  readonly fixType: UbxFixType;
  /** The fix is within the receiver's limits of dilution and accuracy. */
  readonly isFixOk: boolean;
  readonly isDifferential: boolean;
  readonly carrierSolution: CarrierSolution;
  readonly satellitesUsed: number;
  readonly latitudeDeg: number | undefined;
  readonly longitudeDeg: number | undefined;
  /** Above the ellipsoid; in a 2D fix an assumption of the receiver. */
  readonly altitudeHaeM: number | undefined;
  /** Above mean sea level; in a 2D fix an assumption of the receiver. */
  readonly altitudeMslM: number | undefined;
  /** One sigma, as the receiver estimates it; so are the other accuracies. */
  readonly horizontalAccuracyM: number | undefined;
  readonly verticalAccuracyM: number | undefined;
  readonly velocityNorthMps: number | undefined;
  readonly velocityEastMps: number | undefined;
  /** Down positive. */
  readonly velocityDownMps: number | undefined;
  /** Over ground, horizontal. */
  readonly speedMps: number | undefined;
  /** Of motion, over ground, degrees true, 0 up to but without 360. */
  readonly headingDeg: number | undefined;
  readonly speedAccuracyMps: number | undefined;
  readonly headingAccuracyDeg: number | undefined;
  readonly pdop: number;
  /** Where the bow points, by fused sensors, degrees true, 0 up to but without 360. Protocol 15 and later. */
  readonly vehicleHeadingDeg: number | undefined;
  /** East positive. Protocol 15 and later. */
  readonly magneticDeclinationDeg: number | undefined;
  readonly magneticDeclinationAccuracyDeg: number | undefined;
}

/** How a position came about; `timeOnly` and `none` have no position. */
export type UbxFixType = 'none' | 'deadReckoning' | '2d' | '3d' | 'gnssDeadReckoning' | 'timeOnly';

/** Whether carrier phase ambiguities are estimated (`float`) or solved (`fixed`): RTK. */
export type CarrierSolution = 'none' | 'float' | 'fixed';
