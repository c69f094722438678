import type { SatelliteSystem } from '#devices/gps/sky-view.ts';

/** UBX-NAV-SAT, every satellite that a receiver of generation 8 and later tracks or expects. */
export interface NavSat {
  readonly type: 'NAV-SAT';
  readonly itowMs: number;
  readonly satellites: readonly NavSatSatellite[];
}

/** A satellite of {@link NavSat}. */
export interface NavSatSatellite {
  readonly system: SatelliteSystem;
  /** Within its system, as u-blox numbers it: GPS 1 to 32, SBAS 120 to 158, Galileo 1 to 36, QZSS 1 to 10, GLONASS 1 to 32; 255 is a GLONASS satellite whose number is unknown. */
  readonly id: number;
  /** Carrier to noise density; undefined without a signal. */
  readonly signalDbHz: number | undefined;
  /** Over the horizon, -90 to 90. */
  readonly elevationDeg: number | undefined;
  /** True, 0 to 360. */
  readonly azimuthDeg: number | undefined;
  readonly pseudorangeResidualM: number;
  /** 0 no signal, 1 searching, 2 acquired, 3 unusable, 4 code locked, 5 to 7 code and carrier locked. */
  readonly signalQuality: number;
  readonly isUsed: boolean;
  readonly health: SatelliteHealth;
  readonly isDifferential: boolean;
  readonly hasEphemeris: boolean;
  readonly hasAlmanac: boolean;
}

/** What a satellite says of itself. */
export type SatelliteHealth = 'unknown' | 'healthy' | 'unhealthy';
