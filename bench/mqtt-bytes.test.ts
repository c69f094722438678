import { generate, type Packet, parser } from 'mqtt-packet';
import { expect, it } from 'vitest';
import {
  encodeConnect,
  encodePuback,
  encodePublishRing,
  encodeSubscribe,
  PAYLOAD_BYTES,
  PacketWalker,
  readPublishPacketId,
  readSlot,
} from './mqtt-bytes.ts';

function parse(...buffers: readonly Buffer[]): readonly Packet[] {
  const packets: Packet[] = [];
  const parsing = parser();
  parsing.on('packet', (packet) => packets.push(packet));
  for (const buffer of buffers) parsing.parse(buffer);
  return packets;
}

it('encodes what another codec reads [MQTT 3.1.1]', () => {
  expect(parse(encodeConnect('bench'), encodeSubscribe('bench/#', 1), encodePuback(513))).toMatchObject([
    { cmd: 'connect', clientId: 'bench', clean: true, keepalive: 60, protocolVersion: 4 },
    { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'bench/#', qos: 1 }] },
    { cmd: 'puback', messageId: 513 },
  ]);
});

/** More than 127 bytes follow, so the length takes two. */
const FIXED_HEADER_BYTES = 3;

it.each([0, 1] as const)('makes a ring of publishes with QoS %i that differ in packet id and slot', (qos) => {
  const ring = encodePublishRing('bench/07', qos, 7, 300);
  expect(ring.stride * ring.slotCount).toBe(ring.bytes.length);
  const packets = parse(ring.bytes);
  expect(packets).toHaveLength(300);
  expect(packets[299]).toMatchObject({ cmd: 'publish', topic: 'bench/07', qos, ...(qos === 1 && { messageId: 300 }) });
  const { payload } = packets[299] as { readonly payload: Buffer };
  expect(payload).toHaveLength(PAYLOAD_BYTES);
  expect(readSlot(ring.bytes, 299 * ring.stride + FIXED_HEADER_BYTES, qos)).toEqual({ publisher: 7, slot: 299 });
});

it('walks over packets, whatever the chunks', () => {
  const publish = generate({
    cmd: 'publish',
    topic: 'a/b',
    payload: Buffer.alloc(300),
    qos: 1,
    messageId: 77,
    dup: false,
    retain: false,
  });
  const bytes = Buffer.concat([encodePuback(5), publish, encodePuback(6)]);
  for (const size of [1, 2, 7, 100, bytes.length]) {
    const seen: number[] = [];
    const walker = new PacketWalker((firstByte, buffer, start, end) => {
      seen.push(firstByte >> 4 === 3 ? readPublishPacketId(buffer, start) : buffer.readUInt16BE(start), end - start);
    });
    for (let offset = 0; offset < bytes.length; offset += size) walker.push(bytes.subarray(offset, offset + size));
    expect(seen).toEqual([5, 2, 77, 307, 6, 2]);
  }
});
