import type { GnssEpoch } from '#devices/gps/gnss-epoch.ts';
import type { FixMethod } from '#devices/nmea0183/fix-quality.ts';

/** A file format for epochs, written as a stream: what stands before them, each of them, and what stands behind. */
export interface EpochFormat {
  begin(): string;
  /** Empty where the format has no place for such an epoch. */
  add(epoch: GnssEpoch): string;
  end(): string;
}

/** An epoch in the neutral record that other decoders' output is compared with; what is undefined was not stated. */
export interface FixRecord {
  /** UTC, ISO 8601. */
  readonly t: string | undefined;
  /** 1 none, 2 two-dimensional, 3 three-dimensional. */
  readonly mode: 1 | 2 | 3;
  /** Degrees. */
  readonly lat: number | undefined;
  readonly lon: number | undefined;
  /** Metres. */
  readonly altMSL: number | undefined;
  readonly altHAE: number | undefined;
  readonly geoidSep: number | undefined;
  /** Metres per second. */
  readonly speed: number | undefined;
  /** Course over ground, degrees true. */
  readonly track: number | undefined;
  /** Metres per second, up positive. */
  readonly climb: number | undefined;
  /** Where the bow points, degrees true. */
  readonly heading: number | undefined;
  /** One sigma, metres. */
  readonly hAcc: number | undefined;
  readonly vAcc: number | undefined;
  readonly satsUsed: number | undefined;
  readonly satsVisible: number | undefined;
  readonly hdop: number | undefined;
  readonly pdop: number | undefined;
  readonly vdop: number | undefined;
  /** Absent for a position of satellites alone, without corrections. */
  readonly method: Exclude<FixMethod, 'autonomous'> | undefined;
}

/** The neutral record of an epoch. */
export function recordOf(epoch: GnssEpoch): FixRecord {
  return {
    t: epoch.unixMs === undefined ? undefined : new Date(epoch.unixMs).toISOString(),
    mode: MODE_NUMBER[epoch.mode],
    lat: rounded(epoch.latitudeDeg, 9),
    lon: rounded(epoch.longitudeDeg, 9),
    altMSL: epoch.altitudeMslM,
    altHAE: epoch.altitudeHaeM,
    geoidSep: epoch.geoidSeparationM,
    speed: rounded(epoch.speedMps, 3),
    track: epoch.headingDeg,
    climb: rounded(epoch.climbMps, 3),
    heading: epoch.trueHeadingDeg,
    hAcc: epoch.horizontalAccuracyM,
    vAcc: epoch.verticalAccuracyM,
    satsUsed: epoch.satellitesUsed,
    satsVisible: epoch.satellitesVisible,
    hdop: epoch.hdop,
    pdop: epoch.pdop,
    vdop: epoch.vdop,
    method: epoch.method === 'autonomous' ? undefined : epoch.method,
  };
}

const MODE_NUMBER = { none: 1, '2d': 2, '3d': 3 } as const;

/** Computed values carry digits that no receiver stated. */
function rounded(value: number | undefined, decimals: number): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(decimals));
}
