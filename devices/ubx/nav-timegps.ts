import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { hasBit, packBits, readAccuracy, writeAccuracy } from './payload-field.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-NAV-TIMEGPS, the GPS time of one epoch, with the leap seconds that lead to UTC. */
export interface NavTimegps {
  readonly type: 'NAV-TIMEGPS';
  readonly itowMs: number;
  /** Added to {@link NavTimegps.itowMs} it is the time of week, -500,000 to 500,000. */
  readonly fractionNs: number;
  readonly isTowValid: boolean;
  /** GPS week since 1980; undefined while not known. */
  readonly week: number | undefined;
  /** GPS time ahead of UTC; undefined while not known. */
  readonly leapSeconds: number | undefined;
  readonly timeAccuracyNs: number | undefined;
}

/**
 * ```text
 *  0     4     8     10     11     12
 *  iTOW  fTOW  week  leapS  valid  tAcc
 * ```
 * @see u-blox M8 interface description, UBX-NAV-TIMEGPS (01 20)
 */
export function decodeNavTimegps(payload: DataView): Decoded<NavTimegps, UbxRejection> {
  if (payload.byteLength !== PAYLOAD_BYTES) return rejected('wrong-length');
  const valid = payload.getUint8(11);
  return decoded({
    type: 'NAV-TIMEGPS',
    itowMs: payload.getUint32(0, true),
    fractionNs: payload.getInt32(4, true),
    isTowValid: hasBit(valid, 0),
    week: hasBit(valid, 1) ? payload.getInt16(8, true) : undefined,
    leapSeconds: hasBit(valid, 2) ? payload.getInt8(10) : undefined,
    timeAccuracyNs: readAccuracy(payload, 12, 1),
  });
}

/** The inverse of {@link decodeNavTimegps}. */
export function encodeNavTimegps(message: NavTimegps): DataView {
  const payload = new DataView(new ArrayBuffer(PAYLOAD_BYTES));
  payload.setUint32(0, message.itowMs, true);
  payload.setInt32(4, message.fractionNs, true);
  payload.setInt16(8, message.week ?? 0, true);
  payload.setInt8(10, message.leapSeconds ?? 0);
  payload.setUint8(11, packBits(message.isTowValid, message.week !== undefined, message.leapSeconds !== undefined));
  writeAccuracy(payload, 12, message.timeAccuracyNs, 1);
  return payload;
}

const PAYLOAD_BYTES = 16;
