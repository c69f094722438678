import type { SatelliteSystem } from '#devices/gps/sky-view.ts';

/** UBX-NAV-SVINFO, the satellites in view of receivers up to generation 7: what NAV-SAT is to later ones. */
export interface NavSvinfo {
  readonly type: 'NAV-SVINFO';
  readonly itowMs: number;
  /** 0 Antaris, 1 u-blox 5, 2 u-blox 6, 3 u-blox 7, 4 u-blox 8. */
  readonly chipGeneration: number;
  readonly satellites: readonly NavSvinfoSatellite[];
}

/** A satellite of {@link NavSvinfo}. */
export interface NavSvinfoSatellite {
  /** By the range of its number. */
  readonly system: SatelliteSystem;
  /** u-blox' numbering over all systems: GPS 1 to 32, SBAS 120 to 158, GLONASS 65 to 96, BeiDou 33 to 64 and 159 to 163, QZSS 193 to 202, Galileo 211 to 246; 255 is a GLONASS satellite whose number is unknown. */
  readonly id: number;
  readonly channel: number;
  /** Carrier to noise density; undefined without a signal. */
  readonly signalDbHz: number | undefined;
  /** Over the horizon, -90 to 90. */
  readonly elevationDeg: number | undefined;
  /** True, 0 to 360. */
  readonly azimuthDeg: number | undefined;
  readonly pseudorangeResidualM: number;
  /** 0 idle, 1 searching, 2 acquired, 3 unusable, 4 code locked, 5 to 7 code and carrier locked. */
  readonly signalQuality: number;
  readonly isUsed: boolean;
  readonly isUnhealthy: boolean;
  readonly isDifferential: boolean;
  readonly hasEphemeris: boolean;
}
