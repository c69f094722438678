import type { Decoded } from '#devices/decoded.ts';
import type { Ack } from './ack.ts';
import type { EsfStatus } from './esf-status.ts';
import type { MonHw } from './mon-hw.ts';
import type { MonRf } from './mon-rf.ts';
import type { MonVer } from './mon-ver.ts';
import type { NavDop } from './nav-dop.ts';
import { decodeNavEoe, encodeNavEoe, type NavEoe } from './nav-eoe.ts';
import type { NavPosecef } from './nav-posecef.ts';
import type { NavPosllh } from './nav-posllh.ts';
import type { NavPvt } from './nav-pvt.ts';
import type { NavSat } from './nav-sat.ts';
import type { NavSol } from './nav-sol.ts';
import type { NavStatus } from './nav-status.ts';
import type { NavSvinfo } from './nav-svinfo.ts';
import type { NavTimegps } from './nav-timegps.ts';
import type { NavTimels } from './nav-timels.ts';
import type { NavTimeutc } from './nav-timeutc.ts';
import type { NavVelned } from './nav-velned.ts';
import { encodeUbxFrame, type UbxFrame } from './ubx-frame.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** A message that says something of an epoch: it states the time of week that it belongs to. */
export type UbxNavMessage =
  | NavPvt
  | NavSat
  | NavDop
  | NavStatus
  | NavTimels
  | NavSol
  | NavPosecef
  | NavPosllh
  | NavVelned
  | NavTimeutc
  | NavTimegps
  | NavSvinfo
  | NavEoe
  | EsfStatus;

/** Every message that is understood, told apart by `type`. Units are SI, angles degrees; `undefined` is «not stated». */
export type UbxMessage = UbxNavMessage | MonHw | MonRf | MonVer | Ack;

/**
 * Reads the payload of one frame.
 *
 * @returns undefined for a message that is not one of {@link UbxMessage}
 */
export function decodeUbxMessage(frame: UbxFrame): Decoded<UbxMessage, UbxRejection> | undefined {
  switch ((frame.messageClass << 8) | frame.messageId) {
    case MESSAGE_KEYS['NAV-EOE']:
      return decodeNavEoe(frame.payload);
    default:
      return undefined;
  }
}

/** The inverse of {@link decodeUbxMessage}, with header and checksum. */
export function encodeUbxMessage(message: UbxMessage): Uint8Array {
  const key = MESSAGE_KEYS[message.type];
  return encodeUbxFrame({ messageClass: key >> 8, messageId: key & 0xff, payload: encodePayload(message) });
}

function encodePayload(message: UbxMessage): DataView {
  switch (message.type) {
    case 'NAV-EOE':
      return encodeNavEoe(message);
    default:
      return new DataView(new ArrayBuffer(0));
  }
}

/** Class in the high byte, id in the low one. */
const MESSAGE_KEYS = {
  'NAV-POSECEF': 0x0101,
  'NAV-POSLLH': 0x0102,
  'NAV-STATUS': 0x0103,
  'NAV-DOP': 0x0104,
  'NAV-SOL': 0x0106,
  'NAV-PVT': 0x0107,
  'NAV-VELNED': 0x0112,
  'NAV-TIMEGPS': 0x0120,
  'NAV-TIMEUTC': 0x0121,
  'NAV-TIMELS': 0x0126,
  'NAV-SVINFO': 0x0130,
  'NAV-SAT': 0x0135,
  'NAV-EOE': 0x0161,
  'ACK-NAK': 0x0500,
  'ACK-ACK': 0x0501,
  'MON-VER': 0x0a04,
  'MON-HW': 0x0a09,
  'MON-RF': 0x0a38,
  'ESF-STATUS': 0x1010,
} as const satisfies Readonly<Record<UbxMessage['type'], number>>;
