import type { FixMethod } from '#devices/nmea0183/fix-quality.ts';
import type { FixMode } from '#devices/nmea0183/gsa.ts';

/**
 * What a receiver said of one moment, over all its sentences. Absent is «not stated», never 0 [S2].
 * An epoch of mode `none` has neither position nor motion: void and stale positions are dropped.
 */
export interface GnssEpoch {
  /** Unix time by the receiver; absent until it has stated a date. A leap second has the time of the second after it. */
  readonly unixMs?: number;
  /** Since midnight UTC, 0 to 86,400,999; absent until the receiver knows the time. */
  readonly timeOfDayMs?: number;
  readonly mode: FixMode;
  /** False when the mode was concluded: without GSA a position with an altitude counts as 3D, one without as 2D. */
  readonly isModeStated: boolean;
  readonly latitudeDeg?: number;
  readonly longitudeDeg?: number;
  /** Above mean sea level; only in 3D, for in 2D it is an assumption of the receiver. */
  readonly altitudeMslM?: number;
  /** Above the ellipsoid; only in 3D. */
  readonly altitudeHaeM?: number;
  /** Mean sea level above the ellipsoid. */
  readonly geoidSeparationM?: number;
  readonly speedMps?: number;
  /** Course over ground, degrees true, 0 to 360. */
  readonly headingDeg?: number;
  readonly hdop?: number;
  readonly pdop?: number;
  readonly vdop?: number;
  readonly satellitesUsed?: number;
  /** How the position came about. */
  readonly method?: FixMethod;
}
