import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { CARRIER_SOLUTIONS, type CarrierSolution, hasPosition, UBX_FIX_TYPES, type UbxFixType } from './fix-type.ts';
import {
  hasBit,
  nameAt,
  packBits,
  readAccuracy,
  readDop,
  readHeadingDeg,
  readScaled,
  writeAccuracy,
  writeDop,
  writeHeadingDeg,
  writeScaled,
} from './payload-field.ts';
import type { UbxRejection } from './ubx-rejection.ts';
import { readUtc, type UbxUtc, writeUtc } from './ubx-utc.ts';

/**
 * UBX-NAV-PVT, position, velocity and time of one navigation epoch: the one message that states a whole fix.
 * `undefined` is «not stated»: position and motion are undefined unless the receiver vouches for them ({@link NavPvt.isFixOk} and a
 * fix type with a position) [S2].
 */
export interface NavPvt extends UbxUtc {
  readonly type: 'NAV-PVT';
  /** GPS time of week of the epoch; common to all messages of one epoch. */
  readonly itowMs: number;
  /** False while the leap seconds, the week or the second may still be wrong. */
  readonly isTimeResolved: boolean;
  /** Whether date and time were confirmed by a second source; undefined where the receiver does not tell. */
  readonly isDateConfirmed: boolean | undefined;
  readonly isTimeConfirmed: boolean | undefined;
  readonly timeAccuracyNs: number | undefined;
  readonly fixType: UbxFixType;
  /** The fix is within the receiver's limits of dilution and accuracy. */
  readonly isFixOk: boolean;
  readonly isDifferential: boolean;
  readonly carrierSolution: CarrierSolution;
  readonly satellitesUsed: number;
  readonly latitudeDeg: number | undefined;
  readonly longitudeDeg: number | undefined;
  /** Above the ellipsoid; in a 2D fix an assumption of the receiver. */
  readonly altitudeHaeM: number | undefined;
  /** Above mean sea level; in a 2D fix an assumption of the receiver. */
  readonly altitudeMslM: number | undefined;
  /** One sigma, as the receiver estimates it; so are the other accuracies. */
  readonly horizontalAccuracyM: number | undefined;
  readonly verticalAccuracyM: number | undefined;
  readonly velocityNorthMps: number | undefined;
  readonly velocityEastMps: number | undefined;
  /** Down positive. */
  readonly velocityDownMps: number | undefined;
  /** Over ground, horizontal. */
  readonly speedMps: number | undefined;
  /** Of motion, over ground, degrees true, 0 up to but without 360. */
  readonly headingDeg: number | undefined;
  readonly speedAccuracyMps: number | undefined;
  readonly headingAccuracyDeg: number | undefined;
  readonly pdop: number;
  /** Where the bow points, by fused sensors, degrees true, 0 up to but without 360. Protocol 15 and later. */
  readonly vehicleHeadingDeg: number | undefined;
  /** East positive. Protocol 15 and later. */
  readonly magneticDeclinationDeg: number | undefined;
  readonly magneticDeclinationAccuracyDeg: number | undefined;
}

/**
 * ```text
 *  0     4   11     12    16    20   21     22      23     24   28   32      36    40    44
 *  iTOW  UTC valid  tAcc  nano  fix  flags  flags2  numSV  lon  lat  height  hMSL  hAcc  vAcc
 *  48    52    56    60      64       68    72       76    78      80        84       88      90
 *  velN  velE  velD  gSpeed  headMot  sAcc  headAcc  pDOP  flags3  reserved  headVeh  magDec  magAcc
 * ```
 * @see u-blox M8 and F9 interface descriptions, UBX-NAV-PVT (01 07)
 */
export function decodeNavPvt(payload: DataView): Decoded<NavPvt, UbxRejection> {
  if (payload.byteLength !== PAYLOAD_BYTES && payload.byteLength !== OLD_PAYLOAD_BYTES) return rejected('wrong-length');
  const valid = payload.getUint8(11);
  const flags = payload.getUint8(21);
  const flags2 = payload.getUint8(22);
  const utc = readUtc(payload, 4, payload.getInt32(16, true), { date: hasBit(valid, 0), time: hasBit(valid, 1) });
  const fixType = nameAt(UBX_FIX_TYPES, payload.getUint8(20), 'none');
  const isFixOk = hasBit(flags, 0);
  const isConfirmationStated = hasBit(flags2, 5);
  const isFix = isFixOk && hasPosition(fixType);
  const isPosition = isFix && !isPositionInvalid(payload);
  if (utc === undefined || (isPosition && !isOnEarth(payload))) return rejected('out-of-range');
  const isVehicleHeading = payload.byteLength === PAYLOAD_BYTES && hasBit(flags, 5);
  const isDeclination = payload.byteLength === PAYLOAD_BYTES && hasBit(valid, 3);
  return decoded({
    type: 'NAV-PVT',
    itowMs: payload.getUint32(0, true),
    dateUnixMs: utc.dateUnixMs,
    timeOfDayMs: utc.timeOfDayMs,
    isTimeResolved: hasBit(valid, 2),
    isDateConfirmed: isConfirmationStated ? hasBit(flags2, 6) : undefined,
    isTimeConfirmed: isConfirmationStated ? hasBit(flags2, 7) : undefined,
    timeAccuracyNs: readAccuracy(payload, 12, 1),
    fixType,
    isFixOk,
    isDifferential: hasBit(flags, 1),
    carrierSolution: nameAt(CARRIER_SOLUTIONS, flags >> 6, 'none'),
    satellitesUsed: payload.getUint8(23),
    latitudeDeg: isPosition ? readScaled(payload, 28, 1e7) : undefined,
    longitudeDeg: isPosition ? readScaled(payload, 24, 1e7) : undefined,
    altitudeHaeM: isPosition ? readScaled(payload, 32, 1e3) : undefined,
    altitudeMslM: isPosition ? readScaled(payload, 36, 1e3) : undefined,
    horizontalAccuracyM: isPosition ? readAccuracy(payload, 40, 1e3) : undefined,
    verticalAccuracyM: isPosition ? readAccuracy(payload, 44, 1e3) : undefined,
    velocityNorthMps: isFix ? readScaled(payload, 48, 1e3) : undefined,
    velocityEastMps: isFix ? readScaled(payload, 52, 1e3) : undefined,
    velocityDownMps: isFix ? readScaled(payload, 56, 1e3) : undefined,
    speedMps: isFix ? readScaled(payload, 60, 1e3) : undefined,
    headingDeg: isFix ? readHeadingDeg(payload, 64) : undefined,
    speedAccuracyMps: isFix ? readAccuracy(payload, 68, 1e3) : undefined,
    headingAccuracyDeg: isFix ? readAccuracy(payload, 72, 1e5) : undefined,
    pdop: readDop(payload, 76),
    vehicleHeadingDeg: isVehicleHeading ? readHeadingDeg(payload, 84) : undefined,
    magneticDeclinationDeg: isDeclination ? payload.getInt16(88, true) / 100 : undefined,
    magneticDeclinationAccuracyDeg: isDeclination ? payload.getUint16(90, true) / 100 : undefined,
  });
}

/**
 * The inverse of {@link decodeNavPvt}.
 *
 * @param sizeBytes 84 as protocols 14 and below send it: without heading of the vehicle and declination
 */
export function encodeNavPvt(message: NavPvt, sizeBytes: 84 | 92 = PAYLOAD_BYTES): DataView {
  const payload = new DataView(new ArrayBuffer(sizeBytes));
  const isConfirmationStated = message.isDateConfirmed !== undefined || message.isTimeConfirmed !== undefined;
  const hasVehicleHeading = message.vehicleHeadingDeg !== undefined && sizeBytes === PAYLOAD_BYTES;
  const hasDeclination = message.magneticDeclinationDeg !== undefined && sizeBytes === PAYLOAD_BYTES;
  payload.setUint32(0, message.itowMs, true);
  payload.setInt32(16, writeUtc(payload, 4, message), true);
  const hasDate = message.dateUnixMs !== undefined;
  const hasTime = message.timeOfDayMs !== undefined;
  payload.setUint8(11, packBits(hasDate, hasTime, message.isTimeResolved, hasDeclination));
  writeAccuracy(payload, 12, message.timeAccuracyNs, 1);
  payload.setUint8(20, UBX_FIX_TYPES.indexOf(message.fixType));
  payload.setUint8(
    21,
    packBits(message.isFixOk, message.isDifferential, false, false, false, hasVehicleHeading) |
      (CARRIER_SOLUTIONS.indexOf(message.carrierSolution) << 6),
  );
  payload.setUint8(
    22,
    packBits(isConfirmationStated, message.isDateConfirmed === true, message.isTimeConfirmed === true) << 5,
  );
  payload.setUint8(23, message.satellitesUsed);
  writePosition(payload, message);
  writeMotion(payload, message);
  writeDop(payload, 76, message.pdop);
  if (hasVehicleHeading) writeHeadingDeg(payload, 84, message.vehicleHeadingDeg);
  if (hasDeclination) {
    payload.setInt16(88, Math.round((message.magneticDeclinationDeg ?? 0) * 100), true);
    payload.setUint16(90, Math.round((message.magneticDeclinationAccuracyDeg ?? 0) * 100), true);
  }
  return payload;
}

function isOnEarth(payload: DataView): boolean {
  return Math.abs(payload.getInt32(24, true)) <= 180e7 && Math.abs(payload.getInt32(28, true)) <= 90e7;
}

function writePosition(payload: DataView, message: NavPvt): void {
  // Receivers of old protocols have no such flag, and no fix without a position either.
  if (message.latitudeDeg === undefined && payload.byteLength === PAYLOAD_BYTES) payload.setUint8(78, 1);
  writeScaled(payload, 24, message.longitudeDeg, 1e7);
  writeScaled(payload, 28, message.latitudeDeg, 1e7);
  writeScaled(payload, 32, message.altitudeHaeM, 1e3);
  writeScaled(payload, 36, message.altitudeMslM, 1e3);
  writeAccuracy(payload, 40, message.horizontalAccuracyM, 1e3);
  writeAccuracy(payload, 44, message.verticalAccuracyM, 1e3);
}

function writeMotion(payload: DataView, message: NavPvt): void {
  writeScaled(payload, 48, message.velocityNorthMps, 1e3);
  writeScaled(payload, 52, message.velocityEastMps, 1e3);
  writeScaled(payload, 56, message.velocityDownMps, 1e3);
  writeScaled(payload, 60, message.speedMps, 1e3);
  writeHeadingDeg(payload, 64, message.headingDeg);
  writeAccuracy(payload, 68, message.speedAccuracyMps, 1e3);
  writeAccuracy(payload, 72, message.headingAccuracyDeg, 1e5);
}

/** The flag `invalidLlh`; before protocol 27 the byte is reserved and 0. */
function isPositionInvalid(payload: DataView): boolean {
  return payload.byteLength === PAYLOAD_BYTES && hasBit(payload.getUint8(78), 0);
}

const PAYLOAD_BYTES = 92;
/** Protocol 14, u-blox 7 and early M8. */
const OLD_PAYLOAD_BYTES = 84;
