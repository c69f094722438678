import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { hasBit, packBits } from './payload-field.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-NAV-TIMELS, the leap seconds between GPS time and UTC, now and as announced. */
export interface NavTimels {
  readonly type: 'NAV-TIMELS';
  readonly itowMs: number;
  /** GPS time ahead of UTC; undefined while the receiver does not know. */
  readonly leapSeconds: number | undefined;
  /** Who told the count: 0 built in, 1 GPS and GLONASS, 2 GPS, 3 SBAS, 4 BeiDou, 5 Galileo, 6 configured, 7 NavIC, 255 nobody. */
  readonly leapSecondSource: number;
  /** What is announced: 1 a second is inserted, -1 one is left out, 0 none is scheduled; undefined while not known. */
  readonly announcedChangeS: number | undefined;
  readonly announcementSource: number;
  /** Until the announced change, or, negative, since the last one. */
  readonly timeToChangeS: number | undefined;
  /** GPS week and day (1 is Sunday) of that change. */
  readonly changeWeek: number | undefined;
  readonly changeDay: number | undefined;
}

/**
 * ```text
 *  0     4        5         8            9       10           11        12              16            18            20        23
 *  iTOW  version  reserved  srcOfCurrLs  currLs  srcOfLsChg   lsChange  timeToLsEvent   dateOfLsGpsWn dateOfLsGpsDn reserved  valid
 * ```
 * @see u-blox M8 interface description, UBX-NAV-TIMELS (01 26)
 */
export function decodeNavTimels(payload: DataView): Decoded<NavTimels, UbxRejection> {
  if (payload.byteLength !== PAYLOAD_BYTES) return rejected('wrong-length');
  if (payload.getUint8(4) !== VERSION) return rejected('wrong-version');
  const valid = payload.getUint8(23);
  const isChangeValid = hasBit(valid, 1);
  return decoded({
    type: 'NAV-TIMELS',
    itowMs: payload.getUint32(0, true),
    leapSeconds: hasBit(valid, 0) ? payload.getInt8(9) : undefined,
    leapSecondSource: payload.getUint8(8),
    announcedChangeS: isChangeValid ? payload.getInt8(11) : undefined,
    announcementSource: payload.getUint8(10),
    timeToChangeS: isChangeValid ? payload.getInt32(12, true) : undefined,
    changeWeek: isChangeValid ? payload.getUint16(16, true) : undefined,
    changeDay: isChangeValid ? payload.getUint16(18, true) : undefined,
  });
}

/** The inverse of {@link decodeNavTimels}. */
export function encodeNavTimels(message: NavTimels): DataView {
  const payload = new DataView(new ArrayBuffer(PAYLOAD_BYTES));
  payload.setUint32(0, message.itowMs, true);
  payload.setUint8(4, VERSION);
  payload.setUint8(8, message.leapSecondSource);
  payload.setInt8(9, message.leapSeconds ?? 0);
  payload.setUint8(10, message.announcementSource);
  payload.setInt8(11, message.announcedChangeS ?? 0);
  payload.setInt32(12, message.timeToChangeS ?? 0, true);
  payload.setUint16(16, message.changeWeek ?? 0, true);
  payload.setUint16(18, message.changeDay ?? 0, true);
  payload.setUint8(23, packBits(message.leapSeconds !== undefined, message.announcedChangeS !== undefined));
  return payload;
}

const VERSION = 0;
const PAYLOAD_BYTES = 24;
