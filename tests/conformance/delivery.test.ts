import { describe, expect, it } from 'vitest';
import { brokerUnderTest } from './broker-under-test.ts';
import { puback, pubcomp, publish, pubrec, pubrel, subscribe } from './client-packets.ts';
import type { WireClient } from './wire-client.ts';

const broker = brokerUnderTest();

/** A client with a session of QoS 2 on the topic. */
async function come(clientId: string): Promise<WireClient> {
  return await broker.connect({ clientId, isClean: false });
}

async function subscribed(clientId: string, topic: string): Promise<WireClient> {
  const client = await come(clientId);
  await client.exchange(subscribe(1, [topic, 2]), 'SUBACK 1: 2');
  return client;
}

/** Publishes one message after the other: QoS 1 where the payload begins with a, QoS 2 where with b, else QoS 0. */
async function publishAll(topic: string, ...payloads: readonly string[]): Promise<void> {
  using publisher = await broker.connect();
  for (const [index, payload] of payloads.entries()) {
    const qos = qosOf(payload);
    if (qos === 0) publisher.send(publish(topic, payload));
    else await publisher.deliver(publish(topic, payload, { qos, id: index + 1 }), qos, index + 1);
  }
  await publisher.rest();
}

function qosOf(payload: string): 0 | 1 | 2 {
  if (payload.startsWith('a')) return 1;
  return payload.startsWith('b') ? 2 : 0;
}

describe('a message', () => {
  it('is added to the session of every client that wants it [MQTT-4.5.0-1]', async () => {
    const root = broker.name();
    const away = broker.name();
    using _gone = await subscribed(away, `${root}/+`);
    _gone[Symbol.dispose]();
    using exact = await subscribed(broker.name(), `${root}/a`);
    using wild = await subscribed(broker.name(), `${root}/#`);
    using other = await subscribed(broker.name(), `${root}/b`);
    await publishAll(`${root}/a`, 'a1');
    using back = await come(away);
    for (const client of [exact, wild, back]) expect(await client.receive(1)).toEqual([`${root}/a=a1 q1`]);
    expect(await other.rest()).toEqual([]);
  });

  it('of QoS 0 is sent once, without DUP, and not kept [MQTT-4.3.1-1]', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    {
      using client = await subscribed(clientId, topic);
      await publishAll(topic, '0');
      expect(await client.rest()).toEqual([`${topic}=0 q0`]);
    }
    using client = await come(clientId);
    expect(await client.rest()).toEqual([]);
  });

  it('of QoS 1 has an unused id, no DUP at first, and is open until its PUBACK [MQTT-4.3.2-1]', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    {
      using client = await subscribed(clientId, topic);
      await publishAll(topic, 'a1', 'a2', 'a3');
      const packets = [await client.next(), await client.next(), await client.next()];
      expect(packets.map(({ text }) => text)).toEqual(['a1', 'a2', 'a3'].map((payload) => `${topic}=${payload} q1`));
      expect(new Set(packets.map(({ message }) => message?.id)).size).toBe(3);
      // The one in the middle is acknowledged, and nothing is sent again on the same connection.
      client.send(puback(packets[1]?.message?.id ?? 0));
      expect(await client.rest()).toEqual([]);
    }
    using client = await come(clientId);
    expect(await client.receive(2)).toEqual([`${topic}=a1 q1 dup`, `${topic}=a3 q1 dup`]);
  });

  it('of QoS 2 goes PUBLISH, PUBREC, PUBREL, PUBCOMP, with one id, and is not sent again behind PUBREL [MQTT-4.3.3-1]', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    let id = 0;
    {
      using client = await subscribed(clientId, topic);
      await publishAll(topic, 'b1');
      const { text, message } = await client.next();
      id = message?.id ?? 0;
      expect(text).toBe(`${topic}=b1 q2`);
      await client.exchange(pubrec(id), `PUBREL ${id}`);
    }
    {
      using client = await come(clientId);
      expect(await client.line()).toBe(`PUBREL ${id}`);
      client.send(pubcomp(id));
      expect(await client.rest()).toEqual([]);
    }
    using client = await come(clientId);
    expect(await client.rest()).toEqual([]);
  });

  it.each([1, 2] as const)('of QoS %i that is sent again has its DUP flag set [MQTT-3.3.1-1]', async (qos) => {
    const [clientId, topic] = [broker.name(), broker.name()];
    const payload = qos === 1 ? 'a' : 'b';
    {
      using client = await subscribed(clientId, topic);
      await publishAll(topic, payload);
      expect(await client.line()).toBe(`${topic}=${payload} q${qos}`);
    }
    for (const _time of [1, 2]) {
      using client = await come(clientId);
      expect(await client.line()).toBe(`${topic}=${payload} q${qos} dup`);
    }
  });

  it('that waited and was never sent has no DUP flag', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    const gone = await subscribed(clientId, topic);
    gone[Symbol.dispose]();
    await publishAll(topic, 'a', 'b');
    using client = await come(clientId);
    expect(await client.receive(2)).toEqual([`${topic}=a q1`, `${topic}=b q2`]);
  });

  it('is answered, whatever the order of the answers: each PUBREC with its PUBREL', async () => {
    const topic = broker.name();
    using client = await subscribed(broker.name(), topic);
    await publishAll(topic, 'b1', 'b2', 'b3');
    const ids = [await client.next(), await client.next(), await client.next()].map(({ message }) => message?.id ?? 0);
    const backwards = ids.toReversed();
    client.send(...backwards.map(pubrec));
    expect(await client.rest()).toEqual(backwards.map((id) => `PUBREL ${id}`));
    client.send(...ids.map(pubcomp));
    expect(await client.rest()).toEqual([]);
  });

  it('answered with PUBREC again is released again', async () => {
    const topic = broker.name();
    using client = await subscribed(broker.name(), topic);
    await publishAll(topic, 'b1');
    const id = (await client.next()).message?.id ?? 0;
    await client.exchange(pubrec(id), `PUBREL ${id}`);
    await client.exchange(pubrec(id), `PUBREL ${id}`);
  });

  it('is open until the very answer comes that its QoS asks for', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    {
      using client = await subscribed(clientId, topic);
      await publishAll(topic, 'a1', 'b2');
      const ids = [await client.next(), await client.next()].map(({ message }) => message?.id ?? 0);
      const [one = 0, two = 0] = ids;
      client.send(puback(4711), pubcomp(4712), pubcomp(one), puback(two), pubcomp(two));
      expect([await client.rest(), client.isClosed]).toEqual([[], false]);
    }
    using client = await come(clientId);
    expect(await client.receive(2)).toEqual([`${topic}=a1 q1 dup`, `${topic}=b2 q2 dup`]);
  });
});

describe('a client that comes back to its session', () => {
  it('is sent what it did not acknowledge, with the same ids: PUBREL and PUBLISH [MQTT-4.4.0-1]', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    let ids: number[] = [];
    {
      using client = await subscribed(clientId, topic);
      await publishAll(topic, 'b1', 'a2', 'b3');
      ids = [await client.next(), await client.next(), await client.next()].map(({ message }) => message?.id ?? 0);
      await client.exchange(pubrec(ids[0] ?? 0), `PUBREL ${ids[0]}`);
    }
    using client = await come(clientId);
    const again = [await client.next(), await client.next(), await client.next()];
    expect(again.map(({ text, message }) => (message === undefined ? text : `${text} ${message.id}`))).toEqual([
      `PUBREL ${ids[0]}`,
      `${topic}=a2 q1 dup ${ids[1]}`,
      `${topic}=b3 q2 dup ${ids[2]}`,
    ]);
  });

  it('is sent that in the order of the first time, and new messages behind it [MQTT-4.6.0-1]', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    const sent = Array.from({ length: 15 }, (_, index) => `${index % 3 === 0 ? 'b' : 'a'}${index}`);
    {
      using client = await subscribed(clientId, topic);
      await publishAll(topic, ...sent.slice(0, 10));
      for (const _ of sent.slice(0, 10)) await client.next();
    }
    await publishAll(topic, ...sent.slice(10));
    using client = await come(clientId);
    const payloads = (await client.receive(15)).map((line) => line.slice(topic.length + 1).split(' ')[0]);
    expect(payloads).toEqual(sent);
  });

  it('gets each message though its connection breaks again and again', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    const gone = await subscribed(clientId, topic);
    gone[Symbol.dispose]();
    const sent = Array.from({ length: 60 }, (_, index) => `a${index}`);
    await publishAll(topic, ...sent);
    const got: string[] = [];
    while (got.length < sent.length) {
      using client = await come(clientId);
      const lines = await client.receive(Math.min(7, sent.length - got.length));
      await client.rest();
      got.push(...lines.map((line) => line.slice(topic.length + 1).split(' ')[0] ?? ''));
    }
    expect(got).toEqual(sent);
  });
});

describe('order', () => {
  const mixed = Array.from({ length: 30 }, (_, index) => ({
    payload: `m${index}`,
    qos: ([0, 1, 2] as const)[index % 3] ?? 0,
    id: index + 1,
  }));

  it('is that of arrival in PUBACKs [MQTT-4.6.0-2]', async () => {
    using client = await broker.connect();
    const topic = broker.name();
    client.send(...mixed.map(({ id, payload }) => publish(topic, payload, { qos: 1, id })));
    expect(await client.rest()).toEqual(mixed.map(({ id }) => `PUBACK ${id}`));
  });

  it('is that of arrival in PUBRECs [MQTT-4.6.0-3]', async () => {
    using client = await broker.connect();
    const topic = broker.name();
    client.send(...mixed.map(({ id, payload }) => publish(topic, payload, { qos: 2, id })));
    expect(await client.rest()).toEqual(mixed.map(({ id }) => `PUBREC ${id}`));
    client.send(...mixed.map(({ id }) => pubrel(id)));
    expect(await client.rest()).toEqual(mixed.map(({ id }) => `PUBCOMP ${id}`));
  });

  it('of PUBRELs is that of the PUBRECs [MQTT-4.6.0-4]', async () => {
    const topic = broker.name();
    using client = await subscribed(broker.name(), topic);
    await publishAll(topic, ...Array.from({ length: 10 }, (_, index) => `b${index}`));
    const ids: number[] = [];
    for (let count = 0; count < 10; count++) ids.push((await client.next()).message?.id ?? 0);
    client.send(...ids.map(pubrec));
    expect(await client.rest()).toEqual(ids.map((id) => `PUBREL ${id}`));
  });

  it('holds on every topic, whatever its name [MQTT-4.6.0-5]', async () => {
    const root = broker.name();
    using client = await subscribed(broker.name(), `${root}/#`);
    const topics = [`${root}/a`, `${root}/b`, root];
    using publisher = await broker.connect();
    publisher.send(
      ...mixed.slice(0, 20).map(({ id, payload }) => publish(topics[id % 3] ?? root, payload, { qos: 1, id })),
    );
    const payloads = (await client.receive(20)).map((line) => /=(m\d+) /.exec(line)?.[1]);
    expect(payloads).toEqual(mixed.slice(0, 20).map(({ payload }) => payload));
  });

  it.each([0, 1, 2] as const)(
    'of one client, topic and QoS %i is kept to every subscriber [MQTT-4.6.0-6]',
    async (qos) => {
      const topic = broker.name();
      using first = await subscribed(broker.name(), topic);
      using second = await broker.connect();
      await second.exchange(subscribe(1, [topic, 0]), 'SUBACK 1: 0');
      using publisher = await broker.connect();
      publisher.send(...mixed.map(({ id, payload }) => publish(topic, payload, qos === 0 ? {} : { qos, id })));
      const expected = mixed.map(({ payload }) => payload);
      const payloads = (lines: readonly string[]) => lines.map((line) => /=(m\d+) /.exec(line)?.[1]);
      expect(payloads(await first.receive(30))).toEqual(expected);
      expect(payloads(await second.receive(30))).toEqual(expected);
    },
  );

  it('of 30 messages of mixed QoS in one chunk is kept at the tap, in the answers and at a subscriber', async () => {
    const topic = broker.name();
    using client = await subscribed(broker.name(), topic);
    using publisher = await broker.connect();
    const before = broker.test.tap.messages.length;
    publisher.send(...mixed.map(({ id, payload, qos }) => publish(topic, payload, qos === 0 ? {} : { qos, id })));
    const answers = mixed.filter(({ qos }) => qos > 0).map(({ qos, id }) => `${qos === 1 ? 'PUBACK' : 'PUBREC'} ${id}`);
    expect(await publisher.rest()).toEqual(answers);
    expect(await client.receive(30)).toEqual(mixed.map(({ payload, qos }) => `${topic}=${payload} q${qos}`));
    expect(broker.test.tap.payloads.slice(before)).toEqual(mixed.map(({ payload }) => payload));
  });
});
