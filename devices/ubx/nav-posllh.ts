import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { readAccuracy, readScaled, writeAccuracy, writeScaled } from './payload-field.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-NAV-POSLLH, a position. It does not say whether there is a fix: NAV-STATUS or NAV-SOL of the same epoch does [S2]. */
export interface NavPosllh {
  readonly type: 'NAV-POSLLH';
  readonly itowMs: number;
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  /** Above the ellipsoid. */
  readonly altitudeHaeM: number;
  /** Above mean sea level. */
  readonly altitudeMslM: number;
  /** One sigma, as the receiver estimates it; so is the vertical one. */
  readonly horizontalAccuracyM: number | undefined;
  readonly verticalAccuracyM: number | undefined;
}

/**
 * ```text
 *  0     4    8    12      16    20    24
 *  iTOW  lon  lat  height  hMSL  hAcc  vAcc
 * ```
 * @see u-blox 6 receiver description, UBX-NAV-POSLLH (01 02)
 */
export function decodeNavPosllh(payload: DataView): Decoded<NavPosllh, UbxRejection> {
  if (payload.byteLength !== PAYLOAD_BYTES) return rejected('wrong-length');
  const longitudeDeg = readScaled(payload, 4, 1e7);
  const latitudeDeg = readScaled(payload, 8, 1e7);
  if (Math.abs(longitudeDeg) > 180 || Math.abs(latitudeDeg) > 90) return rejected('out-of-range');
  return decoded({
    type: 'NAV-POSLLH',
    itowMs: payload.getUint32(0, true),
    latitudeDeg,
    longitudeDeg,
    altitudeHaeM: readScaled(payload, 12, 1e3),
    altitudeMslM: readScaled(payload, 16, 1e3),
    horizontalAccuracyM: readAccuracy(payload, 20, 1e3),
    verticalAccuracyM: readAccuracy(payload, 24, 1e3),
  });
}

/** The inverse of {@link decodeNavPosllh}. */
export function encodeNavPosllh(message: NavPosllh): DataView {
  const payload = new DataView(new ArrayBuffer(PAYLOAD_BYTES));
  payload.setUint32(0, message.itowMs, true);
  writeScaled(payload, 4, message.longitudeDeg, 1e7);
  writeScaled(payload, 8, message.latitudeDeg, 1e7);
  writeScaled(payload, 12, message.altitudeHaeM, 1e3);
  writeScaled(payload, 16, message.altitudeMslM, 1e3);
  writeAccuracy(payload, 20, message.horizontalAccuracyM, 1e3);
  writeAccuracy(payload, 24, message.verticalAccuracyM, 1e3);
  return payload;
}

const PAYLOAD_BYTES = 28;
