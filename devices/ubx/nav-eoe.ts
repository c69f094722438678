import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-NAV-EOE, end of epoch: every other message of the same `itowMs` has been sent. */
export interface NavEoe {
  readonly type: 'NAV-EOE';
  readonly itowMs: number;
}

/** @see u-blox M8 interface description, UBX-NAV-EOE (01 61) */
export function decodeNavEoe(payload: DataView): Decoded<NavEoe, UbxRejection> {
  if (payload.byteLength !== PAYLOAD_BYTES) return rejected('wrong-length');
  return decoded({ type: 'NAV-EOE', itowMs: payload.getUint32(0, true) });
}

/** The inverse of {@link decodeNavEoe}. */
export function encodeNavEoe(message: NavEoe): DataView {
  const payload = new DataView(new ArrayBuffer(PAYLOAD_BYTES));
  payload.setUint32(0, message.itowMs, true);
  return payload;
}

const PAYLOAD_BYTES = 4;
