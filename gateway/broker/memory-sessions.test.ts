import type { Readable } from 'node:stream';
import createMemoryPersistence from 'aedes-persistence';
import { expect, it, vi } from 'vitest';
import { DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { MESSAGE_OVERHEAD_BYTES, openMemorySessions } from './memory-sessions.ts';
import { Refusals } from './refusals.ts';
import { SessionLedger } from './session-ledger.ts';
import { openTestBroker } from './testing/open-test-broker.ts';
import { publishPacket, RawClient } from './testing/raw-client.ts';

const SESSION = { clientId: 'away', clean: false };

it('keeps what comes for a session while its client is away, up to the limit, and counts the rest [P3]', async () => {
  await using test = await openTestBroker({ limits: { maxQueuedMessages: 3 } });
  using before = await RawClient.connect(test.port, SESSION);
  await before.subscribe({ topic: 'a', qos: 1 });
  before.send({ cmd: 'disconnect' });
  await before.until(() => before.isClosed);
  using publisher = await RawClient.connect(test.port);
  publisher.send(...['0', '1', '2', '3', '4'].map((payload, index) => publishPacket('a', payload, 1, index + 1)));
  await publisher.until(() => publisher.acknowledged.length === 5);
  await vi.waitFor(() => expect(test.broker.status().refusals).toEqual({ queueFull: 2 }));
  using after = await RawClient.connect(test.port, SESSION);
  await after.until(() => after.payloads.length === 3);
  expect(after.payloads).toEqual(['0', '1', '2']);
});

it.each([1, 2, 3])(
  'has room again for every message that was acknowledged, with room for %i',
  async (maxQueuedMessages) => {
    await using test = await openTestBroker({ limits: { maxQueuedMessages } });
    using client = await RawClient.connect(test.port, SESSION);
    await client.subscribe({ topic: 'a', qos: 1 });
    using publisher = await RawClient.connect(test.port);
    for (let round = 1; round <= 5; round++) {
      publisher.send(...Array.from({ length: maxQueuedMessages }, (_, index) => publishPacket('a', 'x', 1, index + 1)));
      await client.until(() => client.payloads.length === round * maxQueuedMessages);
      for (const { cmd, messageId = 0 } of client.received.slice(-maxQueuedMessages)) {
        expect(cmd).toBe('publish');
        client.send({ cmd: 'puback', messageId });
      }
      await client.subscribe({ topic: 'nothing', qos: 0 });
    }
    expect(test.broker.status().refusals).toEqual({});
  },
);

it('keeps no more bytes for a session than its limit, and has room again after each acknowledgement [P3]', async () => {
  const messageBytes = MESSAGE_OVERHEAD_BYTES + 'a'.length + 1000;
  await using test = await openTestBroker({ limits: { maxQueuedBytes: 2 * messageBytes } });
  using before = await RawClient.connect(test.port, SESSION);
  await before.subscribe({ topic: 'a', qos: 1 });
  before.send({ cmd: 'disconnect' });
  await before.until(() => before.isClosed);
  using publisher = await RawClient.connect(test.port);
  publisher.send(...[1, 2, 3].map((id) => publishPacket('a', String(id).repeat(1000), 1, id)));
  await publisher.until(() => publisher.acknowledged.length === 3);
  expect(test.broker.status().refusals).toEqual({ queueFull: 1 });
  using after = await RawClient.connect(test.port, SESSION);
  await after.until(() => after.payloads.length === 2);
  expect(after.payloads.map(([first]) => first)).toEqual(['1', '2']);
  for (const { cmd, messageId = 0 } of [...after.received])
    if (cmd === 'publish') after.send({ cmd: 'puback', messageId });
  await after.ping();
  publisher.send(...[4, 5].map((id) => publishPacket('a', String(id).repeat(1000), 1, id)));
  await after.until(() => after.payloads.length === 4);
  expect(test.broker.status().refusals).toEqual({ queueFull: 1 });
});

it.each([
  ['bytes', { maxRetainedBytes: 2 * (MESSAGE_OVERHEAD_BYTES + 'r/0'.length + 1000) }],
  ['messages', { maxRetainedMessages: 2 }],
])('retains no more %s than the limit, and delivers all the same [P3]', async (_what, limits) => {
  await using test = await openTestBroker({ limits });
  using live = await RawClient.connect(test.port);
  await live.subscribe({ topic: 'r/#', qos: 1 });
  using publisher = await RawClient.connect(test.port);
  const retain = async (topic: string, payload: string) => {
    publisher.send(publishPacket(topic, payload, 1, 1, true));
    const count = publisher.acknowledged.length + 1;
    await publisher.until(() => publisher.acknowledged.length === count);
  };
  const retained = async () => {
    using client = await RawClient.connect(test.port);
    await client.subscribe({ topic: 'r/#', qos: 1 });
    await client.ping();
    await client.ping();
    return client.payloads.map(([first]) => first).join('');
  };
  for (const id of ['0', '1', '2', '3']) await retain(`r/${id}`, id.repeat(1000));
  await live.until(() => live.payloads.length === 4);
  expect([await retained(), test.broker.status().refusals]).toEqual(['01', { retainedFull: 2 }]);
  expect(test.logger.lines).toMatchObject([{ fields: { reason: 'retainedFull', topic: 'r/2' } }]);
  // The same topic again takes no more room, and an empty message gives its room back.
  await retain('r/1', '5'.repeat(1000));
  await retain('r/0', '');
  await retain('r/4', '4'.repeat(1000));
  expect([await retained(), test.broker.status().refusals]).toEqual(['54', { retainedFull: 2 }]);
});

it('keeps of what was read from a socket the payload alone', async () => {
  const ledger = new SessionLedger(DEFAULT_LIMITS);
  const refusals = new Refusals(new FakeClock(), new MemoryLogger());
  const store = openMemorySessions({
    ledger,
    isGranted: () => true,
    limits: DEFAULT_LIMITS,
    refusals,
  }) as MessageStore;
  const packet = { topic: 'a', payload: Buffer.alloc(65_536).subarray(0, 10) };
  ledger.claim({ clientId: 'away', username: undefined, isCleanSession: false });
  await store.outgoingEnqueueCombi([{ clientId: 'away' }], packet);
  await store.storeRetained(packet);
  const [queued] = await store.outgoingStream({ id: 'away' }).toArray();
  const [retained] = await store.createRetainedStream('a').toArray();
  expect([queued.payload.buffer.byteLength, retained.payload.buffer.byteLength]).toEqual([10, 10]);
});

it('does not leave an older retained message where a newer one found no room', async () => {
  await using test = await openTestBroker({ limits: { maxRetainedBytes: 500 } });
  using publisher = await RawClient.connect(test.port);
  publisher.send(publishPacket('a', 'old', 1, 1, true), publishPacket('a', 'new'.repeat(1000), 1, 2, true));
  await publisher.until(() => publisher.acknowledged.length === 2);
  await publisher.subscribe({ topic: 'a', qos: 1 });
  await publisher.ping();
  await publisher.ping();
  expect([publisher.payloads, test.broker.status().refusals]).toEqual([[], { retainedFull: 1 }]);
});

it('hands out no wills as those of dead brokers, however far the host date jumps; the stock store does', async () => {
  const refusals = new Refusals(new FakeClock(), new MemoryLogger());
  const ledger = new SessionLedger(DEFAULT_LIMITS);
  const ours = openMemorySessions({ ledger, isGranted: () => true, limits: DEFAULT_LIMITS, refusals }) as WillStore;
  // The module is the function itself; the declarations put it under `default`.
  const stock = (createMemoryPersistence as unknown as () => WillStore)();
  for (const store of [ours, stock]) {
    await store.setup({ id: 'this-broker' });
    await store.putWill({ id: 'tyre' }, { topic: 'status/tyre' });
  }
  expect([await ours.streamWill({}).toArray(), (await stock.streamWill({}).toArray()).length]).toEqual([[], 1]);
});

/** What Aedes calls of a session store for messages. */
interface MessageStore {
  outgoingEnqueueCombi(takers: readonly { readonly clientId: string }[], packet: StoredPacket): Promise<void>;
  outgoingStream(client: { readonly id: string }): Readable;
  storeRetained(packet: StoredPacket): Promise<void>;
  createRetainedStream(filter: string): Readable;
}

interface StoredPacket {
  readonly topic: string;
  readonly payload: Buffer;
}

/** What Aedes calls of a session store for wills. */
interface WillStore {
  setup(broker: { readonly id: string }): Promise<void>;
  putWill(client: { readonly id: string }, will: { readonly topic: string }): Promise<void>;
  /** @param heardOf brokers that were heard of lately */
  streamWill(heardOf: Readonly<Record<string, number>>): Readable;
}
