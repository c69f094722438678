import { expect, it, vi } from 'vitest';
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

it('has room again for every message that was acknowledged', async () => {
  await using test = await openTestBroker({ limits: { maxQueuedMessages: 2 } });
  using client = await RawClient.connect(test.port, SESSION);
  await client.subscribe({ topic: 'a', qos: 1 });
  using publisher = await RawClient.connect(test.port);
  for (let index = 1; index <= 10; index++) {
    publisher.send(publishPacket('a', String(index), 1, index));
    await client.until(() => client.payloads.length === index);
    const messageId = client.received.at(-1)?.messageId ?? 0;
    client.send({ cmd: 'puback', messageId });
    await client.ping();
  }
  expect(test.broker.status().refusals).toEqual({});
});
