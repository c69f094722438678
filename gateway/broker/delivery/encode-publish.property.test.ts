import fc from 'fast-check';
import { type Packet, parser } from 'mqtt-packet';
import { expect, it } from 'vitest';
import type { QoS } from '#gateway/model/message.ts';
import { encodePublish, encodePubrel } from './encode-publish.ts';

function decode(bytes: Uint8Array): readonly Packet[] {
  const packets: Packet[] = [];
  const decoder = parser();
  decoder.on('packet', (packet) => packets.push(packet));
  decoder.parse(Buffer.from(bytes));
  return packets;
}

const topic = fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }).filter((text) => !/[\0+#]/.test(text));
/** Around each size of the remaining length too. */
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom(100, 127, 128, 16_300, 16_383, 16_384, 2_097_100, 2_097_152).map((size) => new Uint8Array(size)),
);

it('encodes a PUBLISH that decodes to what it was made of [MQTT 3.1.1, 3.3]', () => {
  const flags = fc.record({
    qos: fc.constantFrom<QoS>(0, 1, 2),
    isRetained: fc.boolean(),
    isDuplicate: fc.boolean(),
    packetId: fc.integer({ min: 1, max: 65_535 }),
  });
  fc.assert(
    fc.property(topic, payload, flags, (name, bytes, asked) => {
      const isDuplicate = asked.isDuplicate && asked.qos > 0;
      const [packet, ...others] = decode(encodePublish(name, bytes, { ...asked, isDuplicate }));
      expect(others).toEqual([]);
      if (packet?.cmd !== 'publish') throw new Error('no PUBLISH');
      expect([packet.topic, packet.qos, packet.retain, packet.dup]).toEqual([
        name,
        asked.qos,
        asked.isRetained,
        isDuplicate,
      ]);
      if (asked.qos > 0) expect(packet.messageId).toBe(asked.packetId);
      expect(Buffer.from(bytes).equals(Buffer.from(packet.payload))).toBe(true);
    }),
    { numRuns: 100 },
  );
});

it('encodes a PUBREL that decodes to its packet id [MQTT-3.6.1-1]', () => {
  for (const packetId of [1, 255, 256, 65_535]) {
    expect(decode(encodePubrel(packetId))).toMatchObject([{ cmd: 'pubrel', messageId: packetId, qos: 1 }]);
  }
});
