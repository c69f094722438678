import type { CarrierSolution, UbxFixType } from './nav-pvt.ts';

/** UBX-NAV-STATUS, how far a receiver has got. */
export interface NavStatus {
  readonly type: 'NAV-STATUS';
  readonly itowMs: number;
  readonly fixType: UbxFixType;
  /** The fix is within the receiver's limits of dilution and accuracy. */
  readonly isFixOk: boolean;
  readonly isDifferential: boolean;
  readonly isWeekValid: boolean;
  readonly isTowValid: boolean;
  readonly carrierSolution: CarrierSolution;
  /** Whether somebody counterfeits the satellites; `unknown` where the receiver does not watch for it. */
  readonly spoofing: 'unknown' | 'none' | 'indicated' | 'multiple';
  readonly timeToFirstFixMs: number;
  readonly uptimeMs: number;
}
