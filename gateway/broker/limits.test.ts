import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { openTestBroker } from './testing/open-test-broker.ts';
import { connectPacket, publishPacket, RawClient } from './testing/raw-client.ts';

/** The bounds of `broker.limits` that no other test of this folder holds the broker to; each refusal is counted and logged [B4, B5, P3]. */
describe('connections of one address', () => {
  it('make room by closing the oldest that has not logged in', async () => {
    await using test = await openTestBroker({ limits: { maxConnectionsPerAddress: 3 } });
    using silent = await RawClient.open(test.port);
    using other = await RawClient.open(test.port);
    using third = await RawClient.connect(test.port);
    using fourth = await RawClient.connect(test.port);
    await silent.until(() => silent.isClosed);
    expect([third.returnCode, fourth.returnCode, other.isClosed]).toEqual([0, 0, false]);
    expect(test.broker.status().refusals).toEqual({ loginSuperseded: 1 });
  });

  it('are refused where all have logged in, until one leaves', async () => {
    await using test = await openTestBroker({ limits: { maxConnectionsPerAddress: 2 } });
    using first = await RawClient.connect(test.port, { clientId: 'first' });
    using second = await RawClient.connect(test.port, { clientId: 'second' });
    using third = await RawClient.open(test.port);
    await third.until(() => third.isClosed);
    expect(test.broker.status()).toMatchObject({
      refusals: { tooManyConnections: 1 },
      disconnects: { tooManyConnections: 1 },
    });
    expect(test.logger.warnings).toMatchObject([{ fields: { client: '127.0.0.1', reason: 'tooManyConnections' } }]);
    second.socket.destroy();
    await vi.waitFor(() => expect(test.broker.status().clientCount).toBe(1));
    using fourth = await RawClient.connect(test.port);
    expect([first.isClosed, fourth.returnCode]).toEqual([false, 0]);
  });
});

describe('a client that sends too much', () => {
  it('is read at the rate of the limits; nothing is lost, and it is said once', async () => {
    await using test = await openTestBroker({ limits: { maxPublishesPerSecond: 10 } });
    using client = await RawClient.connect(test.port, { clientId: 'flooder' });
    const publishes = Array.from({ length: 25 }, (_, index) => publishPacket('t', String(index), 1, index + 1));
    client.send(...publishes);
    await client.until(() => client.acknowledged.length === 10);
    await client.until(() => test.clock.timerCount > 0);
    expect(test.tap.payloads).toHaveLength(10);
    for (let count = 10; count < 25; count++) {
      await test.clock.advance(100);
      await client.until(() => client.acknowledged.length > count);
      expect(test.tap.payloads).toHaveLength(count + 1);
    }
    expect(client.acknowledged).toEqual(publishes.map(({ messageId }) => messageId));
    expect(test.broker.status().refusals).toEqual({ tooFast: 1 });
    expect(test.logger.warnings).toMatchObject([{ fields: { client: 'flooder', reason: 'tooFast' } }]);
  });

  it('is not read beyond the bytes of the limits, and its connection stays', async () => {
    await using test = await openTestBroker({ limits: { maxReceivedBytesPerSecond: 1024 } });
    using client = await RawClient.connect(test.port);
    client.send(publishPacket('t', 'x'.repeat(2000), 1, 1));
    await client.until(() => client.acknowledged.length === 1);
    client.send(publishPacket('t', 'y', 1, 2), { cmd: 'pingreq' });
    await vi.waitFor(() => expect(test.broker.status().refusals).toEqual({ tooFast: 1 }));
    await test.clock.advance(900);
    expect(client.acknowledged).toEqual([1]);
    await test.clock.advance(200);
    await client.until(() => client.acknowledged.length === 2 && client.count('pingresp') === 1);
    expect(client.isClosed).toBe(false);
  });

  it('may send its other clients as much each', async () => {
    await using test = await openTestBroker({ limits: { maxPublishesPerSecond: 5 } });
    using one = await RawClient.connect(test.port);
    using other = await RawClient.connect(test.port);
    for (const client of [one, other]) {
      client.send(...Array.from({ length: 5 }, (_, index) => publishPacket('t', '', 1, index + 1)));
      await client.until(() => client.acknowledged.length === 5);
    }
    expect(test.broker.status().refusals).toEqual({});
  });
});

it('a CONNECT is held to the bytes of the limits, whatever is allowed later', async () => {
  await using test = await openTestBroker({ limits: { maxConnectBytes: 256 } });
  using small = await RawClient.connect(test.port, { clientId: 'x'.repeat(100) });
  using large = await RawClient.open(test.port);
  large.send(connectPacket({ clientId: 'x'.repeat(250) }));
  await large.until(() => large.isClosed);
  expect([small.returnCode, large.returnCode]).toEqual([0, undefined]);
  small.send(publishPacket('t', 'x'.repeat(2000), 1, 1));
  await small.until(() => small.acknowledged.length === 1);
  expect(test.broker.status().refusals).toEqual({ connectTooLarge: 1 });
});

it('a connection that says nothing is closed in the time of the limits', async () => {
  await using test = await openTestBroker({ limits: { connectTimeoutMs: 300 } });
  const socket = connect({ host: '127.0.0.1', port: test.port });
  using client = new RawClient(socket);
  await new Promise((resolve) => socket.once('connect', resolve));
  await vi.waitFor(() => expect(test.clock.timerCount).toBeGreaterThan(1));
  await test.clock.advance(300);
  await client.until(() => client.isClosed);
  expect(test.broker.status().disconnects).toEqual({ connectTimeout: 1 });
});

it('topics are as deep as the limits say, for publishing and subscribing', async () => {
  await using test = await openTestBroker({ limits: { maxTopicLevels: 3 } });
  using client = await RawClient.connect(test.port);
  expect(await client.subscribe({ topic: 'a/b/#', qos: 1 })).toEqual([1]);
  expect(await client.subscribe({ topic: 'a/b/c/#', qos: 1 })).toEqual([128]);
  client.send(publishPacket('a/b/c', 'fits', 1, 1));
  await client.until(() => client.acknowledged.length === 1);
  client.send(publishPacket('a/b/c/d', 'deep', 1, 2));
  await client.until(() => client.isClosed);
  expect(test.tap.payloads).toEqual(['fits']);
  expect(test.broker.status()).toMatchObject({ refusals: { topicTooDeep: 2 }, disconnects: { topicTooDeep: 1 } });
});
