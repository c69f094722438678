import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { hasBit, packBits, readAccuracy, writeAccuracy } from './payload-field.ts';
import type { UbxRejection } from './ubx-rejection.ts';
import { readUtc, type UbxUtc, writeUtc } from './ubx-utc.ts';

/** UBX-NAV-TIMEUTC, the UTC of one epoch: where receivers without NAV-PVT state it. Date and time are undefined unless UTC is valid. */
export interface NavTimeutc extends UbxUtc {
  readonly type: 'NAV-TIMEUTC';
  readonly itowMs: number;
  readonly timeAccuracyNs: number | undefined;
  readonly isTowValid: boolean;
  readonly isWeekValid: boolean;
  /** The leap seconds are known. */
  readonly isUtcValid: boolean;
}

/**
 * ```text
 *  0     4     8     12    19
 *  iTOW  tAcc  nano  UTC   valid
 * ```
 * @see u-blox M8 interface description, UBX-NAV-TIMEUTC (01 21)
 */
export function decodeNavTimeutc(payload: DataView): Decoded<NavTimeutc, UbxRejection> {
  if (payload.byteLength !== PAYLOAD_BYTES) return rejected('wrong-length');
  const valid = payload.getUint8(19);
  const isUtcValid = hasBit(valid, 2);
  const utc = readUtc(payload, 12, payload.getInt32(8, true), { date: isUtcValid, time: isUtcValid });
  if (utc === undefined) return rejected('out-of-range');
  return decoded({
    type: 'NAV-TIMEUTC',
    itowMs: payload.getUint32(0, true),
    ...utc,
    timeAccuracyNs: readAccuracy(payload, 4, 1),
    isTowValid: hasBit(valid, 0),
    isWeekValid: hasBit(valid, 1),
    isUtcValid,
  });
}

/** The inverse of {@link decodeNavTimeutc}. */
export function encodeNavTimeutc(message: NavTimeutc): DataView {
  const payload = new DataView(new ArrayBuffer(PAYLOAD_BYTES));
  payload.setUint32(0, message.itowMs, true);
  writeAccuracy(payload, 4, message.timeAccuracyNs, 1);
  payload.setInt32(8, writeUtc(payload, 12, message), true);
  payload.setUint8(19, packBits(message.isTowValid, message.isWeekValid, message.isUtcValid));
  return payload;
}

const PAYLOAD_BYTES = 20;
