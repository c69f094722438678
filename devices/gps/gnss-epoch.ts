import type { FixMethod } from '#devices/nmea0183/fix-quality.ts';
import type { FixMode } from '#devices/nmea0183/gsa.ts';
import type { SkyView } from './sky-view.ts';

/**
 * What a receiver said of one moment, over all its sentences. Absent is «not stated», never 0 [S2].
 * An epoch of mode `none` has neither position nor motion: void and stale positions are dropped.
 */
export interface GnssEpoch {
  /** Unix time by the receiver; absent until it has stated a date. A leap second has the time of the second after it. */
  readonly unixMs?: number;
  /** False while the leap seconds or the week of its time may be wrong; absent where a receiver does not tell (NMEA). */
  readonly isTimeResolved?: boolean;
  /** Since midnight UTC, 0 to 86,400,999; absent until the receiver knows the time. */
  readonly timeOfDayMs?: number;
  readonly mode: FixMode;
  /**
   * False when the mode was concluded: without GSA a position with an altitude counts as 3D, one without as 2D, unless nothing was said of
   * the altitude and the epoch before was 3D.
   */
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
  /** Up positive. */
  readonly climbMps?: number;
  /** Where the bow points, degrees true, 0 to 360: by two antennas, a compass or fused sensors. It may be known without a fix. */
  readonly trueHeadingDeg?: number;
  /** One sigma, as the receiver estimates it; so are the two below. */
  readonly horizontalAccuracyM?: number;
  readonly verticalAccuracyM?: number;
  readonly speedAccuracyMps?: number;
  readonly hdop?: number;
  readonly pdop?: number;
  readonly vdop?: number;
  readonly satellitesUsed?: number;
  /** In view, used or not, of all systems. */
  readonly satellitesVisible?: number;
  /** Only in the epoch in which a view has become complete. */
  readonly sky?: SkyView;
  /** How the position came about. */
  readonly method?: FixMethod;
}
