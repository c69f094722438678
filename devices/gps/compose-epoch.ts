import type { FixMethod, FixQuality } from '#devices/nmea0183/fix-quality.ts';
import type { FixMode } from '#devices/nmea0183/gsa.ts';
import { geodeticPosition, groundMotion } from './geodetic-position.ts';
import type { GnssEpoch } from './gnss-epoch.ts';
import type { GnssMessage, MessageOf } from './gnss-message.ts';
import { withoutRivals } from './rival-receivers.ts';
import { Statements } from './statements.ts';
import { vouchForFix } from './vouch-for-fix.ts';

/** An epoch that is not finished. */
export type UnfinishedEpoch = { -readonly [Key in keyof GnssEpoch]: GnssEpoch[Key] };

/** When an epoch was, as far as the receiver knows. */
export type EpochTime = Pick<GnssEpoch, 'unixMs' | 'timeOfDayMs' | 'isTimeResolved'>;

/** What the epochs before tell. */
export interface EpochContext {
  readonly previous: GnssEpoch | undefined;
  /** The last one with a fix: where to go on if two receivers contradict each other. */
  readonly previousFix: GnssEpoch | undefined;
  /** The receiver says RMC in most epochs. */
  readonly isRmcUsual: boolean;
}

/**
 * Puts together what the messages of one moment say, in any order. A position counts only if its own message vouches for it and
 * no other message of the epoch denies it [S2].
 *
 * @param context what is known of the receiver from the epochs before
 */
export function composeEpoch(
  messages: readonly GnssMessage[],
  time: EpochTime,
  { previous, previousFix, isRmcUsual }: EpochContext,
): UnfinishedEpoch {
  const said = new Statements(withoutRivals(messages, previousFix));
  // VTG states no time. Where an RMC is missing that should be here, it may be that of another epoch.
  if (isRmcUsual && said.rmc === undefined) said.vtg = undefined;
  const isDenied = said.isDenied || said.gsa?.mode === 'none';
  const epoch: UnfinishedEpoch = { ...time, mode: 'none', isModeStated: isDenied };
  if (!isDenied) placeEpoch(epoch, said, previous?.mode);
  addPrecision(epoch, said);
  return epoch;
}

/** Gives the epoch its position and what goes with it, if there is one. */
function placeEpoch(epoch: UnfinishedEpoch, said: Statements, previousMode: FixMode | undefined): void {
  if (!addPosition(epoch, said)) return;
  addHeight(epoch, said);
  const statedMode = statedModeOf(said);
  epoch.isModeStated = statedMode !== undefined;
  epoch.mode = statedMode ?? concludeMode(epoch, said, previousMode);
  if (epoch.mode !== '3d') {
    delete epoch.altitudeMslM;
    delete epoch.altitudeHaeM;
    delete epoch.geoidSeparationM;
  }
  addMotion(epoch, said);
  addAccuracy(epoch, said);
}

/** By the height. A receiver that has said nothing of it this time (GGA in every fifth epoch only) is where it was. */
function concludeMode(
  { altitudeMslM, altitudeHaeM }: UnfinishedEpoch,
  { gga, gns }: Statements,
  previousMode: FixMode | undefined,
): FixMode {
  if (altitudeMslM !== undefined || altitudeHaeM !== undefined) return '3d';
  return gga === undefined && gns === undefined && previousMode === '3d' ? '3d' : '2d';
}

function statedModeOf({ pvt, sol, status, gsa, pubx }: Statements): FixMode | undefined {
  const fixType = (pvt ?? sol ?? status)?.fixType;
  if (fixType === undefined) return gsa?.mode ?? pubxMode(pubx);
  return fixType === '3d' || fixType === 'gnssDeadReckoning' ? '3d' : '2d';
}

/** Of dead reckoning PUBX,00 does not tell. */
function pubxMode(pubx: MessageOf<'PUBX00'> | undefined): FixMode | undefined {
  switch (pubx?.navigation) {
    case '2d':
    case 'differential2d':
      return '2d';
    case '3d':
    case 'differential3d':
      return '3d';
    default:
      return undefined;
  }
}

/** From the message that is most exact and most telling. */
function addPosition(epoch: UnfinishedEpoch, said: Statements): boolean {
  const { pvt, gga, gns, rmc, gll, pubx } = said;
  if (place(epoch, pvt)) return addMethod(epoch, ubxMethod(pvt));
  if (placeByOldUbx(epoch, said)) return true;
  if (place(epoch, gga)) return addMethod(epoch, methodOf(gga.quality));
  if (place(epoch, gns)) return addMethod(epoch, bestMethod(gns.qualities));
  if (place(epoch, rmc)) return addMethod(epoch, methodOf(rmc.quality));
  if (place(epoch, gll)) return addMethod(epoch, methodOf(gll.quality));
  return place(epoch, pubx) && addMethod(epoch, pubxMethod(pubx));
}

function place<T extends GnssMessage & Partial<PlaceFields>>(
  epoch: UnfinishedEpoch,
  message: T | undefined,
): message is T {
  if (message?.latitudeDeg === undefined || message.longitudeDeg === undefined) return false;
  if (vouchForFix(message) !== true) return false;
  epoch.latitudeDeg = message.latitudeDeg;
  epoch.longitudeDeg = message.longitudeDeg;
  return true;
}

interface PlaceFields {
  readonly latitudeDeg: number | undefined;
  readonly longitudeDeg: number | undefined;
}

/** Receivers before NAV-PVT: NAV-SOL or NAV-STATUS vouches for the fix, NAV-POSLLH or earth-centred coordinates say where. */
function placeByOldUbx(epoch: UnfinishedEpoch, { sol, status, posllh, posecef }: Statements): boolean {
  const voucher = sol ?? status;
  if (voucher === undefined || vouchForFix(voucher) !== true) return false;
  const ecefM = sol?.ecefM ?? posecef?.ecefM;
  const position = posllh ?? (ecefM && geodeticPosition(ecefM));
  if (position === undefined) return false;
  epoch.latitudeDeg = position.latitudeDeg;
  epoch.longitudeDeg = position.longitudeDeg;
  return addMethod(epoch, ubxMethod(voucher));
}

function addMethod(epoch: UnfinishedEpoch, method: FixMethod | undefined): true {
  if (method !== undefined) epoch.method = method;
  return true;
}

function addHeight(epoch: UnfinishedEpoch, { pvt, sol, posllh, posecef, gga, gns, pubx }: Statements): void {
  const ubx = pvt ?? posllh;
  const ecefM = sol?.ecefM ?? posecef?.ecefM;
  if (ubx !== undefined) {
    set(epoch, 'altitudeMslM', ubx.altitudeMslM);
    set(epoch, 'altitudeHaeM', ubx.altitudeHaeM);
  } else if (ecefM !== undefined) {
    set(epoch, 'altitudeHaeM', geodeticPosition(ecefM)?.altitudeHaeM);
  }
  const sentence = gga?.altitudeMslM === undefined ? (gns ?? gga) : gga;
  const separationM = sentence?.geoidSeparationM;
  set(epoch, 'geoidSeparationM', separationM);
  const mslM = sentence?.altitudeMslM;
  if (epoch.altitudeMslM === undefined) set(epoch, 'altitudeMslM', mslM);
  if (epoch.altitudeHaeM !== undefined) return;
  if (mslM === undefined || separationM === undefined) set(epoch, 'altitudeHaeM', pubx?.altitudeHaeM);
  // Both summands have a few decimals; so has their sum, once the rounding of binary fractions is off.
  else epoch.altitudeHaeM = Math.round((mslM + separationM) * 1e4) / 1e4;
}

function addMotion(epoch: UnfinishedEpoch, { pvt, sol, velned, rmc, vtg, pubx }: Statements): void {
  const sideways = vtg?.quality === 'invalid' ? undefined : vtg;
  const ubx = pvt ?? velned ?? ecefMotion(sol);
  set(epoch, 'speedMps', ubx?.speedMps ?? rmc?.speedMps ?? sideways?.speedMps ?? pubx?.speedMps);
  set(epoch, 'headingDeg', ubx?.headingDeg ?? rmc?.headingDeg ?? sideways?.headingDeg ?? pubx?.headingDeg);
  const downMps = (pvt ?? velned)?.velocityDownMps;
  set(epoch, 'climbMps', downMps === undefined ? (ecefMotion(sol)?.climbMps ?? pubx?.climbMps) : 0 - downMps);
  set(epoch, 'trueHeadingDeg', pvt?.vehicleHeadingDeg);
}

function ecefMotion(sol: MessageOf<'NAV-SOL'> | undefined) {
  if (sol?.ecefM === undefined || sol.ecefVelocityMps === undefined) return undefined;
  const position = geodeticPosition(sol.ecefM);
  return position && groundMotion(sol.ecefVelocityMps, position);
}

function addAccuracy(epoch: UnfinishedEpoch, { pvt, posllh, velned, sol, pubx, gst }: Statements): void {
  const north = gst?.latitudeErrorM;
  const east = gst?.longitudeErrorM;
  const horizontalM = north === undefined || east === undefined ? undefined : Math.hypot(north, east);
  const ubx = pvt ?? posllh;
  set(epoch, 'horizontalAccuracyM', ubx?.horizontalAccuracyM ?? pubx?.horizontalAccuracyM ?? horizontalM);
  set(epoch, 'verticalAccuracyM', ubx?.verticalAccuracyM ?? pubx?.verticalAccuracyM ?? gst?.altitudeErrorM);
  set(epoch, 'speedAccuracyMps', (pvt ?? velned ?? sol)?.speedAccuracyMps);
}

function addPrecision(epoch: UnfinishedEpoch, said: Statements): void {
  const { pvt, sol, dop, gga, gns, gsa, pubx } = said;
  const ubx = pvt ?? sol;
  set(epoch, 'hdop', dop?.hdop ?? gns?.hdop ?? gga?.hdop ?? gsa?.hdop ?? pubx?.hdop);
  set(epoch, 'pdop', dop?.pdop ?? gsa?.pdop ?? ubx?.pdop);
  set(epoch, 'vdop', dop?.vdop ?? gsa?.vdop ?? pubx?.vdop);
  set(epoch, 'satellitesUsed', ubx?.satellitesUsed ?? countSatellites(said) ?? pubx?.satellitesUsed);
}

/** GNS counts all systems, GGA in some receivers only one, or at most 12 satellites: then the GSA list more. */
function countSatellites({ gns, gga, gsa, listedSatellites }: Statements): number | undefined {
  const counted = gns?.satellitesUsed ?? gga?.satellitesUsed;
  const listed = gsa === undefined || gsa.mode === 'none' ? 0 : listedSatellites;
  return listed > (counted ?? 0) ? listed : counted;
}

/** Leaves out what is undefined: in an epoch absent means absent. */
function set<Key extends keyof UnfinishedEpoch>(
  epoch: UnfinishedEpoch,
  key: Key,
  value: UnfinishedEpoch[Key] | undefined,
): void {
  if (value !== undefined) epoch[key] = value;
}

function methodOf(quality: FixQuality | undefined): FixMethod | undefined {
  return quality === 'invalid' ? undefined : quality;
}

function bestMethod(qualities: readonly FixQuality[]): FixMethod | undefined {
  return METHODS_BEST_FIRST.find((method) => qualities.includes(method));
}

function ubxMethod(message: MessageOf<'NAV-PVT' | 'NAV-SOL' | 'NAV-STATUS'>): FixMethod {
  if (message.fixType === 'deadReckoning') return 'estimated';
  if (message.type !== 'NAV-SOL' && message.carrierSolution === 'fixed') return 'rtkFixed';
  if (message.type !== 'NAV-SOL' && message.carrierSolution === 'float') return 'rtkFloat';
  return message.isDifferential ? 'differential' : 'autonomous';
}

function pubxMethod({ navigation }: MessageOf<'PUBX00'>): FixMethod {
  if (navigation === 'deadReckoning') return 'estimated';
  return navigation === 'differential2d' || navigation === 'differential3d' ? 'differential' : 'autonomous';
}

const METHODS_BEST_FIRST = [
  'rtkFixed',
  'rtkFloat',
  'precise',
  'differential',
  'autonomous',
  'estimated',
  'manual',
  'simulated',
] as const satisfies readonly FixMethod[];
