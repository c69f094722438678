import type { GnssReport } from '#gateway/model/gnss-report.ts';

/** A report of a good fix, for tests. */
export function sampleReport(changes: Partial<GnssReport> = {}): GnssReport {
  return {
    device: 'gps0',
    path: '/dev/gps',
    arrival: { wallMs: 0, monotonicMs: 0, clockRun: '0'.repeat(16), quality: 'none' },
    isGood: true,
    trustedUnixMs: Date.UTC(2026, 10, 21, 12),
    epoch: {
      unixMs: Date.UTC(2026, 10, 21, 12),
      mode: '3d',
      isModeStated: true,
      latitudeDeg: 48.137154,
      longitudeDeg: 11.576124,
      altitudeMslM: 519.2,
      altitudeHaeM: 566.7,
      speedMps: 13.5,
      headingDeg: 271.25,
      climbMps: -0.5,
      hdop: 0.9,
      satellitesUsed: 11,
    },
    ...changes,
  };
}
