import { describe, expect, it, vi } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import { HeldRecorder } from './testing/held-recorder.ts';
import { openTestBroker } from './testing/open-test-broker.ts';
import { publishPacket, RawClient } from './testing/raw-client.ts';

const FULL = new WaystationError('journal.full', 'no space left');
const STORED = { clientId: 'tyre', clean: false };

async function openHeld() {
  const disk = new HeldRecorder();
  return { disk, test: await openTestBroker({ recorder: disk.recorder }) };
}

describe('answers that wait for the state [B1, B7]', () => {
  it('keep a subscription that was given up and made again in one chunk', async () => {
    const { disk, test } = await openHeld();
    await using broker = test;
    using client = await RawClient.connect(broker.port, STORED);
    await client.subscribe({ topic: 'a', qos: 1 });
    disk.isHolding = true;
    client.send(
      { cmd: 'unsubscribe', messageId: 7, unsubscriptions: ['a'] },
      { cmd: 'subscribe', messageId: 8, subscriptions: [{ topic: 'a', qos: 1 }] },
    );
    await vi.waitFor(() => expect(disk.held).toHaveLength(2));
    disk.release();
    await client.until(() => client.count('suback') === 2);
    client.send(publishPacket('a', 'mine', 1, 9));
    await client.ping();
    expect(client.payloads).toEqual(['mine']);
  });

  it('never say that a packet id is free that could not be released', async () => {
    const { disk, test } = await openHeld();
    await using broker = test;
    using client = await RawClient.connect(broker.port, STORED);
    client.send(publishPacket('a', 'one', 2, 7));
    await client.until(() => client.count('pubrec') === 1);
    disk.isHolding = true;
    client.send({ cmd: 'pubrel', messageId: 7 });
    await vi.waitFor(() => expect(disk.held).toHaveLength(1));
    disk.release(FULL);
    await client.until(() => client.isClosed || client.count('pubcomp') > 0);
    expect([client.isClosed, client.count('pubcomp')]).toEqual([true, 0]);
    expect(test.broker.status().disconnects).toEqual({ journalFull: 1 });
  });

  it('hold PUBCOMP of a PUBREL that came again until the first one is durable', async () => {
    const { disk, test } = await openHeld();
    await using broker = test;
    using before = await RawClient.connect(broker.port, STORED);
    before.send(publishPacket('a', 'one', 2, 7));
    await before.until(() => before.count('pubrec') === 1);
    disk.isHolding = true;
    before.send({ cmd: 'pubrel', messageId: 7 });
    await vi.waitFor(() => expect(disk.held).toHaveLength(1));
    using after = await RawClient.connect(broker.port, STORED);
    after.send({ cmd: 'pubrel', messageId: 7 });
    await vi.waitFor(() => expect(disk.held).toHaveLength(2));
    expect(after.count('pubcomp')).toBe(0);
    disk.release();
    await after.until(() => after.count('pubcomp') === 1);
  });

  it('refuse a clean login again as long as the end of the stored session is not durable', async () => {
    const { disk, test } = await openHeld();
    await using broker = test;
    {
      using stored = await RawClient.connect(broker.port, STORED);
      await stored.ping();
    }
    const codes: (number | undefined)[] = [];
    for (const error of [FULL, FULL, undefined]) {
      disk.isHolding = true;
      using client = await RawClient.open(broker.port);
      client.send({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clientId: 'tyre',
        clean: true,
        keepalive: 0,
      });
      await vi.waitFor(() => expect(disk.held.length).toBeGreaterThan(0));
      disk.release(error);
      await client.until(() => client.returnCode !== undefined);
      codes.push(client.returnCode);
    }
    expect(codes).toEqual([3, 3, 0]);
  });

  it('hold CONNACK of a client that takes over a session whose beginning is not durable', async () => {
    const { disk, test } = await openHeld();
    await using broker = test;
    disk.isHolding = true;
    const connect = { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, keepalive: 0, ...STORED } as const;
    using first = await RawClient.open(broker.port);
    first.send(connect);
    await vi.waitFor(() => expect(disk.held.length).toBeGreaterThan(0));
    const heldCount = disk.held.length;
    using second = await RawClient.open(broker.port);
    second.send(connect);
    await first.until(() => first.isClosed);
    await vi.waitFor(() => expect(disk.held.length).toBeGreaterThan(heldCount));
    disk.release();
    await second.until(() => second.count('connack') > 0);
    expect([first.count('connack'), second.returnCode]).toEqual([0, 0]);
  });
});

describe('a disk that takes nothing', () => {
  const reasons: readonly (readonly [what: string, send: (client: RawClient) => void])[] = [
    ['a SUBACK', (client) => client.send({ cmd: 'subscribe', messageId: 8, subscriptions: [{ topic: 'b', qos: 1 }] })],
    ['a PUBREL to a subscriber', (client) => client.send({ cmd: 'pubrec', messageId: 1 })],
    ['a PUBLISH of QoS 2', (client) => client.send(publishPacket('a', 'again', 2, 3))],
  ];
  it.each(reasons)(
    'is named as why %s did not leave, and neither the client nor another one is blamed',
    async (_, send) => {
      const { disk, test } = await openHeld();
      await using broker = test;
      using client = await RawClient.connect(broker.port, STORED);
      await client.subscribe({ topic: 'a', qos: 2 });
      client.send(publishPacket('a', 'one', 2, 7));
      await client.until(() => client.count('publish') === 1);
      disk.isHolding = true;
      send(client);
      await vi.waitFor(() => expect(disk.held.length).toBeGreaterThan(0));
      disk.release(FULL);
      await client.until(() => client.isClosed);
      await vi.waitFor(() => expect(test.broker.status().disconnects).toEqual({ journalFull: 1 }));
    },
  );

  it('ends what would pile up before it: a session, a subscription, a publish that is to be remembered [P3]', async () => {
    const recorder = { ...new HeldRecorder().recorder, isFull: false };
    await using test = await openTestBroker({ recorder });
    using stored = await RawClient.connect(test.port, STORED);
    Object.assign(recorder, { isFull: true });
    stored.send({ cmd: 'subscribe', messageId: 8, subscriptions: [{ topic: 'b', qos: 1 }] });
    await stored.until(() => stored.count('suback') === 1);
    using late = await RawClient.open(test.port);
    const connect = { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, keepalive: 0, clean: false } as const;
    late.send({ ...connect, clientId: 'new' });
    await late.until(() => late.returnCode !== undefined);
    using clean = await RawClient.connect(test.port, { clientId: 'clean' });
    clean.send({ ...publishPacket('a', 'passing', 0), retain: true }, publishPacket('a', 'kept', 1, 1));
    await clean.ping();
    expect([late.returnCode, clean.acknowledged]).toEqual([3, []]);
    expect(test.tap.payloads).toEqual(['passing']);
    expect(test.broker.status()).toMatchObject({ subscriptionCount: 0, retainedCount: 0 });
  });
});
