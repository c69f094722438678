import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { type Ecef, readEcef, writeEcef } from './ecef.ts';
import { readAccuracy, writeAccuracy } from './payload-field.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-NAV-POSECEF, a position in earth-centred coordinates. It does not say whether there is a fix: NAV-STATUS or NAV-SOL does. */
export interface NavPosecef {
  readonly type: 'NAV-POSECEF';
  readonly itowMs: number;
  readonly ecefM: Ecef;
  /** One sigma, in three dimensions. */
  readonly positionAccuracyM: number | undefined;
}

/** @see u-blox M8 interface description, UBX-NAV-POSECEF (01 01) */
export function decodeNavPosecef(payload: DataView): Decoded<NavPosecef, UbxRejection> {
  if (payload.byteLength !== PAYLOAD_BYTES) return rejected('wrong-length');
  return decoded({
    type: 'NAV-POSECEF',
    itowMs: payload.getUint32(0, true),
    ecefM: readEcef(payload, 4),
    positionAccuracyM: readAccuracy(payload, 16, 100),
  });
}

/** The inverse of {@link decodeNavPosecef}. */
export function encodeNavPosecef(message: NavPosecef): DataView {
  const payload = new DataView(new ArrayBuffer(PAYLOAD_BYTES));
  payload.setUint32(0, message.itowMs, true);
  writeEcef(payload, 4, message.ecefM);
  writeAccuracy(payload, 16, message.positionAccuracyM, 100);
  return payload;
}

const PAYLOAD_BYTES = 20;
