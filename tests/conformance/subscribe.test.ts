import { describe, expect, it } from 'vitest';
import { brokerUnderTest } from './broker-under-test.ts';
import { field, packet, publish, subscribe, uint16 } from './client-packets.ts';

const broker = brokerUnderTest({
  anonymous: { publish: ['#'], subscribe: ['#'], denySubscribe: ['test/nosubscribe'] },
});

describe('SUBSCRIBE', () => {
  it('without a filter ends the connection [MQTT-3.8.3-3]', async () => {
    using client = await broker.connect();
    client.send(packet(0x82, uint16(1)));
    expect(await client.closed()).toEqual([]);
  });

  it.each([3, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x81])(
    'with %i for a QoS ends the connection, whatever stands before [MQTT-3.8.3-4]',
    async (qos) => {
      using client = await broker.connect();
      client.send(subscribe(1, ['a', 0], ['b', qos]));
      expect(await client.closed()).toEqual([]);
    },
  );

  it('with a filter that has no QoS ends the connection', async () => {
    using client = await broker.connect();
    client.send(packet(0x82, uint16(1), field('a')));
    expect(await client.closed()).toEqual([]);
  });

  it.each([0, 1, 2] as const)('is answered with a SUBACK, QoS %i [MQTT-3.8.4-1]', async (qos) => {
    using client = await broker.connect();
    client.send(subscribe(1, [broker.name(), qos]));
    expect(await client.line()).toBe(`SUBACK 1: ${qos}`);
  });

  it.each([1, 2, 65_535])('of packet id %i is answered with that [MQTT-3.8.4-2]', async (id) => {
    using client = await broker.connect();
    client.send(subscribe(id, [broker.name(), 0]));
    expect(await client.line()).toBe(`SUBACK ${id}: 0`);
  });

  it('with a filter that is there replaces the subscription, in both directions [MQTT-3.8.4-3]', async () => {
    const topic = broker.name();
    using publisher = await broker.connect();
    using client = await broker.connect();
    let id = 0;
    for (const qos of [1, 0, 2, 1] as const) {
      await client.exchange(subscribe(++id, [topic, qos]), `SUBACK ${id}: ${qos}`);
      await publisher.deliver(publish(topic, 'x', { qos: 2, id }), 2, id);
      expect(await client.receive(1)).toEqual([`${topic}=x q${qos}`]);
      expect(await client.rest()).toEqual([]);
    }
  });

  it('with a filter that is there interrupts nothing', async () => {
    const topic = broker.name();
    using publisher = await broker.connect();
    using client = await broker.connect();
    await client.exchange(subscribe(1, [topic, 0]), 'SUBACK 1: 0');
    const lines: string[] = [];
    for (let index = 0; index < 50; index++) {
      publisher.send(publish(topic, String(index)));
      if (index % 5 === 0) client.send(subscribe(index + 2, [topic, 0]));
    }
    await publisher.rest();
    lines.push(...(await client.rest()));
    const payloads = lines.filter((line) => line.startsWith(topic));
    expect(payloads).toEqual(Array.from({ length: 50 }, (_, index) => `${topic}=${index} q0`));
  });

  it('with several filters is as several, with one answer [MQTT-3.8.4-4]', async () => {
    const root = broker.name();
    using publisher = await broker.connect();
    await publisher.deliver(publish(`${root}/b`, 'kept', { qos: 1, id: 1, isRetained: true }), 1, 1);
    using client = await broker.connect();
    client.send(subscribe(1, [`${root}/a`, 0], [`${root}/b`, 1], [`${root}/c`, 2]));
    expect(await client.line()).toBe('SUBACK 1: 0 1 2');
    expect(await client.receive(1)).toEqual([`${root}/b=kept q1 retain`]);
    for (const [index, level] of ['a', 'b', 'c'].entries()) {
      await publisher.deliver(publish(`${root}/${level}`, 'x', { qos: 2, id: index + 1 }), 2, index + 1);
      expect(await client.receive(1)).toEqual([`${root}/${level}=x q${index}`]);
    }
    expect(await client.rest()).toEqual([]);
  });

  it('with the same filter twice takes the last, and answers both', async () => {
    const topic = broker.name();
    using client = await broker.connect();
    client.send(subscribe(1, [topic, 2], [topic, 0]));
    expect(await client.line()).toBe('SUBACK 1: 2 0');
    await client.exchange(publish(topic, 'x', { qos: 1, id: 1 }), 'PUBACK 1');
    expect(await client.rest()).toEqual([`${topic}=x q0`]);
  });

  it('is answered with a code for each filter: the QoS, or that it failed [MQTT-3.8.4-5]', async () => {
    const root = broker.name();
    using client = await broker.connect();
    client.send(subscribe(1, [`${root}/a`, 2], ['test/nosubscribe', 2], [`${root}/b`, 1], ['$SYS/#', 0], [root, 0]));
    expect(await client.line()).toBe('SUBACK 1: 2 128 1 128 0');
    // The others stand, the failed one does not.
    client.send(publish(`${root}/b`, 'x'), publish('test/nosubscribe', 'x'));
    expect(await client.rest()).toEqual([`${root}/b=x q0`]);
  });

  it.each([0, 1, 2] as const)(
    'for QoS %i brings the lower of it and that of the message [MQTT-3.8.4-6]',
    async (granted) => {
      const topic = broker.name();
      using publisher = await broker.connect();
      using client = await broker.connect();
      await client.exchange(subscribe(1, [topic, granted]), `SUBACK 1: ${granted}`);
      publisher.send(publish(topic, 'zero'));
      await publisher.deliver(publish(topic, 'one', { qos: 1, id: 1 }), 1, 1);
      await publisher.deliver(publish(topic, 'two', { qos: 2, id: 2 }), 2, 2);
      expect(await client.receive(3)).toEqual([
        `${topic}=zero q0`,
        `${topic}=one q${Math.min(1, granted)}`,
        `${topic}=two q${granted}`,
      ]);
    },
  );
});

describe('SUBACK', () => {
  it('has its codes in the order of the filters [MQTT-3.9.3-1]', async () => {
    const codes = [2, 0, 1, 1, 0, 2, 2, 1, 0, 0] as const;
    using client = await broker.connect();
    client.send(subscribe(1, ...codes.map((qos) => [broker.name(), qos] as const)));
    expect(await client.line()).toBe(`SUBACK 1: ${codes.join(' ')}`);
  });

  it('has 128 for a subscription that failed, and no other code than 0, 1 and 2 [MQTT-3.9.3-2]', async () => {
    using client = await broker.connect();
    client.send(subscribe(1, ['test/nosubscribe', 0]), subscribe(2, ['test/nosubscribe', 1]));
    client.send(subscribe(3, ['test/nosubscribe', 2], ['test/+', 1]));
    // A wildcard may be asked for; what is denied does not come with it.
    expect([await client.line(), await client.line(), await client.line()]).toEqual([
      'SUBACK 1: 128',
      'SUBACK 2: 128',
      expect.stringMatching(/^SUBACK 3: 128 (1|128)$/),
    ]);
    client.send(publish('test/nosubscribe', 'x'));
    expect(await client.rest()).toEqual([]);
  });

  it('comes before the retained messages and before what is published behind the SUBSCRIBE', async () => {
    const topic = broker.name();
    using client = await broker.connect();
    await client.deliver(publish(topic, 'kept', { qos: 1, id: 1, isRetained: true }), 1, 1);
    client.send(subscribe(2, [topic, 0]), publish(topic, 'live'));
    expect(await client.line()).toBe('SUBACK 2: 0');
    expect((await client.rest()).sort()).toEqual([`${topic}=kept q0 retain`, `${topic}=live q0`]);
  });
});

describe('subscriptions of one client that overlap', () => {
  it.each([
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
    [0, 0, 0],
  ])('bring a message once, with the highest QoS: %i, %i, %i [MQTT-3.3.5-1]', async (...grants) => {
    const root = broker.name();
    const filters = [`${root}/#`, `${root}/+/c`, `${root}/b/c`];
    const highest = Math.max(...grants);
    using publisher = await broker.connect();
    using client = await broker.connect();
    await client.exchange(
      subscribe(1, ...filters.map((filter, at) => [filter, grants[at] ?? 0] as const)),
      `SUBACK 1: ${grants.join(' ')}`,
    );
    publisher.send(publish(`${root}/b/c`, 'zero'));
    await publisher.deliver(publish(`${root}/b/c`, 'one', { qos: 1, id: 1 }), 1, 1);
    await publisher.deliver(publish(`${root}/b/c`, 'two', { qos: 2, id: 2 }), 2, 2);
    expect(await client.receive(3)).toEqual([
      `${root}/b/c=zero q0`,
      `${root}/b/c=one q${Math.min(1, highest)}`,
      `${root}/b/c=two q${highest}`,
    ]);
    expect(await client.rest()).toEqual([]);
  });

  it('do so for a session that was away, too', async () => {
    const [root, clientId] = [broker.name(), broker.name()];
    {
      using client = await broker.connect({ clientId, isClean: false });
      await client.exchange(subscribe(1, [`${root}/#`, 1], [`${root}/a`, 2]), 'SUBACK 1: 1 2');
    }
    using publisher = await broker.connect();
    await publisher.deliver(publish(`${root}/a`, 'x', { qos: 2, id: 1 }), 2, 1);
    using client = await broker.connect({ clientId, isClean: false });
    expect(await client.receive(1)).toEqual([`${root}/a=x q2`]);
    expect(await client.rest()).toEqual([]);
  });
});
