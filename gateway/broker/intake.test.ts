import { describe, expect, it, vi } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Done, Message } from '#gateway/model/message.ts';
import { REFUSAL_PENALTY_MS } from './intake.ts';
import { openTestBroker } from './testing/open-test-broker.ts';
import { publishPacket, RawClient } from './testing/raw-client.ts';

async function openSubscriber(port: number): Promise<RawClient> {
  const subscriber = await RawClient.connect(port);
  await subscriber.subscribe({ topic: '#', qos: 1 });
  return subscriber;
}

/** Thirty messages of one client, QoS 0 and 1 without a rhythm, as one chunk. */
const MIXED = Array.from({ length: 30 }, (_, index) => {
  const qos = [0, 3, 4, 8, 9, 10, 15, 21, 22, 29].includes(index) ? 0 : 1;
  return publishPacket(`mixed/${index % 3}`, String(index), qos, qos === 1 ? index + 1 : undefined);
});
const IN_ORDER = MIXED.map((_, index) => String(index));
const ACKNOWLEDGED_IN_ORDER = MIXED.flatMap((packet) => packet.messageId ?? []);

const internal = (payload: string, qos: 0 | 1 = 1): Message => ({
  topic: 'devices/gps0/position',
  payload: Buffer.from(payload),
  qos,
  isRetained: false,
  isDuplicate: false,
  clientId: '@gps0',
});

describe('acknowledgement [B1]', () => {
  it('sends no PUBACK and no message while the tap holds, and both after it answered', async () => {
    await using test = await openTestBroker();
    using subscriber = await openSubscriber(test.port);
    using publisher = await RawClient.connect(test.port);
    test.tap.isHolding = true;
    publisher.send(publishPacket('sensors/a', 'one', 1, 7));
    await vi.waitFor(() => expect(test.tap.held).toHaveLength(1));
    await Promise.all([publisher.ping(), subscriber.ping()]);
    expect([publisher.acknowledged, subscriber.payloads]).toEqual([[], []]);
    test.tap.release();
    await publisher.until(() => publisher.acknowledged.length > 0);
    await subscriber.until(() => subscriber.payloads.length > 0);
    expect([publisher.acknowledged, subscriber.payloads]).toEqual([[7], ['one']]);
  });

  it('hands the tap what was published, as it was published', async () => {
    await using test = await openTestBroker();
    using publisher = await RawClient.connect(test.port, { clientId: 'tyre' });
    publisher.send({ ...publishPacket('sensors/a', 'one', 1, 7, true), dup: true });
    await publisher.until(() => publisher.count('puback') > 0);
    const [message] = test.tap.messages;
    expect({ ...message, payload: message && Buffer.from(message.payload).toString() }).toEqual({
      topic: 'sensors/a',
      payload: 'one',
      qos: 1,
      isRetained: true,
      isDuplicate: true,
      clientId: 'tyre',
      packetId: 7,
    });
  });

  it('fans out what was kept although its publisher is gone before the answer', async () => {
    await using test = await openTestBroker();
    using subscriber = await openSubscriber(test.port);
    using publisher = await RawClient.connect(test.port);
    test.tap.isHolding = true;
    publisher.send(publishPacket('sensors/a', 'one', 1, 7), { cmd: 'disconnect' });
    await publisher.until(() => publisher.isClosed);
    test.tap.release();
    await subscriber.until(() => subscriber.payloads.length > 0);
    expect(subscriber.payloads).toEqual(['one']);
  });

  it('does not show subscribers the DUP flag of the publisher [MQTT-3.3.1-3]', async () => {
    await using test = await openTestBroker();
    using subscriber = await openSubscriber(test.port);
    using publisher = await RawClient.connect(test.port);
    publisher.send({ ...publishPacket('sensors/a', 'one', 1, 7), dup: true });
    await subscriber.until(() => subscriber.payloads.length > 0);
    expect(subscriber.received.find(({ cmd }) => cmd === 'publish')).toMatchObject({ dup: false });
  });
});

describe('order of one client [B2]', () => {
  it('keeps 30 messages of mixed QoS in order although the answers of the tap come backwards', async () => {
    await using test = await openTestBroker();
    using subscriber = await openSubscriber(test.port);
    using publisher = await RawClient.connect(test.port);
    test.tap.isHolding = true;
    publisher.send(...MIXED);
    await vi.waitFor(() => expect(test.tap.messages).toHaveLength(MIXED.length));
    for (const done of test.tap.held.splice(1).reverse()) done();
    await subscriber.ping();
    // The first message went out (QoS 0); the second is still held, and all others behind it.
    expect([subscriber.payloads, publisher.acknowledged]).toEqual([['0'], []]);
    test.tap.release();
    await subscriber.until(() => subscriber.payloads.length === MIXED.length);
    await publisher.until(() => publisher.acknowledged.length === ACKNOWLEDGED_IN_ORDER.length);
    expect(subscriber.payloads).toEqual(IN_ORDER);
    expect(publisher.acknowledged).toEqual(ACKNOWLEDGED_IN_ORDER);
  });

  it('keeps order across a reconnect: the new connection waits for the messages of the old one', async () => {
    await using test = await openTestBroker();
    using subscriber = await openSubscriber(test.port);
    using before = await RawClient.connect(test.port, { clientId: 'tyre' });
    test.tap.isHolding = true;
    before.send(publishPacket('a', 'old', 1, 1));
    await vi.waitFor(() => expect(test.tap.held).toHaveLength(1));
    using after = await RawClient.connect(test.port, { clientId: 'tyre' });
    after.send(publishPacket('a', 'new'));
    await after.ping();
    await subscriber.ping();
    expect([test.tap.payloads, subscriber.payloads]).toEqual([['old', 'new'], []]);
    test.tap.release();
    await subscriber.until(() => subscriber.payloads.length === 2);
    expect(subscriber.payloads).toEqual(['old', 'new']);
  });

  it('does not let one client wait for another', async () => {
    await using test = await openTestBroker();
    using subscriber = await openSubscriber(test.port);
    using slow = await RawClient.connect(test.port);
    using quick = await RawClient.connect(test.port);
    test.tap.isHolding = true;
    slow.send(publishPacket('a', 'slow', 1, 1));
    await vi.waitFor(() => expect(test.tap.held).toHaveLength(1));
    quick.send(publishPacket('a', 'quick'));
    await subscriber.until(() => subscriber.payloads.length > 0);
    expect(subscriber.payloads).toEqual(['quick']);
  });

  it('keeps what the gateway itself publishes in order too, and answers in order', async () => {
    await using test = await openTestBroker();
    using subscriber = await openSubscriber(test.port);
    test.tap.isHolding = true;
    const answered: string[] = [];
    for (const name of ['1', '2', '3']) {
      test.broker.publish(internal(name, name === '2' ? 0 : 1), () => answered.push(name));
    }
    test.tap.held.pop()?.();
    await subscriber.ping();
    expect([answered, subscriber.payloads]).toEqual([[], []]);
    test.tap.release();
    await subscriber.until(() => subscriber.payloads.length === 3);
    expect([answered, subscriber.payloads]).toEqual([
      ['1', '2', '3'],
      ['1', '2', '3'],
    ]);
  });
});

describe('a journal that refuses [J7]', () => {
  const full = new WaystationError('journal.full', 'the quota is used up');

  it('neither acknowledges nor fans out, and disconnects after the penalty', async () => {
    await using test = await openTestBroker();
    using subscriber = await openSubscriber(test.port);
    using publisher = await RawClient.connect(test.port);
    test.tap.verdict = ({ topic, qos }) => (topic === 'sensors/a' && qos > 0 ? full : undefined);
    publisher.send(
      publishPacket('sensors/a', 'refused', 1, 1),
      publishPacket('alerts/a', 'behind it', 1, 2),
      publishPacket('alerts/a', 'behind it too'),
    );
    await vi.waitFor(() => expect(test.broker.status().refusals).toEqual({ journalFull: 1 }));
    await test.clock.advance(REFUSAL_PENALTY_MS - 1);
    await subscriber.ping();
    expect(publisher.isClosed).toBe(false);
    await test.clock.advance(1);
    await publisher.until(() => publisher.isClosed);
    await subscriber.ping();
    expect([publisher.acknowledged, subscriber.payloads]).toEqual([[], []]);
    // What came behind the refused message was not even offered: the client sends it again, in order.
    expect(test.tap.payloads).toEqual(['refused']);
    expect(test.logger.warnings).toMatchObject([
      { level: 'warn', fields: { code: 'journal.full', topic: 'sensors/a' } },
    ]);
  });

  it('takes the client back as soon as the journal does', async () => {
    await using test = await openTestBroker();
    using subscriber = await openSubscriber(test.port);
    test.tap.verdict = () => full;
    using before = await RawClient.connect(test.port, { clientId: 'tyre' });
    before.send(publishPacket('sensors/a', 'again', 1, 1));
    await vi.waitFor(() => expect(test.broker.status().refusals).toEqual({ journalFull: 1 }));
    await test.clock.advance(REFUSAL_PENALTY_MS);
    await before.until(() => before.isClosed);
    test.tap.verdict = () => undefined;
    using after = await RawClient.connect(test.port, { clientId: 'tyre' });
    after.send({ ...publishPacket('sensors/a', 'again', 1, 1), dup: true });
    await after.until(() => after.acknowledged.length > 0);
    await subscriber.until(() => subscriber.payloads.length > 0);
    expect(subscriber.payloads).toEqual(['again']);
  });

  it('lets other clients and other topics go on', async () => {
    await using test = await openTestBroker();
    using subscriber = await openSubscriber(test.port);
    test.tap.verdict = ({ topic }) => (topic.startsWith('sensors/') ? full : undefined);
    using refused = await RawClient.connect(test.port);
    refused.send(publishPacket('sensors/a', 'refused', 1, 1));
    using other = await RawClient.connect(test.port);
    other.send(publishPacket('chat/a', 'hello', 1, 1));
    await other.until(() => other.acknowledged.length > 0);
    await subscriber.until(() => subscriber.payloads.length > 0);
    expect(subscriber.payloads).toEqual(['hello']);
  });

  it('drops a refused QoS 0 message and counts it; the connection stays', async () => {
    await using test = await openTestBroker();
    using subscriber = await openSubscriber(test.port);
    test.tap.verdict = ({ payload }) => (Buffer.from(payload).toString() === 'refused' ? full : undefined);
    using publisher = await RawClient.connect(test.port);
    publisher.send(publishPacket('a', 'refused'), publishPacket('a', 'kept', 1, 2));
    await publisher.until(() => publisher.acknowledged.length > 0);
    await subscriber.until(() => subscriber.payloads.length > 0);
    expect(subscriber.payloads).toEqual(['kept']);
    expect(test.broker.status()).toMatchObject({ publishedCount: 1, refusals: { journalFull: 1 } });
  });

  it('tells a part of the gateway, and fans nothing out', async () => {
    await using test = await openTestBroker();
    using subscriber = await openSubscriber(test.port);
    test.tap.verdict = () => full;
    const outcome = await new Promise((resolve: Done) => test.broker.publish(internal('refused'), resolve));
    await subscriber.ping();
    expect([outcome, subscriber.payloads]).toEqual([full, []]);
  });
});

describe('QoS 2', () => {
  it('is offered to the tap and delivered once, however often it is sent before it is released [MQTT-4.3.3-2]', async () => {
    await using test = await openTestBroker();
    using subscriber = await openSubscriber(test.port);
    using publisher = await RawClient.connect(test.port, { clientId: 'tyre' });
    const packet = publishPacket('a', 'once', 2, 7);
    publisher.send(packet, { ...packet, dup: true });
    await publisher.until(() => publisher.count('pubrec') === 2);
    publisher.send({ cmd: 'pubrel', messageId: 7 }, publishPacket('a', 'the id again', 2, 7));
    await publisher.until(() => publisher.count('pubrec') === 3);
    await subscriber.until(() => subscriber.payloads.length === 2);
    await subscriber.ping();
    expect([test.tap.payloads, subscriber.payloads]).toEqual([
      ['once', 'the id again'],
      ['once', 'the id again'],
    ]);
    expect(publisher.received.map(({ cmd }) => cmd)).toEqual(['connack', 'pubrec', 'pubrec', 'pubcomp', 'pubrec']);
  });

  it('answers the second copy when the first is safe, not before', async () => {
    await using test = await openTestBroker();
    using publisher = await RawClient.connect(test.port);
    test.tap.isHolding = true;
    publisher.send(publishPacket('a', 'x', 2, 7), publishPacket('a', 'x', 2, 7));
    await vi.waitFor(() => expect(test.tap.held).toHaveLength(1));
    using other = await RawClient.connect(test.port);
    await other.ping();
    expect([publisher.count('pubrec'), test.tap.held.length]).toEqual([0, 1]);
    test.tap.release();
    await publisher.until(() => publisher.count('pubrec') === 2);
    expect(test.tap.payloads).toEqual(['x']);
  });

  it('grants what is asked for, and delivers with the lower QoS of both [MQTT-3.8.4-6]', async () => {
    await using test = await openTestBroker();
    using subscriber = await RawClient.connect(test.port);
    const granted = await subscriber.subscribe({ topic: 'a', qos: 2 }, { topic: 'b', qos: 0 }, { topic: 'c', qos: 1 });
    expect(granted).toEqual([2, 0, 1]);
    for (const topic of ['a', 'b', 'c']) test.broker.publish({ ...internal('x'), topic, qos: 2 }, () => {});
    await subscriber.until(() => subscriber.payloads.length === 3);
    expect(subscriber.received.slice(-3)).toMatchObject([{ qos: 2 }, { qos: 0 }, { qos: 1 }]);
  });
});

describe('messages that cannot be', () => {
  it.each([
    ['a packet id of 0 [MQTT-2.3.1-1]', publishPacket('a', 'x', 1, 0)],
    ['more levels than the gateway takes', publishPacket('a/'.repeat(40), 'x')],
    ['NUL in the topic [MQTT-1.5.3-2]', publishPacket('a\0b', 'x')],
  ])('disconnects on %s', async (_what, packet) => {
    await using test = await openTestBroker();
    using publisher = await RawClient.connect(test.port);
    publisher.send(packet);
    await publisher.until(() => publisher.isClosed);
    expect([test.tap.messages, publisher.acknowledged]).toEqual([[], []]);
  });

  it.each(['a/+', 'a/#', '', '$SYS/x', 'a\0b'])('refuses %j of a part of the gateway', async (topic) => {
    await using test = await openTestBroker();
    const outcome = await new Promise((resolve: Done) => test.broker.publish({ ...internal('x'), topic }, resolve));
    expect(outcome?.code).toBe('broker.badMessage');
    expect(test.tap.messages).toEqual([]);
  });
});

describe('wills', () => {
  const will = { topic: 'status/tyre', payload: Buffer.from('gone'), qos: 1, retain: false } as const;

  it('pass the tap behind the last messages of their client, and then fan out [B2]', async () => {
    await using test = await openTestBroker();
    using subscriber = await openSubscriber(test.port);
    using publisher = await RawClient.connect(test.port, { clientId: 'tyre', will });
    test.tap.isHolding = true;
    publisher.send(publishPacket('a', 'last', 1, 1));
    await vi.waitFor(() => expect(test.tap.held).toHaveLength(1));
    publisher.socket.destroy();
    await vi.waitFor(() => expect(test.tap.payloads).toEqual(['last', 'gone']));
    expect(test.tap.messages[1]).toMatchObject({ clientId: 'tyre', topic: 'status/tyre', qos: 1 });
    test.tap.held.pop()?.();
    await subscriber.ping();
    expect(subscriber.payloads).toEqual([]);
    test.tap.release();
    await subscriber.until(() => subscriber.payloads.length === 2);
    expect(subscriber.payloads).toEqual(['last', 'gone']);
  });

  it('of QoS 2 are published as such', async () => {
    await using test = await openTestBroker();
    using subscriber = await openSubscriber(test.port);
    using publisher = await RawClient.connect(test.port, { will: { ...will, qos: 2 } });
    publisher.socket.destroy();
    await subscriber.until(() => subscriber.payloads.length > 0);
    expect(test.tap.messages).toMatchObject([{ topic: 'status/tyre', qos: 2 }]);
  });

  it('are published although an earlier message of the connection was refused', async () => {
    await using test = await openTestBroker();
    using subscriber = await openSubscriber(test.port);
    test.tap.verdict = ({ topic }) =>
      topic === 'sensors/a' ? new WaystationError('journal.full', 'the quota is used up') : undefined;
    using publisher = await RawClient.connect(test.port, { will });
    publisher.send(publishPacket('sensors/a', 'refused', 1, 1));
    await vi.waitFor(() => expect(test.broker.status().refusals).toEqual({ journalFull: 1 }));
    await test.clock.advance(REFUSAL_PENALTY_MS);
    await subscriber.until(() => subscriber.payloads.length > 0);
    expect(subscriber.payloads).toEqual(['gone']);
  });
});
