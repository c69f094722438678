import { describe, expect, it } from 'vitest';
import { brokerUnderTest } from './broker-under-test.ts';
import { PINGREQ, packet, publish, pubrel, subscribe } from './client-packets.ts';
import type { WireClient } from './wire-client.ts';

const broker = brokerUnderTest({ anonymous: { publish: ['open/#'], subscribe: ['#'] } });

/** A topic on which clients may publish. */
const openTopic = () => `open/${broker.name()}`;

async function watch(topic: string, qos: 0 | 1 | 2): Promise<WireClient> {
  const watcher = await broker.connect();
  await watcher.exchange(subscribe(1, [topic, qos]), `SUBACK 1: ${qos}`);
  return watcher;
}

describe('DUP', () => {
  it('with QoS 0 ends the connection [MQTT-3.3.1-2]', async () => {
    using client = await broker.connect();
    client.send(publish(openTopic(), 'x', { isDuplicate: true }));
    expect(await client.closed()).toEqual([]);
  });

  it.each([1, 2] as const)('of the publisher is not shown to subscribers, QoS %i [MQTT-3.3.1-3]', async (qos) => {
    const topic = openTopic();
    using watcher = await watch(topic, 2);
    using client = await broker.connect();
    await client.deliver(publish(topic, 'x', { qos, id: 1, isDuplicate: true }), qos, 1);
    expect(await watcher.receive(1)).toEqual([`${topic}=x q${qos}`]);
  });
});

describe('QoS', () => {
  it('3 ends the connection, with DUP or without [MQTT-3.3.1-4]', async () => {
    for (const header of [0x36, 0x37, 0x3e, 0x3f]) {
      using client = await broker.connect();
      client.send(packet(header, publish(openTopic(), 'x', { qos: 1, id: 1 }).subarray(2)));
      expect([header, await client.closed()]).toEqual([header, []]);
    }
  });

  it('decides the answer: none, PUBACK, PUBREC [MQTT-3.3.4-1]', async () => {
    const topic = openTopic();
    using client = await broker.connect();
    client.send(publish(topic, 'x'), publish(topic, 'x', { qos: 1, id: 1 }), publish(topic, 'x', { qos: 2, id: 2 }));
    expect(await client.rest()).toEqual(['PUBACK 1', 'PUBREC 2']);
  });
});

describe('a topic', () => {
  it.each(['open/+', 'open/#', '+', '#', 'open/a+b', 'open/#/a', 'open/a#'])(
    'of a PUBLISH has no wildcards: %s ends the connection [MQTT-3.3.2-2]',
    async (topic) => {
      using watcher = await watch('open/#', 0);
      for (const qos of [0, 1, 2] as const) {
        using client = await broker.connect();
        client.send(publish(topic, 'x', qos === 0 ? {} : { qos, id: 1 }));
        expect(await client.closed()).toEqual([]);
      }
      expect(await watcher.rest()).toEqual([]);
    },
  );

  it.each([
    ['open/+/c', ['open/b/c', 'open/x/c']],
    ['open/b/#', ['open/b', 'open/b/c', 'open/b/c/d']],
    ['open/b/c', ['open/b/c']],
    ['+/b', ['open/b']],
  ])('that a subscriber is sent is matched by what it asked for: %s [MQTT-3.3.2-3]', async (filter, matched) => {
    using watcher = await watch(filter, 0);
    using client = await broker.connect();
    client.send(...['open/b', 'open/b/c', 'open/b/c/d', 'open/x/c'].map((topic) => publish(topic, 'x')));
    await client.rest();
    expect(await watcher.rest()).toEqual(matched.map((topic) => `${topic}=x q0`));
  });
});

describe('a publish that is not allowed', () => {
  it.each([0, 1, 2] as const)('ends the connection and reaches nobody, QoS %i [MQTT-3.3.5-2]', async (qos) => {
    using watcher = await watch('#', 0);
    using client = await broker.connect();
    client.send(publish('closed/a', 'x', qos === 0 ? {} : { qos, id: 1 }));
    expect([await client.closed(), await watcher.rest()]).toEqual([[], []]);
  });

  it('does not come back with a retain flag', async () => {
    using client = await broker.connect();
    client.send(publish('closed/b', 'x', { isRetained: true }));
    await client.closed();
    using watcher = await watch('closed/#', 0);
    expect(await watcher.rest()).toEqual([]);
  });
});

describe('a QoS 1 message', () => {
  it('is answered with PUBACK; the same id again is a new message, DUP or not [MQTT-4.3.2-2]', async () => {
    const topic = openTopic();
    using watcher = await watch(topic, 1);
    using client = await broker.connect();
    await client.exchange(publish(topic, 'one', { qos: 1, id: 7 }), 'PUBACK 7');
    await client.exchange(publish(topic, 'two', { qos: 1, id: 7 }), 'PUBACK 7');
    await client.exchange(publish(topic, 'three', { qos: 1, id: 7, isDuplicate: true }), 'PUBACK 7');
    expect(await watcher.receive(3)).toEqual([`${topic}=one q1`, `${topic}=two q1`, `${topic}=three q1`]);
  });

  it('may be empty, and of the size that the broker takes', async () => {
    const topic = openTopic();
    using watcher = await watch(topic, 1);
    using client = await broker.connect();
    await client.exchange(publish(topic, '', { qos: 1, id: 1 }), 'PUBACK 1');
    await client.exchange(publish(topic, 'x'.repeat(250_000), { qos: 1, id: 2 }), 'PUBACK 2');
    const sizes = (await watcher.receive(2)).map((line) => line.length - topic.length - ' q1='.length);
    expect(sizes).toEqual([0, 250_000]);
  });
});

describe('a QoS 2 message', () => {
  it('is delivered once, however often it comes before its PUBREL, and its id is new behind PUBCOMP [MQTT-4.3.3-2]', async () => {
    const topic = openTopic();
    using watcher = await watch(topic, 2);
    using client = await broker.connect();
    const first = publish(topic, 'one', { qos: 2, id: 9 });
    await client.exchange(first, 'PUBREC 9');
    await client.exchange(publish(topic, 'one', { qos: 2, id: 9, isDuplicate: true }), 'PUBREC 9');
    await client.exchange(publish(topic, 'one', { qos: 2, id: 9 }), 'PUBREC 9');
    await client.exchange(pubrel(9), 'PUBCOMP 9');
    await client.exchange(publish(topic, 'two', { qos: 2, id: 9 }), 'PUBREC 9');
    await client.exchange(pubrel(9), 'PUBCOMP 9');
    expect(await watcher.receive(2)).toEqual([`${topic}=one q2`, `${topic}=two q2`]);
    expect(await watcher.rest()).toEqual([]);
  });

  it('is delivered once when it comes twice in one chunk', async () => {
    const topic = openTopic();
    using watcher = await watch(topic, 2);
    using client = await broker.connect();
    const again = publish(topic, 'one', { qos: 2, id: 9, isDuplicate: true });
    client.send(publish(topic, 'one', { qos: 2, id: 9 }), again, again);
    expect(await client.rest()).toEqual(['PUBREC 9', 'PUBREC 9', 'PUBREC 9']);
    expect(await watcher.receive(1)).toEqual([`${topic}=one q2`]);
    expect(await watcher.rest()).toEqual([]);
  });

  it('is delivered once when it comes again over another connection of the session', async () => {
    const [topic, clientId] = [openTopic(), broker.name()];
    using watcher = await watch(topic, 2);
    {
      using client = await broker.connect({ clientId, isClean: false });
      await client.exchange(publish(topic, 'one', { qos: 2, id: 9 }), 'PUBREC 9');
    }
    using client = await broker.connect({ clientId, isClean: false });
    await client.exchange(publish(topic, 'one', { qos: 2, id: 9, isDuplicate: true }), 'PUBREC 9');
    await client.exchange(pubrel(9), 'PUBCOMP 9');
    expect(await watcher.receive(1)).toEqual([`${topic}=one q2`]);
    expect(await watcher.rest()).toEqual([]);
  });

  it('is completed again if PUBREL comes again, or for an id that was never there', async () => {
    using client = await broker.connect();
    await client.deliver(publish(openTopic(), 'x', { qos: 2, id: 3 }), 2, 3);
    await client.exchange(pubrel(3), 'PUBCOMP 3');
    await client.exchange(pubrel(4711), 'PUBCOMP 4711');
  });

  it('keeps its id apart from those of QoS 1 and of the broker', async () => {
    const topic = openTopic();
    using client = await broker.connect();
    await client.exchange(subscribe(5, [topic, 2]), 'SUBACK 5: 2');
    await client.exchange(publish(topic, 'two', { qos: 2, id: 5 }), 'PUBREC 5');
    await client.exchange(publish(topic, 'one', { qos: 1, id: 5 }), 'PUBACK 5');
    await client.exchange(pubrel(5), 'PUBCOMP 5');
    expect((await client.receive(2)).sort()).toEqual([`${topic}=one q1`, `${topic}=two q2`]);
  });
});

it('a client gets its own messages, if it asked for them', async () => {
  const topic = openTopic();
  using client = await broker.connect();
  await client.exchange(subscribe(1, [topic, 0]), 'SUBACK 1: 0');
  client.send(publish(topic, 'x'), PINGREQ);
  expect([await client.line(), await client.line()].sort()).toEqual(['PINGRESP', `${topic}=x q0`].sort());
});
