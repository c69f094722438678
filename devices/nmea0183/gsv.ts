/**
 * GSV, GNSS Satellites in View: one page of what a receiver sees of one satellite system on one signal. It states no time.
 * A complete view is `pageCount` pages of one talker and one signal.
 */
export interface Gsv {
  readonly pageCount: number;
  /** From 1. */
  readonly page: number;
  /** Over all pages. */
  readonly satellitesVisible: number | undefined;
  /** At most 4. */
  readonly satellites: readonly SatelliteInView[];
  /** NMEA 4.1 and later; which signal a number means depends on the system. */
  readonly signalId: number | undefined;
}

/** A satellite in the sky of a receiver. */
export interface SatelliteInView {
  /** Numbered as NMEA 4.11 does per system, or as the receiver likes. */
  readonly id: number;
  /** Above the horizon; below it negative. */
  readonly elevationDeg: number | undefined;
  /** Clockwise from true north. */
  readonly azimuthDeg: number | undefined;
  /** Carrier to noise density; absent when the satellite is not tracked. */
  readonly signalDbHz: number | undefined;
}
