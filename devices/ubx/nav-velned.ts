import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import {
  readAccuracy,
  readHeadingDeg,
  readScaled,
  writeAccuracy,
  writeHeadingDeg,
  writeScaled,
} from './payload-field.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-NAV-VELNED, a velocity. It does not say whether there is a fix: NAV-STATUS or NAV-SOL of the same epoch does [S2]. */
export interface NavVelned {
  readonly type: 'NAV-VELNED';
  readonly itowMs: number;
  readonly velocityNorthMps: number;
  readonly velocityEastMps: number;
  /** Down positive. */
  readonly velocityDownMps: number;
  /** In three dimensions. */
  readonly speed3dMps: number;
  /** Over ground, horizontal. */
  readonly speedMps: number;
  /** Of motion, over ground, degrees true, 0 up to but without 360. */
  readonly headingDeg: number;
  /** One sigma. */
  readonly speedAccuracyMps: number | undefined;
  readonly headingAccuracyDeg: number | undefined;
}

/**
 * ```text
 *  0     4     8     12    16     20      24       28    32
 *  iTOW  velN  velE  velD  speed  gSpeed  heading  sAcc  cAcc
 * ```
 * @see u-blox 6 receiver description, UBX-NAV-VELNED (01 12)
 */
export function decodeNavVelned(payload: DataView): Decoded<NavVelned, UbxRejection> {
  if (payload.byteLength !== PAYLOAD_BYTES) return rejected('wrong-length');
  return decoded({
    type: 'NAV-VELNED',
    itowMs: payload.getUint32(0, true),
    velocityNorthMps: readScaled(payload, 4, 100),
    velocityEastMps: readScaled(payload, 8, 100),
    velocityDownMps: readScaled(payload, 12, 100),
    speed3dMps: payload.getUint32(16, true) / 100,
    speedMps: payload.getUint32(20, true) / 100,
    headingDeg: readHeadingDeg(payload, 24),
    speedAccuracyMps: readAccuracy(payload, 28, 100),
    headingAccuracyDeg: readAccuracy(payload, 32, 1e5),
  });
}

/** The inverse of {@link decodeNavVelned}. */
export function encodeNavVelned(message: NavVelned): DataView {
  const payload = new DataView(new ArrayBuffer(PAYLOAD_BYTES));
  payload.setUint32(0, message.itowMs, true);
  writeScaled(payload, 4, message.velocityNorthMps, 100);
  writeScaled(payload, 8, message.velocityEastMps, 100);
  writeScaled(payload, 12, message.velocityDownMps, 100);
  payload.setUint32(16, Math.round(message.speed3dMps * 100), true);
  payload.setUint32(20, Math.round(message.speedMps * 100), true);
  writeHeadingDeg(payload, 24, message.headingDeg);
  writeAccuracy(payload, 28, message.speedAccuracyMps, 100);
  writeAccuracy(payload, 32, message.headingAccuracyDeg, 1e5);
  return payload;
}

const PAYLOAD_BYTES = 36;
