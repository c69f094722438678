/** Every satellite that a receiver said to be in view in one complete report (all parts of GSV, or NAV-SAT), whether it has a signal or not. */
export type SkyView = readonly SkySatellite[];

/** One satellite of a {@link SkyView}; what is absent was not stated: a satellite without a signal is expected there by the almanac only. */
export interface SkySatellite {
  readonly system: SatelliteSystem;
  /** As the receiver numbers its satellites; unique within the system. */
  readonly id: number;
  /** Over the horizon, -90 to 90. */
  readonly elevationDeg?: number;
  /** True, 0 to 360. */
  readonly azimuthDeg?: number;
  /** Carrier to noise density of its strongest signal. */
  readonly signalDbHz?: number;
  /** Whether it takes part in the fix. */
  readonly isUsed: boolean;
}

/** Whose satellite; `other` where the receiver does not say or says something unheard of. */
export type SatelliteSystem = 'gps' | 'sbas' | 'glonass' | 'galileo' | 'beidou' | 'qzss' | 'navic' | 'imes' | 'other';
