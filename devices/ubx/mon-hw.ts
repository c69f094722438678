import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { ANTENNA_POWERS, ANTENNA_STATES, type FrontEndState, JAMMING_STATES } from './front-end-state.ts';
import { nameAt } from './payload-field.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-MON-HW, antenna and interference of a receiver with one front end. It states no time. */
export interface MonHw extends FrontEndState {
  readonly type: 'MON-HW';
}

/**
 * ```text
 *  0     16          18      20       21      22     23        24        28   45 or 53
 *  pins  noisePerMS  agcCnt  aStatus  aPower  flags  reserved  usedMask  VP   jamInd    more pins
 * ```
 * The map of virtual pins, `VP`, has 17 entries, up to u-blox 6 it has 25.
 * @see u-blox 6 and M8 interface descriptions, UBX-MON-HW (0A 09)
 */
export function decodeMonHw(payload: DataView): Decoded<MonHw, UbxRejection> {
  if (payload.byteLength !== PAYLOAD_BYTES && payload.byteLength !== OLD_PAYLOAD_BYTES) return rejected('wrong-length');
  return decoded({
    type: 'MON-HW',
    antenna: nameAt(ANTENNA_STATES, payload.getUint8(20), 'unknown'),
    antennaPower: nameAt(ANTENNA_POWERS, payload.getUint8(21), 'unknown'),
    jamming: nameAt(JAMMING_STATES, (payload.getUint8(22) >> 2) & 0x03, 'unknown'),
    jammingIndicator: payload.getUint8(payload.byteLength === PAYLOAD_BYTES ? 45 : 53),
    noisePerMs: payload.getUint16(16, true),
    gain: payload.getUint16(18, true),
  });
}

/** The inverse of {@link decodeMonHw}, as u-blox 7 and 8 send it; what is not in a {@link MonHw} is 0. */
export function encodeMonHw(message: MonHw): DataView {
  const payload = new DataView(new ArrayBuffer(PAYLOAD_BYTES));
  payload.setUint16(16, message.noisePerMs, true);
  payload.setUint16(18, message.gain, true);
  payload.setUint8(20, ANTENNA_STATES.indexOf(message.antenna));
  payload.setUint8(21, ANTENNA_POWERS.indexOf(message.antennaPower));
  payload.setUint8(22, JAMMING_STATES.indexOf(message.jamming) << 2);
  payload.setUint8(45, message.jammingIndicator);
  return payload;
}

const PAYLOAD_BYTES = 60;
const OLD_PAYLOAD_BYTES = 68;
