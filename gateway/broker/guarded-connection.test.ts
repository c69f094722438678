import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { generate } from 'mqtt-packet';
import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { guardConnection } from './guarded-connection.ts';
import { PACKET_OVERHEAD_BYTES } from './socket-writer.ts';
import { openTestBroker } from './testing/open-test-broker.ts';
import { connectPacket, publishPacket, RawClient } from './testing/raw-client.ts';
import { TurnQueue } from './turn-queue.ts';

const CONNECT = generate(connectPacket());

/** A CONNECT of exactly so many bytes: the will makes it long. */
function connectOf(sizeBytes: number): Buffer {
  const make = (length: number) =>
    generate(connectPacket({ clientId: 'long', will: { topic: 'w', payload: Buffer.alloc(length), qos: 0 } }));
  const payloadBytes = sizeBytes - make(0).length - 2; // The remaining length takes two bytes more.
  return make(payloadBytes);
}

describe('before the login [B5]', () => {
  it('takes a CONNECT of up to 64 KiB and refuses a larger one', async () => {
    await using test = await openTestBroker();
    using fits = await RawClient.open(test.port);
    fits.sendBytes(connectOf(DEFAULT_LIMITS.maxConnectBytes));
    await fits.until(() => fits.isClosed || fits.count('connack') > 0);
    expect(fits.returnCode).toBe(0);
    using tooLarge = await RawClient.open(test.port);
    tooLarge.sendBytes(connectOf(DEFAULT_LIMITS.maxConnectBytes + 1));
    await tooLarge.until(() => tooLarge.isClosed);
    expect([tooLarge.returnCode, test.broker.status().refusals]).toEqual([undefined, { packetTooLarge: 1 }]);
  });

  it('holds no more than 64 KiB of a peer in all, its CONNECT included', async () => {
    await using pair = await openSocketPair();
    const refusals: string[] = [];
    const connection = guardConnection(pair.server, {
      remoteAddress: '127.0.0.1',
      drainTimeoutMs: 1000,
      maxConnectBytes: DEFAULT_LIMITS.maxConnectBytes,
      clock: new FakeClock(),
      turns: new TurnQueue(),
      maxPacketBytes: 2 ** 20,
      maxUnsentBytes: 2 ** 20,
      onRefused: (why) => refusals.push(why),
    });
    const chunk = connectOf(DEFAULT_LIMITS.maxConnectBytes);
    connection.receive(chunk.subarray(0, -1));
    expect([refusals, connection.readableLength]).toEqual([[], 0]);
    connection.receive(Buffer.concat([chunk.subarray(-1), Buffer.alloc(1)]));
    expect([refusals, connection.destroyed]).toEqual([['connectTooLarge'], true]);
  });

  it('answers a CONNECT that comes byte by byte', async () => {
    await using test = await openTestBroker();
    using client = await RawClient.open(test.port);
    for (const byte of CONNECT) {
      client.sendBytes(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.until(() => client.count('connack') > 0);
    expect(client.returnCode).toBe(0);
  });

  it('closes a connection that has not logged in within five seconds, and no other', async () => {
    await using test = await openTestBroker();
    using silent = await RawClient.open(test.port);
    using dribbling = await RawClient.open(test.port);
    dribbling.sendBytes(CONNECT.subarray(0, -1));
    using client = await RawClient.connect(test.port);
    await test.clock.advance(DEFAULT_LIMITS.connectTimeoutMs - 1);
    await client.ping();
    expect([silent.isClosed, dribbling.isClosed]).toEqual([false, false]);
    await test.clock.advance(1);
    await Promise.all([silent.until(() => silent.isClosed), dribbling.until(() => dribbling.isClosed)]);
    await client.ping();
    expect([client.isClosed, test.broker.status().refusals]).toEqual([false, { connectTimeout: 2 }]);
  });

  it('closes a connection whose first byte is not a CONNECT', async () => {
    await using test = await openTestBroker();
    using client = await RawClient.open(test.port);
    client.sendBytes(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await client.until(() => client.isClosed);
    expect(test.broker.status().refusals).toEqual({ notMqtt: 1 });
  });

  it('keeps what is sent behind the CONNECT until the login, in order and without a limit of 42', async () => {
    await using test = await openTestBroker();
    using client = await RawClient.open(test.port);
    const publishes = Array.from({ length: 200 }, (_, index) => publishPacket('a', String(index), 1, index + 1));
    client.send(connectPacket(), ...publishes.slice(0, 100));
    client.send(...publishes.slice(100));
    await client.until(() => client.isClosed || client.acknowledged.length === publishes.length);
    expect(client.acknowledged).toEqual(publishes.map(({ messageId }) => messageId));
    expect(test.tap.payloads).toEqual(publishes.map(({ payload }) => payload));
  });

  it('drops what is sent behind a CONNECT that is refused', async () => {
    await using test = await openTestBroker({ anonymous: false });
    using client = await RawClient.open(test.port);
    client.send(connectPacket(), publishPacket('a', 'smuggled', 1, 1));
    await client.until(() => client.isClosed);
    expect(test.tap.messages).toEqual([]);
  });
});

describe('after the login', () => {
  it('takes a packet of the configured size and closes on a larger one at its fixed header [B5]', async () => {
    await using test = await openTestBroker({ limits: { maxPacketBytes: 2000 } });
    using client = await RawClient.connect(test.port);
    const overheadBytes = generate(publishPacket('a', '', 1, 1)).length + 1;
    client.send(publishPacket('a', 'x'.repeat(2000 - overheadBytes), 1, 1));
    await client.until(() => client.acknowledged.length > 0);
    client.sendBytes(generate(publishPacket('a', 'x'.repeat(2001 - overheadBytes), 1, 2)).subarray(0, 3));
    await client.until(() => client.isClosed);
    expect(test.broker.status().refusals).toEqual({ packetTooLarge: 1 });
  });

  it('writes to the socket once per turn of the event loop', async () => {
    await using pair = await openSocketPair();
    const connection = guardConnection(pair.server, {
      remoteAddress: '127.0.0.1',
      drainTimeoutMs: 1000,
      maxConnectBytes: DEFAULT_LIMITS.maxConnectBytes,
      clock: new FakeClock(),
      turns: new TurnQueue(),
      maxPacketBytes: 1000,
      maxUnsentBytes: 10_000,
      onRefused: () => {},
    });
    const write = vi.spyOn(pair.server, 'write');
    // As Aedes delivers and mqtt-packet writes: each packet in an immediate and under a cork of its own.
    for (const payload of ['a', 'b', 'c']) {
      setImmediate(() => {
        connection.cork();
        process.nextTick(() => connection.uncork());
        connection.write(payload);
        connection.write(payload);
      });
    }
    const [received] = await once(pair.client, 'data');
    expect([received.toString(), write.mock.calls.length]).toEqual(['aabbcc', 1]);
  });

  it('stops reading the socket while Aedes does not read', async () => {
    await using test = await openTestBroker();
    test.tap.isHolding = true;
    using client = await RawClient.connect(test.port);
    const packet = generate(publishPacket('a', 'x'.repeat(8000), 1, 1));
    const offeredBytes = 64 * 2 ** 20;
    const flood = Buffer.concat(Array.from({ length: 128 }, () => packet));
    for (let sentBytes = 0; sentBytes < offeredBytes; sentBytes += flood.length) client.sendBytes(flood);
    await vi.waitFor(() => expect(test.tap.held.length).toBeGreaterThan(0));
    const takenBytes = () => test.tap.held.length * packet.length;
    const other = await RawClient.connect(test.port);
    for (let round = 0; round < 50; round++) await other.ping();
    other[Symbol.dispose]();
    expect(takenBytes()).toBeLessThan(512 * 2 ** 10);
    expect(client.socket.writableLength).toBeGreaterThan(offeredBytes / 2);
  });
});

describe('a client that does not read [B4]', () => {
  /** As much as the kernel takes, many times over. */
  const payload = 'x'.repeat(60_000);
  const floodCount = 400;
  const firstWord = (text: string) => text.slice(0, text.indexOf(' '));

  it('is disconnected when it has taken nothing for the drain timeout, counted and logged; the others get all', async () => {
    await using test = await openTestBroker();
    using frozen = await RawClient.connect(test.port, { clientId: 'frozen' });
    using reader = await RawClient.connect(test.port);
    await Promise.all([frozen, reader].map((client) => client.subscribe({ topic: 'a', qos: 0 })));
    frozen.socket.pause();
    using publisher = await RawClient.connect(test.port);
    for (let count = 1; count <= floodCount; count++) {
      publisher.send(publishPacket('a', payload, 1, count));
      await publisher.until(() => publisher.acknowledged.length === count);
    }
    await reader.until(() => reader.isClosed || reader.count('publish') === floodCount);
    // Its queue is full, and what comes after that is not for it.
    const dropped = { queueFull: expect.any(Number) };
    expect(test.broker.status()).toMatchObject({ clientCount: 3, refusals: dropped });
    await test.clock.advance(DEFAULT_LIMITS.drainTimeoutMs);
    await vi.waitFor(() => expect(test.broker.status().clientCount).toBe(2));
    expect(test.broker.status().refusals).toMatchObject({ ...dropped, slowReader: 1 });
    expect(test.logger.lines).toContainEqual({
      level: 'warn',
      fields: { client: 'frozen', reason: 'slowReader', user: undefined },
      text: expect.stringContaining('broker.limits.drainTimeoutMs'),
    });
  });

  it('finds what was queued for its persistent session when it comes back', async () => {
    const session = { clientId: 'frozen', clean: false };
    await using test = await openTestBroker({ limits: { maxUnsentBytes: 1, maxQueuedBytes: 2 ** 30 } });
    using frozen = await RawClient.connect(test.port, session);
    await frozen.subscribe({ topic: 'a', qos: 1 });
    frozen.socket.pause();
    using publisher = await RawClient.connect(test.port);
    const sent: string[] = [];
    for (let count = 1; count <= floodCount; count++) {
      sent.push(`${count} ${payload}`);
      publisher.send(publishPacket('a', `${count} ${payload}`, 1, count));
      await publisher.until(() => publisher.acknowledged.length === count);
    }
    expect(test.broker.status().refusals).toEqual({});
    await test.clock.advance(DEFAULT_LIMITS.drainTimeoutMs);
    using after = await RawClient.connect(test.port, session);
    await after.until(() => after.isClosed || after.count('publish') === floodCount);
    expect(after.payloads.map(firstWord)).toEqual(sent.map(firstWord));
    expect(test.broker.status().refusals).toEqual({ slowReader: 1 });
  });

  it('counts tiny packets by more than their bytes, and none that were sent', async () => {
    await using pair = await openSocketPair();
    const refusals: string[] = [];
    const connection = guardConnection(pair.server, {
      ...guardOptions(),
      onRefused: (why) => refusals.push(why),
    });
    pair.client.resume();
    const writePacket = () => connection.write('x');
    for (let round = 0; round < 5; round++) {
      for (let count = 0; count < 9; count++) writePacket();
      await once(connection, 'drain');
    }
    expect(refusals).toEqual([]);
    for (let count = 0; count < 11; count++) writePacket();
    expect([refusals, connection.destroyed]).toEqual([['slowReader'], true]);
  });
});

it('says that there is room again though more packets wait, since a client that is sent to without a pause acknowledges too', async () => {
  const { connection, taken } = guardHeld();
  let drainCount = 0;
  connection.on('drain', () => drainCount++);
  connection.write('x');
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    connection.write('x');
    taken.shift()?.();
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect(drainCount).toBe(3);
  connection.destroy();
});

it('is ended once, however its last packets leave', async () => {
  const { connection, socket, taken } = guardHeld();
  const end = vi.spyOn(socket, 'end');
  const errors: Error[] = [];
  connection.on('error', (error) => errors.push(error));
  connection.write('x');
  connection.end();
  // The write leaves with the end, the turn that was to write it comes, and only then the peer takes it.
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  taken.shift()?.();
  await new Promise((resolve) => setImmediate(resolve));
  expect([end.mock.calls.length, errors]).toEqual([1, []]);
  connection.destroy();
});

/** A connection whose peer takes a write when the next of `taken` is called. */
function guardHeld() {
  const taken: (() => void)[] = [];
  const socket = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => void taken.push(done) });
  const connection = guardConnection(socket, {
    ...guardOptions(),
    onRefused: () => {},
  });
  return { connection, socket, taken };
}

/** Of small packets, ten of which may be unsent. */
function guardOptions() {
  return {
    ...{ remoteAddress: '127.0.0.1', drainTimeoutMs: 1000, maxConnectBytes: DEFAULT_LIMITS.maxConnectBytes },
    ...{ clock: new FakeClock(), turns: new TurnQueue() },
    ...{ maxPacketBytes: 100, maxUnsentBytes: 10 * PACKET_OVERHEAD_BYTES },
  };
}

interface SocketPair extends AsyncDisposable {
  readonly server: Socket;
  readonly client: Socket;
}

/** Both ends of a TCP connection over loopback. */
async function openSocketPair(): Promise<SocketPair> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  const client = connect({ host: '127.0.0.1', port: typeof address === 'object' ? (address?.port ?? 0) : 0 });
  const [server]: Socket[] = await once(listener, 'connection');
  if (server === undefined) throw new Error('no connection');
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      server.destroy();
      client.destroy();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
}
