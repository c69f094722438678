import type { Decoded } from '#devices/decoded.ts';
import { type Ack, decodeAck, encodeAck } from './ack.ts';
import { type CfgMsg, decodeCfgMsg, encodeCfgMsg } from './cfg-msg.ts';
import { type CfgRate, decodeCfgRate, encodeCfgRate } from './cfg-rate.ts';
import { type CfgValset, decodeCfgValset, encodeCfgValset } from './cfg-valset.ts';
import { decodeEsfStatus, type EsfStatus, encodeEsfStatus } from './esf-status.ts';
import { decodeMonHw, encodeMonHw, type MonHw } from './mon-hw.ts';
import { decodeMonRf, encodeMonRf, type MonRf } from './mon-rf.ts';
import { decodeMonVer, encodeMonVer, type MonVer } from './mon-ver.ts';
import { decodeNavDop, encodeNavDop, type NavDop } from './nav-dop.ts';
import { decodeNavEoe, encodeNavEoe, type NavEoe } from './nav-eoe.ts';
import { decodeNavPosecef, encodeNavPosecef, type NavPosecef } from './nav-posecef.ts';
import { decodeNavPosllh, encodeNavPosllh, type NavPosllh } from './nav-posllh.ts';
import { decodeNavPvt, encodeNavPvt, type NavPvt } from './nav-pvt.ts';
import { decodeNavSat, encodeNavSat, type NavSat } from './nav-sat.ts';
import { decodeNavSol, encodeNavSol, type NavSol } from './nav-sol.ts';
import { decodeNavStatus, encodeNavStatus, type NavStatus } from './nav-status.ts';
import { decodeNavSvinfo, encodeNavSvinfo, type NavSvinfo } from './nav-svinfo.ts';
import { decodeNavTimegps, encodeNavTimegps, type NavTimegps } from './nav-timegps.ts';
import { decodeNavTimels, encodeNavTimels, type NavTimels } from './nav-timels.ts';
import { decodeNavTimeutc, encodeNavTimeutc, type NavTimeutc } from './nav-timeutc.ts';
import { decodeNavVelned, encodeNavVelned, type NavVelned } from './nav-velned.ts';
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
export type UbxMessage = UbxNavMessage | MonHw | MonRf | MonVer | Ack | CfgValset | CfgMsg | CfgRate;

/**
 * Reads the payload of one frame.
 *
 * @returns undefined for a message that is not one of {@link UbxMessage}
 */
export function decodeUbxMessage(frame: UbxFrame): Decoded<UbxMessage, UbxRejection> | undefined {
  switch ((frame.messageClass << 8) | frame.messageId) {
    case MESSAGE_KEYS['NAV-POSECEF']:
      return decodeNavPosecef(frame.payload);
    case MESSAGE_KEYS['NAV-POSLLH']:
      return decodeNavPosllh(frame.payload);
    case MESSAGE_KEYS['NAV-STATUS']:
      return decodeNavStatus(frame.payload);
    case MESSAGE_KEYS['NAV-DOP']:
      return decodeNavDop(frame.payload);
    case MESSAGE_KEYS['NAV-SOL']:
      return decodeNavSol(frame.payload);
    case MESSAGE_KEYS['NAV-PVT']:
      return decodeNavPvt(frame.payload);
    case MESSAGE_KEYS['NAV-VELNED']:
      return decodeNavVelned(frame.payload);
    case MESSAGE_KEYS['NAV-TIMEGPS']:
      return decodeNavTimegps(frame.payload);
    case MESSAGE_KEYS['NAV-TIMEUTC']:
      return decodeNavTimeutc(frame.payload);
    case MESSAGE_KEYS['NAV-TIMELS']:
      return decodeNavTimels(frame.payload);
    case MESSAGE_KEYS['NAV-SVINFO']:
      return decodeNavSvinfo(frame.payload);
    case MESSAGE_KEYS['NAV-SAT']:
      return decodeNavSat(frame.payload);
    case MESSAGE_KEYS['NAV-EOE']:
      return decodeNavEoe(frame.payload);
    case MESSAGE_KEYS['MON-VER']:
      return decodeMonVer(frame.payload);
    case MESSAGE_KEYS['MON-HW']:
      return decodeMonHw(frame.payload);
    case MESSAGE_KEYS['MON-RF']:
      return decodeMonRf(frame.payload);
    case MESSAGE_KEYS['ESF-STATUS']:
      return decodeEsfStatus(frame.payload);
    case MESSAGE_KEYS['CFG-VALSET']:
      return decodeCfgValset(frame.payload);
    case MESSAGE_KEYS['CFG-MSG']:
      return decodeCfgMsg(frame.payload);
    case MESSAGE_KEYS['CFG-RATE']:
      return decodeCfgRate(frame.payload);
    case MESSAGE_KEYS['ACK-ACK']:
      return decodeAck('ACK-ACK', frame.payload);
    case MESSAGE_KEYS['ACK-NAK']:
      return decodeAck('ACK-NAK', frame.payload);
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
    case 'NAV-POSECEF':
      return encodeNavPosecef(message);
    case 'NAV-POSLLH':
      return encodeNavPosllh(message);
    case 'NAV-STATUS':
      return encodeNavStatus(message);
    case 'NAV-DOP':
      return encodeNavDop(message);
    case 'NAV-SOL':
      return encodeNavSol(message);
    case 'NAV-PVT':
      return encodeNavPvt(message);
    case 'NAV-VELNED':
      return encodeNavVelned(message);
    case 'NAV-TIMEGPS':
      return encodeNavTimegps(message);
    case 'NAV-TIMEUTC':
      return encodeNavTimeutc(message);
    case 'NAV-TIMELS':
      return encodeNavTimels(message);
    case 'NAV-SVINFO':
      return encodeNavSvinfo(message);
    case 'NAV-SAT':
      return encodeNavSat(message);
    case 'NAV-EOE':
      return encodeNavEoe(message);
    case 'MON-VER':
      return encodeMonVer(message);
    case 'MON-HW':
      return encodeMonHw(message);
    case 'MON-RF':
      return encodeMonRf(message);
    case 'ESF-STATUS':
      return encodeEsfStatus(message);
    case 'CFG-VALSET':
      return encodeCfgValset(message);
    case 'CFG-MSG':
      return encodeCfgMsg(message);
    case 'CFG-RATE':
      return encodeCfgRate(message);
    case 'ACK-ACK':
    case 'ACK-NAK':
      return encodeAck(message);
  }
}

/** Class in the high byte, id in the low one. */
export const MESSAGE_KEYS = {
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
  'CFG-MSG': 0x0601,
  'CFG-RATE': 0x0608,
  'CFG-VALSET': 0x068a,
  'MON-VER': 0x0a04,
  'MON-HW': 0x0a09,
  'MON-RF': 0x0a38,
  'ESF-STATUS': 0x1010,
} as const satisfies Readonly<Record<UbxMessage['type'], number>>;
