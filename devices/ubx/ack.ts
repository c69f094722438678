import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-ACK-ACK and UBX-ACK-NAK, a receiver's answer to a configuration message. */
export interface Ack {
  readonly type: 'ACK-ACK' | 'ACK-NAK';
  /** Of the message that is answered. */
  readonly messageClass: number;
  readonly messageId: number;
}

/** @see u-blox M8 interface description, UBX-ACK-ACK (05 01), UBX-ACK-NAK (05 00) */
export function decodeAck(type: Ack['type'], payload: DataView): Decoded<Ack, UbxRejection> {
  if (payload.byteLength !== PAYLOAD_BYTES) return rejected('wrong-length');
  return decoded({ type, messageClass: payload.getUint8(0), messageId: payload.getUint8(1) });
}

/** The inverse of {@link decodeAck}. */
export function encodeAck(message: Ack): DataView {
  const payload = new DataView(new ArrayBuffer(PAYLOAD_BYTES));
  payload.setUint8(0, message.messageClass);
  payload.setUint8(1, message.messageId);
  return payload;
}

const PAYLOAD_BYTES = 2;
