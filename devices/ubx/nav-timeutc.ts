import type { UbxUtc } from './ubx-utc.ts';

/** UBX-NAV-TIMEUTC, the UTC of one epoch: where receivers without NAV-PVT state it. Date and time are undefined unless UTC is valid. */
export interface NavTimeutc extends UbxUtc {
  readonly type: 'NAV-TIMEUTC';
  readonly itowMs: number;
  readonly timeAccuracyNs: number | undefined;
  readonly isTowValid: boolean;
  readonly isWeekValid: boolean;
  /** The leap seconds are known. */
  readonly isUtcValid: boolean;
}
