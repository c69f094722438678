import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { CARRIER_SOLUTIONS, type CarrierSolution, UBX_FIX_TYPES, type UbxFixType } from './fix-type.ts';
import { hasBit, nameAt, packBits } from './payload-field.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-NAV-STATUS, how far a receiver has got. */
export interface NavStatus {
  readonly type: 'NAV-STATUS';
  readonly itowMs: number;
  readonly fixType: UbxFixType;
  /** The fix is within the receiver's limits of dilution and accuracy. */
  readonly isFixOk: boolean;
  readonly isDifferential: boolean;
  readonly isWeekValid: boolean;
  readonly isTowValid: boolean;
  readonly carrierSolution: CarrierSolution;
  /** Whether somebody counterfeits the satellites; `unknown` where the receiver does not watch for it. */
  readonly spoofing: 'unknown' | 'none' | 'indicated' | 'multiple';
  readonly timeToFirstFixMs: number;
  readonly uptimeMs: number;
}

/**
 * ```text
 *  0     4       5      6        7       8     12
 *  iTOW  gpsFix  flags  fixStat  flags2  ttff  msss
 * ```
 * @see u-blox M8 interface description, UBX-NAV-STATUS (01 03)
 */
export function decodeNavStatus(payload: DataView): Decoded<NavStatus, UbxRejection> {
  if (payload.byteLength !== PAYLOAD_BYTES) return rejected('wrong-length');
  const flags = payload.getUint8(5);
  const flags2 = payload.getUint8(7);
  return decoded({
    type: 'NAV-STATUS',
    itowMs: payload.getUint32(0, true),
    fixType: nameAt(UBX_FIX_TYPES, payload.getUint8(4), 'none'),
    isFixOk: hasBit(flags, 0),
    isDifferential: hasBit(flags, 1),
    isWeekValid: hasBit(flags, 2),
    isTowValid: hasBit(flags, 3),
    spoofing: nameAt(SPOOFING_STATES, (flags2 >> 3) & 0x03, 'unknown'),
    carrierSolution: nameAt(CARRIER_SOLUTIONS, flags2 >> 6, 'none'),
    timeToFirstFixMs: payload.getUint32(8, true),
    uptimeMs: payload.getUint32(12, true),
  });
}

/** The inverse of {@link decodeNavStatus}. */
export function encodeNavStatus(message: NavStatus): DataView {
  const payload = new DataView(new ArrayBuffer(PAYLOAD_BYTES));
  payload.setUint32(0, message.itowMs, true);
  payload.setUint8(4, UBX_FIX_TYPES.indexOf(message.fixType));
  payload.setUint8(5, packBits(message.isFixOk, message.isDifferential, message.isWeekValid, message.isTowValid));
  payload.setUint8(
    7,
    (SPOOFING_STATES.indexOf(message.spoofing) << 3) | (CARRIER_SOLUTIONS.indexOf(message.carrierSolution) << 6),
  );
  payload.setUint32(8, message.timeToFirstFixMs, true);
  payload.setUint32(12, message.uptimeMs, true);
  return payload;
}

const SPOOFING_STATES = ['unknown', 'none', 'indicated', 'multiple'] as const;
const PAYLOAD_BYTES = 16;
