import { type FixMethod, QUALITY_BY_LETTER } from '#devices/nmea0183/fix-quality.ts';

/** What a fix must be to be published as valid, as configured for each receiver; what is not stated is not held against it. */
export interface GnssQuality {
  readonly mode: '2d' | '3d';
  readonly maxHdop: number;
  /** One sigma; where a receiver states it, it decides in place of hdop. */
  readonly maxHorizontalAccuracyM: number;
  readonly minSatellites: number;
  readonly maxSpeedKmh: number;
  readonly methods: readonly FixMethod[];
}

/** Every way in which a position may come about. */
export const FIX_METHODS: readonly FixMethod[] = Object.values(QUALITY_BY_LETTER).filter(
  (quality) => quality !== 'invalid',
);

/** Unless configured otherwise: what navigates on land. Dead reckoning counts, as a tunnel needs it; what was typed in or simulated does not. */
export const DEFAULT_GNSS_QUALITY: GnssQuality = {
  mode: '3d',
  maxHdop: 5,
  maxHorizontalAccuracyM: 50,
  minSatellites: 4,
  maxSpeedKmh: 350,
  methods: FIX_METHODS.filter((method) => method !== 'manual' && method !== 'simulated'),
};

/** What becomes of a date that a receiver's lost count of weeks has put before the release. */
export type WeekRollover = 'refuse' | 'correct';

/** How often the satellites in view are published, unless configured otherwise. */
export const DEFAULT_SKY_INTERVAL_MS = 10_000;
