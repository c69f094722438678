import { describe, expect, it } from 'vitest';
import { brokerUnderTest } from './broker-under-test.ts';
import { DISCONNECT, packet, publish, subscribe, type WillFields } from './client-packets.ts';
import type { WireClient } from './wire-client.ts';

const broker = brokerUnderTest();

/** A client that sees the topic, and one that leaves a will on it. */
async function openPair(topic: string, will: Omit<WillFields, 'topic'> = {}): Promise<Pair> {
  const watcher = await broker.connect();
  await watcher.exchange(subscribe(1, [topic, 2]), 'SUBACK 1: 2');
  const client = await broker.connect({ will: { topic, payload: 'gone', ...will } });
  return {
    watcher,
    client,
    [Symbol.dispose]: () => {
      watcher[Symbol.dispose]();
      client[Symbol.dispose]();
    },
  };
}

interface Pair extends Disposable {
  readonly watcher: WireClient;
  readonly client: WireClient;
}

/** What a subscription made now is sent. */
async function retainedOn(topic: string): Promise<string[]> {
  using client = await broker.connect();
  await client.exchange(subscribe(1, [topic, 2]), 'SUBACK 1: 2');
  return await client.rest();
}

describe('a will', () => {
  it('is published when the connection breaks [MQTT-3.1.2-8]', async () => {
    const topic = broker.name();
    using pair = await openPair(topic);
    pair.client[Symbol.dispose]();
    expect(await pair.watcher.line()).toBe(`${topic}=gone q0`);
  });

  it('is published when the client violates the protocol', async () => {
    const topic = broker.name();
    using pair = await openPair(topic);
    pair.client.send(packet(0x00));
    expect(await pair.watcher.line()).toBe(`${topic}=gone q0`);
  });

  it('is published when another client takes the place', async () => {
    const [topic, clientId] = [broker.name(), broker.name()];
    using pair = await openPair(topic);
    using _first = await broker.connect({ clientId, will: { topic, payload: 'taken' } });
    using _second = await broker.connect({ clientId });
    expect(await pair.watcher.line()).toBe(`${topic}=taken q0`);
  });

  it('is published once, however often the client comes and goes without one [MQTT-3.1.2-10]', async () => {
    const [topic, clientId] = [broker.name(), broker.name()];
    using pair = await openPair(topic);
    const will = { topic, payload: 'once' };
    const first = await broker.connect({ clientId, isClean: false, will });
    first[Symbol.dispose]();
    expect(await pair.watcher.line()).toBe(`${topic}=once q0`);
    for (const _time of [1, 2]) {
      const again = await broker.connect({ clientId, isClean: false });
      again[Symbol.dispose]();
    }
    expect(await pair.watcher.rest()).toEqual([]);
  });

  it('is not there without its flag [MQTT-3.1.2-12]', async () => {
    const topic = broker.name();
    using pair = await openPair(topic);
    const silent = await broker.connect();
    silent[Symbol.dispose]();
    expect(await pair.watcher.rest()).toEqual([]);
  });

  it('is discarded by a DISCONNECT [MQTT-3.14.4-3]', async () => {
    const topic = broker.name();
    using pair = await openPair(topic);
    pair.client.send(DISCONNECT);
    expect(await pair.client.closed()).toEqual([]);
    expect(await pair.watcher.rest()).toEqual([]);
  });

  it('is discarded by a DISCONNECT in the same chunk as the last publish, which is not', async () => {
    const topic = broker.name();
    using pair = await openPair(topic);
    pair.client.send(publish(topic, 'last'), DISCONNECT);
    await pair.client.closed();
    expect(await pair.watcher.rest()).toEqual([`${topic}=last q0`]);
  });

  it.each([0, 1, 2] as const)('comes with its QoS of %i', async (qos) => {
    const topic = broker.name();
    using pair = await openPair(topic, { qos });
    pair.client[Symbol.dispose]();
    expect(await pair.watcher.receive(1)).toEqual([`${topic}=gone q${qos}`]);
  });

  it('is not retained without its retain flag [MQTT-3.1.2-16]', async () => {
    const topic = broker.name();
    using pair = await openPair(topic, { qos: 1 });
    pair.client[Symbol.dispose]();
    expect(await pair.watcher.receive(1)).toEqual([`${topic}=gone q1`]);
    expect(await retainedOn(topic)).toEqual([]);
  });

  it('is retained with its retain flag [MQTT-3.1.2-17]', async () => {
    const topic = broker.name();
    using pair = await openPair(topic, { qos: 1, isRetained: true });
    pair.client[Symbol.dispose]();
    expect(await pair.watcher.receive(1)).toEqual([`${topic}=gone q1`]);
    expect(await retainedOn(topic)).toEqual([`${topic}=gone q1 retain`]);
  });

  it('that is empty and retained removes what was retained', async () => {
    const topic = broker.name();
    using pair = await openPair(topic, { payload: '', isRetained: true });
    await pair.client.deliver(publish(topic, 'online', { qos: 1, id: 1, isRetained: true }), 1, 1);
    expect(await pair.watcher.receive(1)).toEqual([`${topic}=online q1`]);
    pair.client[Symbol.dispose]();
    expect(await pair.watcher.line()).toBe(`${topic}= q0`);
    expect(await retainedOn(topic)).toEqual([]);
  });

  it('as long as a CONNECT can be comes whole', async () => {
    const topic = broker.name();
    using pair = await openPair(topic, { payload: 'x'.repeat(65_000) });
    pair.client[Symbol.dispose]();
    expect((await pair.watcher.next()).message?.payload.length).toBe(65_000);
  });
});
