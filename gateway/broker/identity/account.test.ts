import { connect } from 'mqtt';
import { describe, expect, it, vi } from 'vitest';
import { openTestBroker } from '#gateway/broker/testing/open-test-broker.ts';
import { publishPacket, RawClient } from '#gateway/broker/testing/raw-client.ts';
import { Secret } from '#gateway/model/secret.ts';
import type { BrokerUser } from './accounts.ts';

const LOGIN = { username: 'rules', password: 'secret' };
/** @see MQTT 3.1.1, section 2.2.3 */
function remainingLength(bytes: number): number[] {
  return bytes < 128 ? [bytes] : [(bytes & 0x7f) | 0x80, bytes >> 7];
}

const RATE = { perSecond: 10, burst: 20 };

function openWith(rules: Partial<BrokerUser>) {
  const user = { username: 'rules', password: new Secret('secret'), publish: ['events/#'], subscribe: ['events/#'] };
  return openTestBroker({ users: [{ ...user, ...rules }] });
}

describe('a refused publish of a forgiving account', () => {
  it('is acknowledged in its turn, dropped, counted and logged; the connection stays [MQTT-3.3.5-2, B2]', async () => {
    await using test = await openWith({ refusedPublishes: 'drop' });
    using subscriber = await RawClient.connect(test.port);
    await subscriber.subscribe({ topic: '#', qos: 1 });
    using client = await RawClient.connect(test.port, LOGIN);
    test.tap.isHolding = true;
    client.send(
      publishPacket('events/a', 'kept', 1, 1),
      publishPacket('devices/gps0', 'forged', 1, 2),
      publishPacket('devices/gps0', 'forged too', 0),
      publishPacket('events/a', 'kept too', 1, 3),
    );
    await vi.waitFor(() => expect(test.tap.held).toHaveLength(2));
    await subscriber.ping();
    expect(client.acknowledged).toEqual([]);
    test.tap.release();
    await client.until(() => client.isClosed || client.acknowledged.length === 3);
    await subscriber.until(() => subscriber.payloads.length >= 2);
    await subscriber.ping();
    expect(client.acknowledged).toEqual([1, 2, 3]);
    expect([test.tap.payloads, subscriber.payloads]).toEqual([
      ['kept', 'kept too'],
      ['kept', 'kept too'],
    ]);
    expect(test.broker.status()).toMatchObject({ publishedCount: 2, refusals: { notAuthorized: 2 } });
    expect(test.broker.account('rules').status()).toMatchObject({
      connectionCount: 1,
      refusedPublishCount: 2,
      lastRefusal: 'refused a publish on "devices/gps0": no right to publish',
      lastTopic: 'events/a',
    });
    expect(JSON.stringify(test.logger.lines)).toContain('broker.notAuthorized');
  });

  it('of QoS 2 does not come again for ever: MQTT.js gets its answers, and goes on', async () => {
    await using test = await openWith({ refusedPublishes: 'drop' });
    const client = connect({ host: '127.0.0.1', port: test.port, ...LOGIN });
    await client.publishAsync('events/a', 'twice as sure', { qos: 2 });
    await client.publishAsync('devices/gps0', 'forged', { qos: 2 });
    await client.publishAsync('events/a', 'kept', { qos: 1 });
    await client.endAsync();
    expect(test.tap.payloads).toEqual(['twice as sure', 'kept']);
    expect(test.broker.status().refusals).toEqual({ notAuthorized: 1 });
  });

  it.each([
    ['deeper than 32 levels', 'topicTooDeep', `events${'/a'.repeat(60)}`, /"events\/a.*…": more than 32 levels$/],
    ['deeper than any matcher takes', 'topicTooDeep', `events${'/a'.repeat(5000)}`, /more than 32 levels$/],
    ['with a wildcard', 'badMessage', 'events/+', /"events\/\+": no valid topic$/],
    ['that is empty', 'badMessage', '', /"": no valid topic$/],
  ])('on a topic %s is forgiven like any other, and named', async (_, reason, topic, words) => {
    await using test = await openWith({ refusedPublishes: 'drop' });
    using client = await RawClient.connect(test.port, LOGIN);
    const { length } = Buffer.from(topic);
    // By hand: the packet writer of the test would not send some of them.
    const head = Buffer.from([0x32, ...remainingLength(length + 5), length >> 8, length & 0xff]);
    client.sendBytes(Buffer.concat([head, Buffer.from(topic), Buffer.from([0, 1, 0x78])]));
    client.send(publishPacket('events/a', 'kept', 1, 2));
    await client.until(() => client.isClosed || client.acknowledged.length === 2);
    expect([client.acknowledged, test.tap.payloads]).toEqual([[1, 2], ['kept']]);
    expect(test.broker.status().refusals).toEqual({ [reason]: 1 });
    expect(test.broker.account('rules').status().lastRefusal).toMatch(words);
  });

  it('on a topic that is too deep closes any other account, and is counted', async () => {
    await using test = await openWith({});
    using client = await RawClient.connect(test.port, LOGIN);
    client.send(publishPacket(`events${'/a'.repeat(60)}`, 'deep', 1, 1));
    await client.until(() => client.isClosed);
    expect(test.broker.status().refusals).toEqual({ topicTooDeep: 1 });
    expect(test.broker.account('rules').status().lastRefusal).toMatch(/more than 32 levels$/);
  });

  it('closes the connection of any other account', async () => {
    await using test = await openWith({});
    using client = await RawClient.connect(test.port, LOGIN);
    client.send(publishPacket('devices/gps0', 'forged', 1, 2));
    await client.until(() => client.isClosed);
    expect(client.acknowledged).toEqual([]);
  });
});

describe('an account with a rate [P3]', () => {
  /** The first client publishes 1,000 messages in one go, the other is asked whether it is served meanwhile. */
  async function openFlood() {
    const test = await openWith({ publishRate: RATE });
    const flooding = await RawClient.connect(test.port, LOGIN);
    const packets = Array.from({ length: 1000 }, (_, index) => publishPacket('events/a', String(index), 1, index + 1));
    flooding.send(...packets);
    await flooding.until(() => flooding.acknowledged.length >= RATE.burst);
    return { test, flooding };
  }

  it('gets its burst at once and its rate from then on, in order; others are not held back', async () => {
    const { test, flooding } = await openFlood();
    await using _ = test;
    const other = connect({ host: '127.0.0.1', port: test.port });
    for (const payload of ['x', 'y', 'z']) await other.publishAsync('sensors/a', payload, { qos: 1 });
    expect(flooding.acknowledged).toHaveLength(RATE.burst);
    await test.clock.advance(5000);
    await flooding.until(() => flooding.acknowledged.length >= RATE.burst + 50);
    await other.publishAsync('sensors/a', 'last', { qos: 1 });
    await other.endAsync();
    const expected = Array.from({ length: RATE.burst + 50 }, (_, index) => index + 1);
    expect(flooding.acknowledged).toEqual(expected);
    expect(test.broker.account('rules').status().heldBackMs).toBe(5000);
    flooding[Symbol.dispose]();
  });

  it('leaves what is beyond it in the socket of its client', async () => {
    const { test, flooding } = await openFlood();
    await using _ = test;
    const message = publishPacket('events/a', 'x'.repeat(60_000), 0);
    for (let count = 0; count < 1000; count++) flooding.send(message);
    using other = await RawClient.connect(test.port);
    for (let turn = 0; turn < 100; turn++) await other.ping();
    expect(flooding.socket.writableLength).toBeGreaterThan(30 * 2 ** 20);
    flooding[Symbol.dispose]();
  });

  it('is one rate for all of its connections', async () => {
    const { test, flooding } = await openFlood();
    await using _ = test;
    using second = await RawClient.connect(test.port, LOGIN);
    second.send(publishPacket('events/b', 'late', 1, 1));
    using other = await RawClient.connect(test.port);
    for (let turn = 0; turn < 10; turn++) await other.ping();
    expect(second.acknowledged).toEqual([]);
    flooding[Symbol.dispose]();
  });

  it('hands in nothing more once it is disconnected', async () => {
    const { test, flooding } = await openFlood();
    await using _ = test;
    test.broker.account('rules').disconnect();
    await flooding.until(() => flooding.isClosed);
    await test.clock.advance(60_000);
    expect(test.tap.messages).toHaveLength(RATE.burst);
    expect(test.broker.account('rules').status()).toMatchObject({ connectionCount: 0, heldBackMs: 0 });
  });

  it('may be closed while it is held back [P1]', async () => {
    const { test, flooding } = await openFlood();
    await test[Symbol.asyncDispose]();
    await flooding.until(() => flooding.isClosed);
    expect(test.tap.messages).toHaveLength(RATE.burst);
  });
});
