/** Bytes of MQTT 3.1.1 packets, made beforehand or walked over in place, so that a load generator costs less than what it measures. */

/** Packet types as they stand in the high half of the first byte. */
export const PACKET_TYPE = { connack: 2, publish: 3, puback: 4, suback: 9 } as const;

/** Bytes of payload in a publish, where a load does not say otherwise. */
export const PAYLOAD_BYTES = 128;

const KEEP_ALIVE_SECONDS = 60;

/** CONNECT without a login, of a clean session unless it is to be kept. */
export function encodeConnect(clientId: string, keepsSession = false): Buffer {
  const id = Buffer.from(clientId);
  const flags = keepsSession ? 0 : 2;
  const fixed = Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4, flags, 0, KEEP_ALIVE_SECONDS]);
  return packet(0x10, fixed, lengthPrefix(id), id);
}

/** SUBSCRIBE to one filter, with packet id 1. */
export function encodeSubscribe(filter: string, qos: 0 | 1): Buffer {
  const bytes = Buffer.from(filter);
  return packet(0x82, Buffer.from([0, 1]), lengthPrefix(bytes), bytes, Buffer.from([qos]));
}

/** PUBACK. */
export function encodePuback(packetId: number): Buffer {
  return Buffer.from([0x40, 2, packetId >> 8, packetId & 0xff]);
}

/** Equal publishes of one publisher that differ in packet id and slot, back to back in one buffer. */
export interface PublishRing {
  readonly bytes: Buffer;
  readonly slotCount: number;
  /** Bytes of one publish. */
  readonly stride: number;
}

/** Makes a ring. The packet id of a slot is its number plus one; the payload begins with the publisher and the slot. */
export function encodePublishRing(
  topic: string,
  qos: 0 | 1,
  publisher: number,
  slotCount: number,
  payloadBytes = PAYLOAD_BYTES,
): PublishRing {
  const name = Buffer.from(topic);
  const publishes = Array.from({ length: slotCount }, (_, slot) => {
    const payload = Buffer.alloc(payloadBytes, 0x20);
    payload.writeUInt16BE(publisher, 0);
    payload.writeUInt16BE(slot, 2);
    payload.write(readingOf(slot), 4);
    const id = qos === 0 ? [] : [Buffer.from([(slot + 1) >> 8, (slot + 1) & 0xff])];
    return packet(0x30 | (qos << 1), lengthPrefix(name), name, ...id, payload);
  });
  const bytes = Buffer.concat(publishes);
  return { bytes, slotCount, stride: bytes.length / slotCount };
}

/** A sensor's JSON, as compressible as such things are. */
function readingOf(slot: number): string {
  const time = new Date(FIRST_READING_MS + 20 * slot).toISOString();
  const pressureKpa = 800 + ((slot * 7919) % 997) / 10;
  const temperatureC = 25 + ((slot * 104_729) % 613) / 10;
  return `{"time":"${time}","wheel":${slot % 6},"pressureKpa":${pressureKpa.toFixed(1)},"temperatureC":${temperatureC.toFixed(1)},"batteryV":2.97}`;
}

const FIRST_READING_MS = Date.UTC(2026, 0, 1);

/** Which publisher and slot a delivered publish is from; its variable header begins at `headerStart`. */
export function readSlot(
  bytes: Buffer,
  headerStart: number,
  qos: number,
): { readonly publisher: number; readonly slot: number } {
  const start = headerStart + 2 + bytes.readUInt16BE(headerStart) + (qos === 0 ? 0 : 2);
  return { publisher: bytes.readUInt16BE(start), slot: bytes.readUInt16BE(start + 2) };
}

/** The packet id of a QoS 1 publish; its variable header begins at `start`. */
export function readPublishPacketId(bytes: Buffer, start: number): number {
  return bytes.readUInt16BE(start + 2 + bytes.readUInt16BE(start));
}

/** Called for each whole packet: its first byte, and where what follows its fixed header starts and ends. */
export type PacketVisitor = (firstByte: number, bytes: Buffer, start: number, end: number) => void;

/** Walks over the packets of a byte stream, whatever the chunks. */
export class PacketWalker {
  readonly #visit: PacketVisitor;
  #rest: Buffer = Buffer.alloc(0);

  constructor(visit: PacketVisitor) {
    this.#visit = visit;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let offset = 0;
    for (;;) {
      const start = bodyStart(bytes, offset);
      if (start === undefined) break;
      const end = start + remainingLength(bytes, offset + 1);
      if (end > bytes.length) break;
      this.#visit(bytes.readUInt8(offset), bytes, start, end);
      offset = end;
    }
    this.#rest = bytes.subarray(offset);
  }
}

function bodyStart(bytes: Buffer, offset: number): number | undefined {
  for (let index = offset + 1; index < bytes.length; index++) if ((bytes[index] ?? 0) < 0x80) return index + 1;
  return undefined;
}

function remainingLength(bytes: Buffer, offset: number): number {
  let length = 0;
  let scale = 1;
  for (let index = offset; ; index++) {
    const byte = bytes[index] ?? 0;
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) return length;
    scale *= 0x80;
  }
}

function packet(firstByte: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const header = [firstByte];
  let rest = body.length;
  do {
    header.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.from(header), body]);
}

function lengthPrefix(bytes: Buffer): Buffer {
  return Buffer.from([bytes.length >> 8, bytes.length & 0xff]);
}
