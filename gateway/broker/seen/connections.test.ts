import { describe, expect, it, vi } from 'vitest';
import { openTestBroker, type TestBroker } from '#gateway/broker/testing/open-test-broker.ts';
import { publishPacket, RawClient } from '#gateway/broker/testing/raw-client.ts';
import { Secret } from '#gateway/model/secret.ts';
import { MAX_GONE_CLIENTS, SAMPLE_INTERVAL_MS } from './connections.ts';

/** Waits until connections have ended for these reasons and no others. */
async function untilEnded(test: TestBroker, disconnects: Record<string, number>): Promise<void> {
  await vi.waitFor(() => expect(test.broker.status().disconnects).toEqual(disconnects));
}

describe('the reason for the end of a connection', () => {
  it.each<[string, (client: RawClient) => void]>([
    ['byClient', (client) => client.send({ cmd: 'disconnect' })],
    ['peerClosed', (client) => client.socket.end()],
    ['networkError', (client) => client.socket.resetAndDestroy()],
    ['malformedLength', (client) => client.sendBytes(Buffer.from('30ffffffff', 'hex'))],
    ['malformedPacket', (client) => client.sendBytes(Buffer.from('ff00', 'hex'))],
    ['packetTooLarge', (client) => client.sendBytes(Buffer.from('30ffffff7f', 'hex'))],
    ['badMessage', (client) => client.send(publishPacket('', 'no topic'))],
  ])('is %s', async (reason, end) => {
    await using test = await openTestBroker();
    using client = await RawClient.connect(test.port, { clientId: 'c' });
    end(client);
    await untilEnded(test, { [reason]: 1 });
    expect(test.broker.liveClients()).toMatchObject({ clients: [], gone: [{ client: 'c', reason }] });
    expect(test.logger.lines).toContainEqual(
      expect.objectContaining({ level: 'debug', fields: expect.objectContaining({ client: 'c', reason }) }),
    );
  });

  it('is keepAlive when nothing came for one and a half times that [MQTT-3.1.2-24]', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await using test = await openTestBroker();
      using client = await RawClient.connect(test.port, { keepalive: 10 });
      vi.advanceTimersByTime(15_001);
      await client.until(() => client.isClosed);
      expect(test.broker.status().disconnects).toEqual({ keepAlive: 1 });
    } finally {
      vi.useRealTimers();
    }
  });

  it('is takenOver when the client comes anew, which is there then [MQTT-3.1.4-2]', async () => {
    await using test = await openTestBroker();
    using _first = await RawClient.connect(test.port, { clientId: 'same' });
    using _second = await RawClient.connect(test.port, { clientId: 'same' });
    await untilEnded(test, { takenOver: 1 });
    expect(test.broker.liveClients()).toMatchObject({
      clients: [{ client: 'same' }],
      gone: [{ client: 'same', reason: 'takenOver' }],
    });
  });

  it('is badLogin for who was refused; nobody is remembered by a name that was not proven', async () => {
    await using test = await openTestBroker();
    using _client = await RawClient.connect(test.port, { clientId: 'c', username: 'u', password: 'wrong' });
    await untilEnded(test, { badLogin: 1 });
    expect(test.broker.liveClients().gone).toEqual([]);
  });

  it('is revoked when the gateway disconnects the account, with a word to the log', async () => {
    const users = [{ username: 'u', password: new Secret('p'), publish: ['#'], subscribe: [] }];
    await using test = await openTestBroker({ users });
    using _client = await RawClient.connect(test.port, { clientId: 'c', username: 'u', password: 'p' });
    test.broker.account('u').disconnect();
    await untilEnded(test, { revoked: 1 });
    expect(test.logger.warnings).toMatchObject([{ fields: { client: 'c', reason: 'revoked' } }]);
  });

  it('is shutdown when the gateway ends', async () => {
    const test = await openTestBroker();
    using _client = await RawClient.connect(test.port);
    await test[Symbol.asyncDispose]();
    expect(test.broker.status().disconnects).toEqual({ shutdown: 1 });
  });
});

describe('the list of clients', () => {
  it('tells who they are, sorted, what goes over their connections and what was refused last', async () => {
    await using test = await openTestBroker({ anonymous: { publish: ['#'], subscribe: ['open/#'] } });
    using b = await RawClient.connect(test.port, { clientId: 'b', keepalive: 30, clean: false });
    using _a = await RawClient.connect(test.port, { clientId: 'a', protocolId: 'MQIsdp', protocolVersion: 3 });
    await b.subscribe({ topic: 'open/x', qos: 1 });
    await b.subscribe({ topic: 'closed/x', qos: 1 });
    await test.clock.advance(SAMPLE_INTERVAL_MS);
    b.send(...Array.from({ length: 20 }, (_, index) => publishPacket('t', 'x', 1, index + 1)));
    await b.until(() => b.acknowledged.length === 20);
    await test.clock.advance(SAMPLE_INTERVAL_MS / 2);
    const { clients } = test.broker.liveClients();
    expect(clients).toMatchObject([
      { client: 'a', protocol: '3.1', keepAliveSeconds: 0, isPersistent: false, subscriptionCount: 0 },
      {
        client: 'b',
        address: '127.0.0.1',
        listener: `mqtt ${test.port}`,
        connectedSeconds: 15,
        protocol: '3.1.1',
        keepAliveSeconds: 30,
        isPersistent: true,
        subscriptionCount: 1,
        received: { publishCount: 20, publishesPerSecond: 1.3 },
        lastError: expect.stringContaining('closed/x'),
      },
    ]);
  });

  it('remembers a bounded number of those who left, the last ones', async () => {
    await using test = await openTestBroker();
    const count = MAX_GONE_CLIENTS + 5;
    for (let index = 0; index < count; index++) {
      using client = await RawClient.connect(test.port, { clientId: `c${index}` });
      client.send({ cmd: 'disconnect' });
      await client.until(() => client.isClosed);
    }
    await untilEnded(test, { byClient: count });
    const { gone } = test.broker.liveClients();
    expect([gone.length, gone[0]?.client]).toEqual([MAX_GONE_CLIENTS, `c${count - 1}`]);
  });
});
