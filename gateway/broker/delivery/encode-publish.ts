import type { QoS } from '#gateway/model/message.ts';

/** What a PUBLISH says beside its topic and its payload. */
export interface PublishFlags {
  readonly qos: QoS;
  readonly isRetained: boolean;
  readonly isDuplicate: boolean;
  /** With QoS 1 and 2. */
  readonly packetId: number | undefined;
}

/**
 * Encodes a PUBLISH packet.
 *
 * ```text
 * byte 0    0x30 | DUP << 3 | QoS << 1 | RETAIN
 * then      remaining length: 7 bits a byte, least significant first; the high bit says that another byte follows
 * then      length of the topic (16 bits, big endian), topic in UTF-8
 * then      packet id (16 bits, big endian), with QoS 1 and 2
 * then      payload
 * ```
 * @param topic at most 65,535 bytes
 * @see MQTT 3.1.1, section 3.3
 */
export function encodePublish(topic: string, payload: Uint8Array, flags: PublishFlags): Buffer {
  const { qos, packetId } = flags;
  const topicBytes = Buffer.byteLength(topic);
  const lengthBytes = 2 + topicBytes + (qos > 0 ? 2 : 0) + payload.length;
  const bytes = Buffer.allocUnsafe(1 + varintBytes(lengthBytes) + lengthBytes);
  bytes[0] = PUBLISH | (flags.isDuplicate ? DUP : 0) | (qos << 1) | (flags.isRetained ? RETAIN : 0);
  let offset = writeVarint(bytes, 1, lengthBytes);
  bytes[offset++] = topicBytes >> 8;
  bytes[offset++] = topicBytes & 0xff;
  offset += bytes.write(topic, offset);
  if (qos > 0 && packetId !== undefined) {
    bytes[offset++] = packetId >> 8;
    bytes[offset++] = packetId & 0xff;
  }
  bytes.set(payload, offset);
  return bytes;
}

/** Encodes a PUBREL packet. @see MQTT 3.1.1, section 3.6 */
export function encodePubrel(packetId: number): Buffer {
  return Buffer.of(PUBREL, 2, packetId >> 8, packetId & 0xff);
}

const PUBLISH = 0x30;
const DUP = 0x08;
const RETAIN = 0x01;
const PUBREL = 0x62;

function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x20_0000 ? 3 : 4;
}

/** @returns the offset behind it */
function writeVarint(bytes: Buffer, start: number, value: number): number {
  let offset = start;
  let rest = value;
  for (; rest >= 0x80; rest >>= 7) bytes[offset++] = 0x80 | (rest & 0x7f);
  bytes[offset++] = rest;
  return offset;
}
