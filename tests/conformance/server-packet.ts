import { isUtf8 } from 'node:buffer';

/** A packet from the broker. */
export interface ServerPacket {
  /** All of it in one line but the packet id of a message, which the broker chooses: `SUBACK 7: 1 128`, `a/b=x q1 retain`. */
  readonly text: string;
  /** Undefined for messages. */
  readonly message: ServerMessage | undefined;
}

/** A PUBLISH from the broker. */
export interface ServerMessage {
  readonly topic: string;
  readonly payload: string;
  readonly qos: number;
  /** 0 where it has none. */
  readonly id: number;
}

/**
 * Reads one whole packet and is stricter than any client: every bit that the standard fixes must be so, nothing may follow.
 *
 * @param bytes fixed header included
 * @throws Error what is wrong
 */
export function readServerPacket(bytes: Buffer): ServerPacket {
  const header = bytes[0] ?? 0;
  let start = 1;
  while (((bytes[start] ?? 0) & 0x80) !== 0) start++;
  const body = bytes.subarray(start + 1);
  if (header >> 4 === 3) return readMessage(header, body);
  const read = READERS[header];
  if (read === undefined) throw new Error(`no packet of a broker begins with 0x${header.toString(16)}`);
  return { text: read(body), message: undefined };
}

const READERS: Readonly<Record<number, (body: Buffer) => string>> = {
  32: (body) => {
    require(body.length === 2 && (body[0] ?? 9) <= 1, 'a CONNACK is two bytes, of the first only one bit');
    return `CONNACK ${body[1]}${body[0] === 1 ? ' present' : ''}`;
  },
  64: (body) => `PUBACK ${onlyId(body)}`,
  80: (body) => `PUBREC ${onlyId(body)}`,
  98: (body) => `PUBREL ${onlyId(body)}`,
  112: (body) => `PUBCOMP ${onlyId(body)}`,
  144: (body) => {
    const codes = [...body.subarray(2)];
    require(codes.length > 0 && codes.every((code) => code <= 2 || code === 0x80), 'a SUBACK has other codes');
    return `SUBACK ${onlyId(body.subarray(0, 2))}: ${codes.join(' ')}`;
  },
  176: (body) => `UNSUBACK ${onlyId(body)}`,
  208: (body) => {
    require(body.length === 0, 'a PINGRESP is empty');
    return 'PINGRESP';
  },
};

function readMessage(header: number, body: Buffer): ServerPacket {
  const qos = (header >> 1) & 3;
  const isDuplicate = (header & 8) !== 0;
  const topicEnd = 2 + body.readUInt16BE(0);
  const topic = body.subarray(2, topicEnd);
  require(topicEnd <= body.length && topic.length > 0 && isUtf8(topic), 'a topic is not empty, and UTF-8');
  require(!/[+#\0]/.test(topic.toString()), 'a topic has no wildcards');
  require(qos < 3 && !(qos === 0 && isDuplicate), 'no QoS 3, no DUP with QoS 0');
  const id = qos > 0 ? onlyId(body.subarray(topicEnd, topicEnd + 2)) : 0;
  const payload = body.subarray(qos > 0 ? topicEnd + 2 : topicEnd).toString();
  const message = { topic: topic.toString(), payload, qos, id };
  const flags = `${isDuplicate ? ' dup' : ''}${(header & 1) !== 0 ? ' retain' : ''}`;
  return { text: `${message.topic}=${payload} q${qos}${flags}`, message };
}

function onlyId(body: Buffer): number {
  require(body.length === 2 && body.readUInt16BE(0) > 0, 'a packet id has two bytes and is not 0');
  return body.readUInt16BE(0);
}

function require(isSo: boolean, rule: string): void {
  if (!isSo) throw new Error(`the broker sent what it may not: ${rule}`);
}
