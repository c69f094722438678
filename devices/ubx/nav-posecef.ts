import type { Ecef } from './nav-sol.ts';

/** UBX-NAV-POSECEF, a position in earth-centred coordinates. It does not say whether there is a fix: NAV-STATUS or NAV-SOL does. */
export interface NavPosecef {
  readonly type: 'NAV-POSECEF';
  readonly itowMs: number;
  readonly ecefM: Ecef;
  /** One sigma, in three dimensions. */
  readonly positionAccuracyM: number;
}
