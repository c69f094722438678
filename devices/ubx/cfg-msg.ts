import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-CFG-MSG, how often a receiver up to generation 8 sends one message. Sentences of NMEA 0183 have classes of their own: F0, F1. */
export interface CfgMsg {
  readonly type: 'CFG-MSG';
  readonly messageClass: number;
  readonly messageId: number;
  /** With every n-th solution, 0 never: one for the port that this comes by, or six for I2C, UART 1, UART 2, USB, SPI and a reserved one. */
  readonly rates: readonly number[];
}

/** @see u-blox M8 interface description, UBX-CFG-MSG (06 01) */
export function decodeCfgMsg(payload: DataView): Decoded<CfgMsg, UbxRejection> {
  const rateCount = payload.byteLength - HEADER_BYTES;
  if (rateCount !== 1 && rateCount !== PORT_COUNT) return rejected('wrong-length');
  return decoded({
    type: 'CFG-MSG',
    messageClass: payload.getUint8(0),
    messageId: payload.getUint8(1),
    rates: Array.from({ length: rateCount }, (_, index) => payload.getUint8(HEADER_BYTES + index)),
  });
}

/** The inverse of {@link decodeCfgMsg}. */
export function encodeCfgMsg({ messageClass, messageId, rates }: CfgMsg): DataView {
  return new DataView(Uint8Array.of(messageClass, messageId, ...rates).buffer);
}

const HEADER_BYTES = 2;
const PORT_COUNT = 6;
