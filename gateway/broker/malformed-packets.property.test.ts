import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { expect, it } from 'vitest';
import { openTestBroker } from './testing/open-test-broker.ts';
import { connectPacket, publishPacket, RawClient } from './testing/raw-client.ts';

const SPECIMENS: readonly Packet[] = [
  connectPacket({ will: { topic: 'w', payload: Buffer.from('x'), qos: 1 }, username: 'u', password: 'p' }),
  publishPacket('a/b', 'payload', 1, 5),
  publishPacket('a/b', 'payload'),
  { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a/#', qos: 1 }] },
  { cmd: 'unsubscribe', messageId: 2, unsubscriptions: ['a/#'] },
  { cmd: 'puback', messageId: 3 },
  { cmd: 'pubrec', messageId: 3 },
  { cmd: 'pubrel', messageId: 3 },
  { cmd: 'pubcomp', messageId: 3 },
  { cmd: 'pingreq' },
];

/** Good packets with some bytes overwritten, or bytes without any sense. */
const damaged = fc.oneof(
  fc
    .record({
      packets: fc.array(fc.constantFrom(...SPECIMENS), { minLength: 1, maxLength: 5 }),
      damage: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
    })
    .map(({ packets, damage }) => {
      const bytes = Buffer.concat(packets.map((packet) => generate(packet)));
      for (const [place, value] of damage) bytes[place % bytes.length] = value;
      return bytes;
    }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);

it('survives any bytes before and after the login, and serves the others meanwhile [B4]', async () => {
  await using test = await openTestBroker();
  using other = await RawClient.connect(test.port);
  await fc.assert(
    fc.asyncProperty(fc.boolean(), damaged, async (isLoggedIn, bytes) => {
      using client = isLoggedIn ? await RawClient.connect(test.port) : await RawClient.open(test.port);
      client.sendBytes(bytes);
      client.socket.end();
      await client.until(() => client.isClosed);
      await other.ping();
      expect(other.isClosed).toBe(false);
    }),
    { numRuns: 500 },
  );
});
