import type { GnssReport } from '#gateway/model/gnss-report.ts';

/**
 * What gpsd's protocol says of one report: a TPV, and where they are known a SKY and a TOFF. An epoch that did not pass the gate is «no fix»
 * here: clients of gpsd know no word for a position that is not to be believed.
 *
 * @see https://gpsd.gitlab.io/gpsd/gpsd_json.html
 */
export function gpsdReports(report: GnssReport, hostMs: number): readonly object[] {
  const { trustedUnixMs } = report;
  return [
    composeTpv(report),
    ...(report.epoch.sky === undefined ? [] : [composeSky(report, report.epoch.sky)]),
    ...(trustedUnixMs === undefined ? [] : [composeToff(report.path, trustedUnixMs, hostMs)]),
  ];
}

/** Time, position, velocity. SI units, degrees; what is not known is absent. */
export function composeTpv({ path, epoch, isGood, trustedUnixMs }: GnssReport): object {
  const head = { class: 'TPV', device: path, ...(trustedUnixMs === undefined ? {} : { time: isoTime(trustedUnixMs) }) };
  if (!isGood || epoch.mode === 'none') return { ...head, mode: NO_FIX };
  return {
    ...head,
    mode: epoch.mode === '3d' ? 3 : 2,
    lat: epoch.latitudeDeg,
    lon: epoch.longitudeDeg,
    altHAE: epoch.altitudeHaeM,
    altMSL: epoch.altitudeMslM,
    // Deprecated, and all that older clients know.
    alt: epoch.altitudeMslM,
    geoidSep: epoch.geoidSeparationM,
    track: epoch.headingDeg,
    speed: epoch.speedMps,
    climb: epoch.climbMps,
    eph: epoch.horizontalAccuracyM,
    epv: epoch.verticalAccuracyM,
    eps: epoch.speedAccuracyMps,
  };
}

/** Satellites in view. */
export function composeSky({ path, epoch }: GnssReport, sky: NonNullable<GnssReport['epoch']['sky']>): object {
  return {
    class: 'SKY',
    device: path,
    hdop: epoch.hdop,
    vdop: epoch.vdop,
    pdop: epoch.pdop,
    nSat: sky.length,
    uSat: sky.filter(({ isUsed }) => isUsed).length,
    satellites: sky.map(({ system, id, elevationDeg, azimuthDeg, signalDbHz, isUsed }) => {
      const { gnssid, firstPrn } = SYSTEMS[system];
      const az = azimuthDeg === 360 ? 0 : azimuthDeg;
      return { PRN: firstPrn + id, gnssid, svid: id, el: elevationDeg, az, ss: signalDbHz, used: isUsed };
    }),
  };
}

/** How far the clock of the host is from the receiver: the same moment by the one and by the other. */
function composeToff(path: string, unixMs: number, hostMs: number): object {
  return { class: 'TOFF', device: path, ...secondsOf('real', unixMs), ...secondsOf('clock', hostMs) };
}

function secondsOf(name: 'real' | 'clock', unixMs: number): Readonly<Record<string, number>> {
  const seconds = Math.floor(unixMs / 1000);
  return { [`${name}_sec`]: seconds, [`${name}_nsec`]: Math.floor((unixMs - seconds * 1000) * 1e6) };
}

function isoTime(unixMs: number): string {
  return new Date(unixMs).toISOString();
}

const NO_FIX = 1;

/** gpsd's numbers: `gnssid` as u-blox has it, and where the satellites of a system begin among the `PRN`s. */
const SYSTEMS = {
  gps: { gnssid: 0, firstPrn: 0 },
  sbas: { gnssid: 1, firstPrn: 0 },
  galileo: { gnssid: 2, firstPrn: 300 },
  beidou: { gnssid: 3, firstPrn: 400 },
  imes: { gnssid: 4, firstPrn: 172 },
  qzss: { gnssid: 5, firstPrn: 192 },
  glonass: { gnssid: 6, firstPrn: 64 },
  navic: { gnssid: 7, firstPrn: 500 },
  other: { gnssid: undefined, firstPrn: 0 },
} as const;
