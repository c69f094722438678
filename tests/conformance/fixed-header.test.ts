import { describe, expect, it } from 'vitest';
import { brokerUnderTest } from './broker-under-test.ts';
import {
  connect,
  DISCONNECT,
  field,
  PINGREQ,
  packet,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  subscribe,
  uint16,
  unsubscribe,
  withHeader,
} from './client-packets.ts';

const broker = brokerUnderTest();

async function expectClosed(bytes: Buffer): Promise<void> {
  using client = await broker.connect();
  client.send(bytes);
  expect(await client.closed()).toEqual([]);
}

/** Every packet of a client but PUBLISH, with the flags that it must have. */
const PACKETS: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['CONNECT', connect({ clientId: 'flags' })],
  ['PUBACK', puback(1)],
  ['PUBREC', pubrec(1)],
  ['PUBREL', pubrel(1)],
  ['PUBCOMP', pubcomp(1)],
  ['SUBSCRIBE', subscribe(1, ['a', 0])],
  ['UNSUBSCRIBE', unsubscribe(1, 'a')],
  ['PINGREQ', PINGREQ],
  ['DISCONNECT', DISCONNECT],
];

/** All first bytes of the same type with other flags. */
function otherHeaders(bytes: Buffer): number[] {
  const right = bytes[0] ?? 0;
  return Array.from({ length: 16 }, (_, flags) => (right & 0xf0) | flags).filter((header) => header !== right);
}

describe('flags', () => {
  it.each(PACKETS)('of %s have the values of the table and no others [MQTT-2.2.2-1]', async (name, bytes) => {
    using client = name === 'CONNECT' ? await broker.open() : await broker.connect();
    client.send(bytes);
    if (name !== 'DISCONNECT' && name !== 'CONNECT') await client.rest();
    if (name === 'CONNECT') expect(await client.line()).toBe('CONNACK 0');
    expect(client.isClosed).toBe(false);
  });

  it.each(PACKETS)('of %s that may not be end the connection without an answer [MQTT-2.2.2-2]', async (name, bytes) => {
    await Promise.all(
      otherHeaders(bytes).map(async (header) => {
        using client = name === 'CONNECT' ? await broker.open() : await broker.connect();
        client.send(withHeader(header, bytes));
        expect([header, await client.closed()]).toEqual([header, []]);
      }),
    );
  });

  it('of PUBREL are 0010 [MQTT-3.6.1-1]', async () => {
    for (const header of otherHeaders(pubrel(1))) await expectClosed(withHeader(header, pubrel(1)));
  });

  it('of SUBSCRIBE are 0010 [MQTT-3.8.1-1]', async () => {
    const bytes = subscribe(1, ['a', 0]);
    for (const header of otherHeaders(bytes)) await expectClosed(withHeader(header, bytes));
  });

  it('of UNSUBSCRIBE are 0010 [MQTT-3.10.1-1]', async () => {
    const bytes = unsubscribe(1, 'a');
    for (const header of otherHeaders(bytes)) await expectClosed(withHeader(header, bytes));
  });

  it('of DISCONNECT are 0: another is none, so the will is published [MQTT-3.14.1-1]', async () => {
    const topic = broker.name();
    using watcher = await broker.connect();
    await watcher.exchange(subscribe(1, [topic, 0]), 'SUBACK 1: 0');
    using client = await broker.connect({ will: { topic, payload: 'gone' } });
    client.send(withHeader(0xe1, DISCONNECT));
    expect(await client.closed()).toEqual([]);
    expect(await watcher.line()).toBe(`${topic}=gone q0`);
  });
});

describe('packets that a client may not send', () => {
  it.each([
    ['type 0', packet(0x00)],
    ['type 15', packet(0xf0)],
    ['CONNACK', packet(0x20, Buffer.from([0, 0]))],
    ['SUBACK', packet(0x90, uint16(1), Buffer.from([0]))],
    ['UNSUBACK', packet(0xb0, uint16(1))],
    ['PINGRESP', packet(0xd0)],
  ])('end the connection: %s [MQTT-4.8.0-1]', async (_name, bytes) => {
    await expectClosed(bytes);
  });
});

describe('the remaining length', () => {
  it('has four bytes at most', async () => {
    await expectClosed(Buffer.from('30ffffffff01', 'hex'));
    await expectClosed(Buffer.from('c08080808000', 'hex'));
  });

  it('may be written longer than it needs to be', async () => {
    using client = await broker.connect();
    await client.exchange(Buffer.from('c0808000', 'hex'), 'PINGRESP');
  });

  it.each([0, 1, 117, 118, 119, 120, 16_373, 16_374, 16_375, 100_000])(
    'is read and written for a payload of %i bytes',
    async (sizeBytes) => {
      const topic = broker.name();
      using client = await broker.connect();
      await client.exchange(subscribe(1, [topic, 0]), 'SUBACK 1: 0');
      client.send(publish(topic, 'x'.repeat(sizeBytes)));
      expect((await client.next()).message?.payload.length).toBe(sizeBytes);
    },
  );

  it('may be cut at every byte of the stream [MQTT-7.1.1-1]', async () => {
    const topic = broker.name();
    using client = await broker.open();
    const bytes = Buffer.concat([
      connect({ clientId: broker.name() }),
      subscribe(1, [topic, 1]),
      publish(topic, 'x'.repeat(200), { qos: 1, id: 1 }),
      PINGREQ,
    ]);
    for (const byte of bytes) {
      client.send(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const lines = [
      await client.line(),
      await client.line(),
      await client.line(),
      await client.line(),
      await client.line(),
    ];
    expect(lines.sort()).toEqual([
      'CONNACK 0',
      'PINGRESP',
      'PUBACK 1',
      'SUBACK 1: 1',
      `${topic}=${'x'.repeat(200)} q1`,
    ]);
  });

  it.each<[string, Buffer]>([
    ['PINGREQ', packet(0xc0, 'x')],
    ['DISCONNECT', packet(0xe0, 'x')],
    ['PUBACK', packet(0x40, uint16(1), 'x')],
    ['PUBREC', packet(0x50, uint16(1), 'x')],
    ['PUBREL', packet(0x62, uint16(1), 'x')],
    ['PUBCOMP', packet(0x70, uint16(1), 'x')],
    ['PUBACK cut short', packet(0x40, 'x')],
    ['PUBREC without an id', packet(0x50)],
    ['PUBREL without an id', packet(0x62)],
    ['PUBCOMP cut short', packet(0x70, 'x')],
    ['SUBSCRIBE without an id', packet(0x82)],
    ['UNSUBSCRIBE cut in its filter', packet(0xa2, uint16(1), Buffer.from([0, 5]), 'abc')],
    ['PUBLISH without a topic', packet(0x30)],
    ['PUBLISH cut in its topic', packet(0x30, Buffer.from([0, 5]), 'abc')],
    ['PUBLISH of QoS 1 cut in its id', packet(0x32, field('a'), 'x')],
  ])('that does not fit the packet ends the connection: %s', async (_what, bytes) => {
    await expectClosed(bytes);
  });
});

describe('packet ids', () => {
  it.each<[string, Buffer]>([
    ['SUBSCRIBE', subscribe(0, ['a', 0])],
    ['UNSUBSCRIBE', unsubscribe(0, 'a')],
    ['PUBLISH of QoS 1', publish('a', 'x', { qos: 1, id: 0 })],
    ['PUBLISH of QoS 2', publish('a', 'x', { qos: 2, id: 0 })],
  ])('of 0 end the connection: %s [MQTT-2.3.1-1]', async (_what, bytes) => {
    await expectClosed(bytes);
  });

  it.each([1, 255, 256, 32_768, 65_535])('of %i are answered as they came', async (id) => {
    const topic = broker.name();
    using client = await broker.connect();
    await client.exchange(subscribe(id, [topic, 0]), `SUBACK ${id}: 0`);
    await client.exchange(unsubscribe(id, topic), `UNSUBACK ${id}`);
    await client.deliver(publish(topic, 'x', { qos: 1, id }), 1, id);
    await client.deliver(publish(topic, 'x', { qos: 2, id }), 2, id);
  });

  it('of what the broker sends are not given twice, and stay with what is sent again [MQTT-2.3.1-4]', async () => {
    const topic = broker.name();
    const clientId = broker.name();
    using publisher = await broker.connect();
    const seen: number[] = [];
    {
      using client = await broker.connect({ clientId, isClean: false });
      await client.exchange(subscribe(1, [topic, 2]), 'SUBACK 1: 2');
      for (const index of [1, 2, 3, 4]) {
        const qos = index % 2 === 0 ? 2 : 1;
        await publisher.deliver(publish(topic, String(index), { qos, id: index }), qos, index);
        seen.push((await client.next()).message?.id ?? 0);
      }
    }
    expect([new Set(seen).size, seen.includes(0)]).toEqual([4, false]);
    using client = await broker.connect({ clientId, isClean: false });
    const again: number[] = [];
    for (const _ of seen) again.push((await client.next()).message?.id ?? 0);
    expect(again).toEqual(seen);
  });

  it('are in no PUBLISH of QoS 0, in either direction [MQTT-2.3.1-5]', async () => {
    const topic = broker.name();
    using client = await broker.connect();
    await client.exchange(subscribe(1, [topic, 2]), 'SUBACK 1: 2');
    client.send(packet(0x30, field(topic), uint16(7), 'x'));
    // What would be a packet id is part of the payload.
    expect(await client.rest()).toEqual([`${topic}=\0\u0007x q0`]);
  });

  it('of PUBACK, PUBREC, PUBREL and PUBCOMP are those of the message, in both directions [MQTT-2.3.1-6]', async () => {
    const topic = broker.name();
    using client = await broker.connect();
    await client.exchange(subscribe(1, [topic, 2]), 'SUBACK 1: 2');
    await client.deliver(publish(topic, 'one', { qos: 1, id: 301 }), 1, 301);
    await client.deliver(publish(topic, 'two', { qos: 2, id: 302 }), 2, 302);
    expect(await client.receive(2)).toEqual([`${topic}=one q1`, `${topic}=two q2`]);
    expect(await client.rest()).toEqual([]);
  });

  it('of SUBACK and UNSUBACK are those of the request [MQTT-2.3.1-7]', async () => {
    using client = await broker.connect();
    client.send(subscribe(9, ['a', 0]), subscribe(8, ['b', 1]), unsubscribe(7, 'a'), unsubscribe(6, 'b'));
    expect(await client.rest()).toEqual(['SUBACK 9: 0', 'SUBACK 8: 1', 'UNSUBACK 7', 'UNSUBACK 6']);
  });
});
