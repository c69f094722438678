import { describe, expect, it } from 'vitest';
import { brokerUnderTest } from './broker-under-test.ts';
import { packet, puback, pubcomp, publish, pubrec, subscribe, uint16, unsubscribe } from './client-packets.ts';

const broker = brokerUnderTest();

describe('UNSUBSCRIBE', () => {
  it('without a filter ends the connection [MQTT-3.10.3-2]', async () => {
    using client = await broker.connect();
    client.send(packet(0xa2, uint16(1)));
    expect(await client.closed()).toEqual([]);
  });

  it('removes the very filter, byte for byte, and no other that matches the same [MQTT-3.10.4-1]', async () => {
    const root = broker.name();
    using client = await broker.connect();
    await client.exchange(subscribe(1, [`${root}/+`, 0]), 'SUBACK 1: 0');
    const others = [`${root}/#`, `${root}/a`, `${root.toUpperCase()}/+`, `${root}/+/`];
    await client.exchange(unsubscribe(2, ...others), 'UNSUBACK 2');
    client.send(publish(`${root}/a`, 'x'));
    expect(await client.rest()).toEqual([`${root}/a=x q0`]);
    await client.exchange(unsubscribe(3, `${root}/+`), 'UNSUBACK 3');
    client.send(publish(`${root}/a`, 'y'));
    expect(await client.rest()).toEqual([]);
  });

  it('leaves subscriptions that overlap with what it removes', async () => {
    const root = broker.name();
    using client = await broker.connect();
    await client.exchange(subscribe(1, [`${root}/#`, 0], [`${root}/a`, 2]), 'SUBACK 1: 0 2');
    await client.exchange(unsubscribe(2, `${root}/a`), 'UNSUBACK 2');
    await client.exchange(publish(`${root}/a`, 'x', { qos: 1, id: 1 }), 'PUBACK 1');
    expect(await client.rest()).toEqual([`${root}/a=x q0`]);
  });

  it.each([0, 1, 2] as const)('adds no new message behind its UNSUBACK, QoS %i [MQTT-3.10.4-2]', async (qos) => {
    const topic = broker.name();
    using publisher = await broker.connect();
    using client = await broker.connect({ isClean: false });
    await client.exchange(subscribe(1, [topic, qos]), `SUBACK 1: ${qos}`);
    await client.exchange(unsubscribe(2, topic), 'UNSUBACK 2');
    await publisher.deliver(publish(topic, 'x', { qos: 1, id: 1 }), 1, 1);
    expect(await client.rest()).toEqual([]);
  });

  it('lets the delivery that has begun go on [MQTT-3.10.4-3]', async () => {
    const [topic, clientId] = [broker.name(), broker.name()];
    using publisher = await broker.connect();
    using client = await broker.connect({ clientId, isClean: false });
    await client.exchange(subscribe(1, [topic, 2]), 'SUBACK 1: 2');
    await publisher.deliver(publish(topic, 'one', { qos: 1, id: 1 }), 1, 1);
    await publisher.deliver(publish(topic, 'two', { qos: 2, id: 2 }), 2, 2);
    const first = await client.next();
    const second = await client.next();
    await client.exchange(unsubscribe(2, topic), 'UNSUBACK 2');
    client.send(puback(first.message?.id ?? 0));
    await client.exchange(pubrec(second.message?.id ?? 0), `PUBREL ${second.message?.id}`);
    client.send(pubcomp(second.message?.id ?? 0));
    expect([first.text, second.text, await client.rest()]).toEqual([`${topic}=one q1`, `${topic}=two q2`, []]);
  });

  it('lets what was not acknowledged come again to the session', async () => {
    const [topic, clientId] = [broker.name(), broker.name()];
    using publisher = await broker.connect();
    {
      using client = await broker.connect({ clientId, isClean: false });
      await client.exchange(subscribe(1, [topic, 1]), 'SUBACK 1: 1');
      await publisher.deliver(publish(topic, 'begun', { qos: 1, id: 1 }), 1, 1);
      expect(await client.line()).toBe(`${topic}=begun q1`);
      await client.exchange(unsubscribe(2, topic), 'UNSUBACK 2');
    }
    using client = await broker.connect({ clientId, isClean: false });
    expect(await client.receive(1)).toEqual([`${topic}=begun q1 dup`]);
  });

  it.each([1, 65_535])('of packet id %i is answered with an UNSUBACK of it [MQTT-3.10.4-4]', async (id) => {
    const topic = broker.name();
    using client = await broker.connect();
    await client.exchange(subscribe(7, [topic, 1]), 'SUBACK 7: 1');
    client.send(unsubscribe(id, topic));
    expect(await client.line()).toBe(`UNSUBACK ${id}`);
  });

  it('is answered where nothing was removed [MQTT-3.10.4-5]', async () => {
    using client = await broker.connect();
    client.send(unsubscribe(5, 'never/subscribed'), unsubscribe(6, '#', '+'));
    expect([await client.line(), await client.line()]).toEqual(['UNSUBACK 5', 'UNSUBACK 6']);
  });

  it('with several filters is as several, with one answer [MQTT-3.10.4-6]', async () => {
    const root = broker.name();
    using client = await broker.connect();
    const filters = [`${root}/a`, `${root}/b/#`, `${root}/+/c`];
    await client.exchange(subscribe(1, ...filters.map((filter) => [filter, 0] as const)), 'SUBACK 1: 0 0 0');
    await client.exchange(unsubscribe(2, `${root}/a`, 'never', `${root}/+/c`), 'UNSUBACK 2');
    client.send(publish(`${root}/a`, 'x'), publish(`${root}/b/x`, 'x'), publish(`${root}/z/c`, 'x'));
    expect(await client.rest()).toEqual([`${root}/b/x=x q0`]);
  });

  it('ends what a session is kept for while its client is away', async () => {
    const [topic, clientId] = [broker.name(), broker.name()];
    using publisher = await broker.connect();
    {
      using client = await broker.connect({ clientId, isClean: false });
      await client.exchange(subscribe(1, [topic, 1]), 'SUBACK 1: 1');
      await client.exchange(unsubscribe(2, topic), 'UNSUBACK 2');
    }
    await publisher.deliver(publish(topic, 'x', { qos: 1, id: 1 }), 1, 1);
    using client = await broker.connect({ clientId, isClean: false });
    expect(await client.rest()).toEqual([]);
  });
});
