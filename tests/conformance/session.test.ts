import { describe, expect, it } from 'vitest';
import { brokerUnderTest } from './broker-under-test.ts';
import { connect, DISCONNECT, puback, publish, pubrec, subscribe } from './client-packets.ts';
import type { WireClient } from './wire-client.ts';

const broker = brokerUnderTest();

/** Connects with clean session 0 or 1. @returns the client, and its CONNACK */
async function come(clientId: string, isClean: boolean): Promise<{ client: WireClient; connack: string }> {
  const client = await broker.open();
  client.send(connect({ clientId, isClean }));
  return { client, connack: await client.line() };
}

/** A session of QoS 2 on the topic, left behind by a client that is gone. */
async function leaveSession(clientId: string, topic: string): Promise<void> {
  using client = await broker.connect({ clientId, isClean: false });
  await client.exchange(subscribe(1, [topic, 2]), 'SUBACK 1: 2');
  client.send(DISCONNECT);
  await client.closed();
}

describe('clean session 0', () => {
  it('begins a session, keeps it beyond the connection, and goes on with it [MQTT-3.1.2-4]', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    await leaveSession(clientId, topic);
    const { client, connack } = await come(clientId, false);
    using _client = client;
    client.send(publish(topic, 'x'));
    // Its subscription still stands.
    expect([connack, await client.rest()]).toEqual(['CONNACK 0 present', [`${topic}=x q0`]]);
  });

  it('keeps QoS 1 and 2 messages that come while the client is away [MQTT-3.1.2-5]', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    await leaveSession(clientId, topic);
    using publisher = await broker.connect();
    await publisher.deliver(publish(topic, 'one', { qos: 1, id: 1 }), 1, 1);
    await publisher.deliver(publish(topic, 'two', { qos: 2, id: 2 }), 2, 2);
    using client = await broker.connect({ clientId, isClean: false });
    expect(await client.receive(2)).toEqual([`${topic}=one q1`, `${topic}=two q2`]);
  });

  it('finds no session where there was none [MQTT-3.2.2-3]', async () => {
    const { client, connack } = await come(broker.name(), false);
    using _client = client;
    expect(connack).toBe('CONNACK 0');
  });

  it('finds a stored session, whether it has subscriptions or not [MQTT-3.2.2-2]', async () => {
    const [withOne, without, emptied] = [broker.name(), broker.name(), broker.name()];
    await leaveSession(withOne, 'a');
    for (const clientId of [without, emptied]) {
      const { client, connack } = await come(clientId, false);
      expect(connack).toBe('CONNACK 0');
      client.send(DISCONNECT);
      await client.closed();
    }
    for (const clientId of [withOne, without, emptied]) {
      const { client, connack } = await come(clientId, false);
      using _client = client;
      expect([clientId, connack]).toEqual([clientId, 'CONNACK 0 present']);
    }
  });

  it('finds the session that a client with a broken connection left', async () => {
    const clientId = broker.name();
    const first = await come(clientId, false);
    first.client[Symbol.dispose]();
    const { client, connack } = await come(clientId, false);
    using _client = client;
    expect(connack).toBe('CONNACK 0 present');
  });

  it('finds the session of the client whose place it takes', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    using first = await broker.connect({ clientId, isClean: false });
    await first.exchange(subscribe(1, [topic, 1]), 'SUBACK 1: 1');
    const { client, connack } = await come(clientId, false);
    using _client = client;
    client.send(publish(topic, 'x'));
    expect([connack, await client.rest(), await first.closed()]).toEqual(['CONNACK 0 present', [`${topic}=x q0`], []]);
  });
});

describe('clean session 1', () => {
  it('discards what was stored, and what came for it [MQTT-3.1.2-6]', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    await leaveSession(clientId, topic);
    using publisher = await broker.connect();
    await publisher.deliver(publish(topic, 'missed', { qos: 1, id: 1 }), 1, 1);
    const clean = await come(clientId, true);
    await publisher.deliver(publish(topic, 'live', { qos: 1, id: 1 }), 1, 1);
    expect(await clean.client.rest()).toEqual([]);
    await clean.client.exchange(subscribe(1, [topic, 1]), 'SUBACK 1: 1');
    clean.client.send(DISCONNECT);
    await clean.client.closed();
    // Neither is anything left of the clean one.
    const { client, connack } = await come(clientId, false);
    using _client = client;
    await publisher.deliver(publish(topic, 'live', { qos: 1, id: 1 }), 1, 1);
    expect([connack, await client.rest()]).toEqual(['CONNACK 0', []]);
  });

  it('is never told that a session is present [MQTT-3.2.2-1]', async () => {
    const clientId = broker.name();
    await leaveSession(clientId, 'a');
    for (const _time of [1, 2]) {
      const { client, connack } = await come(clientId, true);
      using _client = client;
      expect(connack).toBe('CONNACK 0');
    }
  });

  it('discards the id of a QoS 2 message that was not released', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    using watcher = await broker.connect();
    await watcher.exchange(subscribe(1, [topic, 0]), 'SUBACK 1: 0');
    for (const payload of ['one', 'two']) {
      using client = await broker.connect({ clientId });
      await client.exchange(publish(topic, payload, { qos: 2, id: 5 }), 'PUBREC 5');
    }
    expect(await watcher.rest()).toEqual([`${topic}=one q0`, `${topic}=two q0`]);
  });

  it('is done before the CONNACK, as it is for clean session 0 [MQTT-3.1.4-3]', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    await leaveSession(clientId, topic);
    const { client } = await come(clientId, true);
    using _client = client;
    client.send(publish(topic, 'x', { qos: 1, id: 1 }));
    expect(await client.rest()).toEqual(['PUBACK 1']);
  });
});

describe('a session', () => {
  it('goes by the client id, byte for byte [MQTT-3.1.3-2]', async () => {
    const clientId = broker.name();
    await leaveSession(clientId, 'a');
    for (const other of [clientId.toUpperCase(), `${clientId} `, ` ${clientId}`, `${clientId}/`]) {
      const { client, connack } = await come(other, false);
      using _client = client;
      expect([other, connack]).toEqual([other, 'CONNACK 0']);
    }
  });

  it('is kept for its whole duration: subscriptions, what waits, what is under way [MQTT-4.1.0-1]', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    await leaveSession(clientId, topic);
    using publisher = await broker.connect();
    await publisher.deliver(publish(topic, 'sent', { qos: 2, id: 1 }), 2, 1);
    {
      using client = await broker.connect({ clientId, isClean: false });
      const { message } = await client.next();
      await client.exchange(pubrec(message?.id ?? 0), `PUBREL ${message?.id}`);
    }
    await publisher.deliver(publish(topic, 'waiting', { qos: 1, id: 2 }), 1, 2);
    using client = await broker.connect({ clientId, isClean: false });
    const lines = [await client.line(), await client.line()];
    client.send(publish(topic, 'live'));
    lines.push(...(await client.rest()));
    expect(lines).toEqual([expect.stringMatching(/^PUBREL \d+$/), `${topic}=waiting q1`, `${topic}=live q0`]);
  });

  it('lasts as long as its connection, though it be clean and idle [MQTT-4.1.0-2]', async () => {
    const topic = broker.name();
    using client = await broker.connect();
    await client.exchange(subscribe(1, [topic, 1]), 'SUBACK 1: 1');
    await broker.test.clock.advance(600_000);
    client.send(publish(topic, 'x'));
    expect(await client.rest()).toEqual([`${topic}=x q0`]);
  });

  it('does not own what its client had retained [MQTT-3.1.2-7]', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    {
      using client = await broker.connect({ clientId, isClean: true });
      await client.deliver(publish(topic, 'kept', { qos: 1, id: 1, isRetained: true }), 1, 1);
      client.send(DISCONNECT);
      await client.closed();
    }
    using again = await broker.connect({ clientId, isClean: true });
    await again.exchange(subscribe(1, [topic, 1]), 'SUBACK 1: 1');
    expect(await again.receive(1)).toEqual([`${topic}=kept q1 retain`]);
  });

  it('loses nothing when acknowledgements come twice or for what was never sent', async () => {
    const topic = broker.name();
    using client = await broker.connect();
    await client.exchange(subscribe(1, [topic, 1]), 'SUBACK 1: 1');
    client.send(puback(4711), publish(topic, 'x', { qos: 1, id: 1 }));
    await client.exchange(Buffer.alloc(0), 'PUBACK 1');
    const { message } = await client.next();
    client.send(puback(message?.id ?? 0), puback(message?.id ?? 0));
    expect([await client.rest(), client.isClosed]).toEqual([[], false]);
  });
});
