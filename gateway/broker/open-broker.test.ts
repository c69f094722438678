import { describe, expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { type BrokerOptions, openBroker } from './open-broker.ts';
import { HeldTap, openTestBroker } from './testing/open-test-broker.ts';
import { publishPacket, RawClient } from './testing/raw-client.ts';

function options(...listeners: BrokerOptions['listeners']): BrokerOptions {
  return {
    listeners,
    users: [],
    anonymous: false,
    admit: new HeldTap().admit,
    clock: new FakeClock(),
    logger: new MemoryLogger(),
  };
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('openBroker', () => {
  it('tells the port it took and counts what passes', async () => {
    await using test = await openTestBroker();
    using client = await RawClient.connect(test.port);
    client.send(publishPacket('a', 'x', 1, 1), publishPacket('a', 'y', 1, 2));
    await client.until(() => client.acknowledged.length === 2);
    expect(test.broker.status()).toEqual({
      listeners: [{ type: 'mqtt', host: '127.0.0.1', port: test.port }],
      clientCount: 1,
      publishedCount: 2,
      awayCount: 0,
      subscriptionCount: 0,
      queuedCount: 0,
      queuedBytes: 0,
      retainedCount: 0,
      expiredSessionCount: 0,
      refusals: {},
      disconnects: {},
    });
  });

  it('names a port in use, its address and its key, and gives back what it had opened', async () => {
    await using test = await openTestBroker();
    const { port } = test;
    await using free = await openTestBroker();
    const freed = free.port;
    await free[Symbol.asyncDispose]();
    const error = await errorOf(
      openBroker(options({ type: 'mqtt', host: '127.0.0.1', port: freed }, { type: 'mqtt', host: '127.0.0.1', port })),
    );
    expect(error).toBeInstanceOf(WaystationError);
    expect(error).toMatchObject({
      code: 'listener.portInUse',
      message: `cannot listen on 127.0.0.1:${port} (broker.listeners[1].port): the port is in use`,
    });
    await using again = await openBroker(options({ type: 'mqtt', host: '127.0.0.1', port: freed }));
    expect(again.listeners).toHaveLength(1);
  });

  it('does not listen in plain text off loopback unless that is written out', async () => {
    const error = await errorOf(openBroker(options({ type: 'mqtt', host: '0.0.0.0', port: 0 })));
    expect(error).toMatchObject({ code: 'listener.failed' });
    await using broker = await openBroker(options({ type: 'mqtt', host: '0.0.0.0', port: 0, insecure: true }));
    expect(broker.listeners).toHaveLength(1);
  });

  it('names an address that is not its own', async () => {
    const error = await errorOf(openBroker(options({ type: 'mqtt', host: '192.0.2.1', port: 0, insecure: true })));
    expect(error).toMatchObject({ code: 'listener.failed', message: expect.stringContaining('192.0.2.1:0') });
  });

  it('refuses clients beyond the limit, and takes new ones when others have gone [B4]', async () => {
    await using test = await openTestBroker({ limits: { maxClients: 2 } });
    using first = await RawClient.connect(test.port);
    using second = await RawClient.connect(test.port, { clientId: 'second' });
    using third = await RawClient.connect(test.port);
    await third.until(() => third.isClosed);
    expect([third.returnCode, test.broker.status().refusals]).toEqual([3, { tooManyClients: 1 }]);
    using again = await RawClient.connect(test.port, { clientId: 'second' });
    await second.until(() => second.isClosed);
    expect(again.returnCode).toBe(0);
    first.send({ cmd: 'disconnect' });
    await first.until(() => first.isClosed);
    using fourth = await RawClient.connect(test.port);
    expect(fourth.returnCode).toBe(0);
  });

  it('keeps nobody out for connections that never log in: the oldest of them goes [B4]', async () => {
    await using test = await openTestBroker({ limits: { maxClients: 2, maxPendingLogins: 3 } });
    using client = await RawClient.connect(test.port);
    const idle: RawClient[] = [];
    for (let count = 0; count < 5; count++) idle.push(await RawClient.open(test.port));
    using late = await RawClient.connect(test.port);
    expect(late.returnCode).toBe(0);
    await Promise.all(idle.slice(0, 3).map((connection) => connection.until(() => connection.isClosed)));
    await client.ping();
    expect([...idle.slice(3), client, late].map(({ isClosed }) => isClosed)).toEqual([false, false, false, false]);
    expect(test.broker.status().refusals).toEqual({ loginSuperseded: 3 });
    for (const connection of idle) connection[Symbol.dispose]();
  });
});

describe('closing [P1]', () => {
  it('acknowledges what the tap still answers, then closes the connections; twice is harmless', async () => {
    await using test = await openTestBroker();
    using client = await RawClient.connect(test.port);
    test.tap.isHolding = true;
    client.send(publishPacket('a', 'last', 1, 1), { cmd: 'pingreq' });
    await client.until(() => client.count('pingresp') > 0);
    const closing = test.broker[Symbol.asyncDispose]();
    test.tap.release();
    await closing;
    await client.until(() => client.isClosed);
    expect(client.acknowledged).toEqual([1]);
    await test.broker[Symbol.asyncDispose]();
  });

  it('does not wait longer than the drain timeout for a tap that never answers', async () => {
    await using test = await openTestBroker({ limits: { drainTimeoutMs: 100 } });
    using client = await RawClient.connect(test.port);
    test.tap.isHolding = true;
    client.send(publishPacket('a', 'last', 1, 1), { cmd: 'pingreq' });
    await client.until(() => client.count('pingresp') > 0);
    let isClosed = false;
    const closing = test.broker[Symbol.asyncDispose]().then(() => {
      isClosed = true;
    });
    while (!isClosed) await test.clock.advance(100);
    await closing;
    expect(client.acknowledged).toEqual([]);
  });

  it('takes no more publishes of the gateway itself', async () => {
    await using test = await openTestBroker();
    await test.broker[Symbol.asyncDispose]();
    const message = {
      topic: 'a',
      payload: Buffer.from('x'),
      qos: 1,
      isRetained: false,
      isDuplicate: false,
      clientId: '@gps0',
    } as const;
    const error = await new Promise((resolve) => test.broker.publish(message, resolve));
    expect(error).toMatchObject({ code: 'journal.closed' });
  });

  it('leaves a connection that never logged in no time', async () => {
    await using test = await openTestBroker();
    using silent = await RawClient.open(test.port);
    await test.broker[Symbol.asyncDispose]();
    await silent.until(() => silent.isClosed);
  });
});
