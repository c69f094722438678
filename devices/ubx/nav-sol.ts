import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { type Ecef, readEcef, writeEcef } from './ecef.ts';
import { hasPosition, UBX_FIX_TYPES, type UbxFixType } from './fix-type.ts';
import { hasBit, nameAt, packBits, readAccuracy, readDop, writeAccuracy, writeDop } from './payload-field.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/**
 * UBX-NAV-SOL, the solution in earth-centred coordinates: what receivers up to generation 7 state a whole fix with. Position and velocity are
 * undefined unless the receiver vouches for them [S2].
 */
export interface NavSol {
  readonly type: 'NAV-SOL';
  readonly itowMs: number;
  /** Added to {@link NavSol.itowMs} it is the time of week, -500,000 to 500,000. */
  readonly fractionNs: number;
  /** GPS week since 1980; undefined while not known. */
  readonly week: number | undefined;
  readonly isTowValid: boolean;
  readonly fixType: UbxFixType;
  readonly isFixOk: boolean;
  readonly isDifferential: boolean;
  /** Earth-centred, earth-fixed (WGS 84), metres. */
  readonly ecefM: Ecef | undefined;
  /** One sigma, in three dimensions. */
  readonly positionAccuracyM: number | undefined;
  readonly ecefVelocityMps: Ecef | undefined;
  readonly speedAccuracyMps: number | undefined;
  readonly pdop: number;
  readonly satellitesUsed: number;
}

/**
 * ```text
 *  0     4     8     10      11     12         24    28       40    44    46        47     48
 *  iTOW  fTOW  week  gpsFix  flags  ecefX,Y,Z  pAcc  ecefV    sAcc  pDOP  reserved  numSV  reserved
 * ```
 * @see u-blox 6 receiver description, UBX-NAV-SOL (01 06)
 */
export function decodeNavSol(payload: DataView): Decoded<NavSol, UbxRejection> {
  if (payload.byteLength !== PAYLOAD_BYTES) return rejected('wrong-length');
  const fixType = nameAt(UBX_FIX_TYPES, payload.getUint8(10), 'none');
  const flags = payload.getUint8(11);
  const isFixOk = hasBit(flags, 0);
  const isFix = isFixOk && hasPosition(fixType);
  return decoded({
    type: 'NAV-SOL',
    itowMs: payload.getUint32(0, true),
    fractionNs: payload.getInt32(4, true),
    week: hasBit(flags, 2) ? payload.getInt16(8, true) : undefined,
    isTowValid: hasBit(flags, 3),
    fixType,
    isFixOk,
    isDifferential: hasBit(flags, 1),
    ecefM: isFix ? readEcef(payload, 12) : undefined,
    positionAccuracyM: isFix ? readAccuracy(payload, 24, 100) : undefined,
    ecefVelocityMps: isFix ? readEcef(payload, 28) : undefined,
    speedAccuracyMps: isFix ? readAccuracy(payload, 40, 100) : undefined,
    pdop: readDop(payload, 44),
    satellitesUsed: payload.getUint8(47),
  });
}

/** The inverse of {@link decodeNavSol}. */
export function encodeNavSol(message: NavSol): DataView {
  const payload = new DataView(new ArrayBuffer(PAYLOAD_BYTES));
  const { isFixOk, isDifferential, week, isTowValid } = message;
  payload.setUint32(0, message.itowMs, true);
  payload.setInt32(4, message.fractionNs, true);
  payload.setInt16(8, week ?? 0, true);
  payload.setUint8(10, UBX_FIX_TYPES.indexOf(message.fixType));
  payload.setUint8(11, packBits(isFixOk, isDifferential, week !== undefined, isTowValid));
  writeEcef(payload, 12, message.ecefM);
  writeAccuracy(payload, 24, message.positionAccuracyM, 100);
  writeEcef(payload, 28, message.ecefVelocityMps);
  writeAccuracy(payload, 40, message.speedAccuracyMps, 100);
  writeDop(payload, 44, message.pdop);
  payload.setUint8(47, message.satellitesUsed);
  return payload;
}

const PAYLOAD_BYTES = 52;
