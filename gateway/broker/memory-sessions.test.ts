import type { Readable } from 'node:stream';
import createMemoryPersistence from 'aedes-persistence';
import { expect, it, vi } from 'vitest';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { openMemorySessions } from './memory-sessions.ts';
import { Refusals } from './refusals.ts';
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

it('hands out no wills as those of dead brokers, however far the host date jumps; the stock store does', async () => {
  const refusals = new Refusals(new FakeClock(), new MemoryLogger());
  const ours = openMemorySessions({ maxQueuedMessages: 1, refusals }) as WillStore;
  // The module is the function itself; the declarations put it under `default`.
  const stock = (createMemoryPersistence as unknown as () => WillStore)();
  for (const store of [ours, stock]) {
    await store.setup({ id: 'this-broker' });
    await store.putWill({ id: 'tyre' }, { topic: 'status/tyre' });
  }
  expect([await ours.streamWill({}).toArray(), (await stock.streamWill({}).toArray()).length]).toEqual([[], 1]);
});

/** What Aedes calls of a session store for wills. */
interface WillStore {
  setup(broker: { readonly id: string }): Promise<void>;
  putWill(client: { readonly id: string }, will: { readonly topic: string }): Promise<void>;
  /** @param heardOf brokers that were heard of lately */
  streamWill(heardOf: Readonly<Record<string, number>>): Readable;
}
