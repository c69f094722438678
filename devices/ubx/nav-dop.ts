import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { readDop, writeDop } from './payload-field.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-NAV-DOP, dilutions of precision of one epoch; 99.99 is the largest that can be stated. */
export interface NavDop {
  readonly type: 'NAV-DOP';
  readonly itowMs: number;
  readonly gdop: number;
  readonly pdop: number;
  readonly tdop: number;
  readonly vdop: number;
  readonly hdop: number;
  readonly ndop: number;
  readonly edop: number;
}

/** @see u-blox M8 interface description, UBX-NAV-DOP (01 04) */
export function decodeNavDop(payload: DataView): Decoded<NavDop, UbxRejection> {
  if (payload.byteLength !== PAYLOAD_BYTES) return rejected('wrong-length');
  return decoded({
    type: 'NAV-DOP',
    itowMs: payload.getUint32(0, true),
    gdop: readDop(payload, 4),
    pdop: readDop(payload, 6),
    tdop: readDop(payload, 8),
    vdop: readDop(payload, 10),
    hdop: readDop(payload, 12),
    ndop: readDop(payload, 14),
    edop: readDop(payload, 16),
  });
}

/** The inverse of {@link decodeNavDop}. */
export function encodeNavDop(message: NavDop): DataView {
  const payload = new DataView(new ArrayBuffer(PAYLOAD_BYTES));
  payload.setUint32(0, message.itowMs, true);
  writeDop(payload, 4, message.gdop);
  writeDop(payload, 6, message.pdop);
  writeDop(payload, 8, message.tdop);
  writeDop(payload, 10, message.vdop);
  writeDop(payload, 12, message.hdop);
  writeDop(payload, 14, message.ndop);
  writeDop(payload, 16, message.edop);
  return payload;
}

const PAYLOAD_BYTES = 18;
