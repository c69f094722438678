import { expect, it } from 'vitest';
import { openTestBroker } from '#gateway/broker/testing/open-test-broker.ts';
import { publishPacket, RawClient } from '#gateway/broker/testing/raw-client.ts';
import { Secret } from '#gateway/model/secret.ts';

const USERS = [{ username: 'owner', password: new Secret('p'), publish: ['#'], subscribe: ['#'], admin: true }];
const OWNER = { username: 'owner', password: 'p' };

/** What came under `$SYS/broker`, the newest of each. */
function systemValues(client: RawClient): Record<string, string> {
  const values = client.received.flatMap((packet) =>
    packet.cmd === 'publish' ? [[packet.topic.replace('$SYS/broker/', ''), packet.payload.toString()] as const] : [],
  );
  return Object.fromEntries(values);
}

it('tells an administrator under $SYS what the broker holds, at once and every interval; nobody else [B6]', async () => {
  await using test = await openTestBroker({ users: USERS, sysIntervalSeconds: 10, version: '1.2.3' });
  using away = await RawClient.connect(test.port, { clientId: 'away', clean: false });
  await away.subscribe({ topic: 'queued/#', qos: 1 });
  away.send({ cmd: 'disconnect' });
  await away.until(() => away.isClosed);
  using stranger = await RawClient.connect(test.port);
  expect(await stranger.subscribe({ topic: '$SYS/#', qos: 0 })).toEqual([128]);
  stranger.send(publishPacket('queued/a', 'kept', 1, 1, true));
  await stranger.until(() => stranger.acknowledged.length === 1);
  using owner = await RawClient.connect(test.port, OWNER);
  await owner.subscribe({ topic: '$SYS/#', qos: 0 });
  await owner.until(() => owner.count('publish') > 20);
  expect(systemValues(owner)).toMatchObject({
    version: 'waystation version 1.2.3',
    'clients/connected': '2',
    'clients/disconnected': '1',
    'subscriptions/count': '2',
    'retained messages/count': '1',
    'store/messages/count': '2',
    'publish/messages/received': '1',
    'refused/notAuthorized': '1',
    'disconnects/byClient': '1',
  });
  const { length } = owner.received;
  await test.clock.advance(10_000);
  await owner.until(() => owner.received.length > length);
  expect(systemValues(owner)['uptime']).toBe('10 seconds');
  expect(stranger.count('publish')).toBe(0);
  expect(test.broker.status()).toMatchObject({ awayCount: 1, subscriptionCount: 2, queuedCount: 1, retainedCount: 1 });
});

it('shows the queue of a client that does not acknowledge', async () => {
  await using test = await openTestBroker({ limits: { maxInflight: 2 } });
  using lazy = await RawClient.connect(test.port, { clientId: 'lazy' });
  await lazy.subscribe({ topic: 't', qos: 1 });
  using publisher = await RawClient.connect(test.port);
  publisher.send(...Array.from({ length: 5 }, (_, index) => publishPacket('t', 'x', 1, index + 1)));
  await lazy.until(() => lazy.count('publish') === 2);
  await publisher.until(() => publisher.acknowledged.length === 5);
  const [client] = test.broker.liveClients().clients.filter(({ client: name }) => name === 'lazy');
  expect(client).toMatchObject({ inflightCount: 2, queuedCount: 5, sent: { publishCount: 2 } });
});
