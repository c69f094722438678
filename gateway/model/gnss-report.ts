import type { GnssEpoch } from '#devices/gps/gnss-epoch.ts';
import type { Stamp } from './message.ts';

/**
 * One epoch of a satellite receiver, told to those who want more of it than its event: the timekeeper, and what hands time and
 * positions to other programs of the host.
 */
export interface GnssReport {
  /** Id of the device, as configured. */
  readonly device: string;
  /** Its serial port. */
  readonly path: string;
  readonly epoch: GnssEpoch;
  /** When the first bytes of the epoch came: the moment that its time is closest to. */
  readonly arrival: Stamp;
  /** Whether it has a fix, and that passed the gate. */
  readonly isGood: boolean;
  /**
   * UTC, Unix milliseconds, as far as one receiver can be believed: absent unless the epoch is good, its date is possible (or was
   * corrected on request), and the receiver does not say itself that leap seconds or week may be wrong.
   */
  readonly trustedUnixMs?: number;
  /** Announced for the end of this UTC day; absent on every other. */
  readonly leapSecond?: 'inserted' | 'deleted';
}

/** Who is told. It must not throw, and answers at once. */
export type ReportGnss = (report: GnssReport) => void;
