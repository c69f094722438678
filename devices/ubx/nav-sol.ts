import type { UbxFixType } from './nav-pvt.ts';

/**
 * UBX-NAV-SOL, the solution in earth-centred coordinates: what receivers up to generation 7 state a whole fix with. Position and velocity are
 * undefined unless the receiver vouches for them [S2].
 */
export interface NavSol {
  readonly type: 'NAV-SOL';
  readonly itowMs: number;
  /** Added to {@link NavSol.itowMs} it is the time of week, -500,000 to 500,000. */
  readonly fractionNs: number;
  /** GPS week since 1980; undefined while not known. */
  readonly week: number | undefined;
  readonly isTowValid: boolean;
  readonly fixType: UbxFixType;
  readonly isFixOk: boolean;
  readonly isDifferential: boolean;
  /** Earth-centred, earth-fixed (WGS 84), metres. */
  readonly ecefM: Ecef | undefined;
  /** One sigma, in three dimensions. */
  readonly positionAccuracyM: number | undefined;
  readonly ecefVelocityMps: Ecef | undefined;
  readonly speedAccuracyMps: number | undefined;
  readonly pdop: number;
  readonly satellitesUsed: number;
}

/** Earth-centred, earth-fixed. */
export interface Ecef {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}
