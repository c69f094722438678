/**
 * The situations of which the Eclipse Paho interoperability suite for MQTT 3.1.1 consists, one test each and by its names, against a
 * broker as that suite expects one: clients without a login, and one filter that is denied.
 */
import { describe, expect, it } from 'vitest';
import { brokerUnderTest } from './broker-under-test.ts';
import { connect, DISCONNECT, puback, publish, pubrec, subscribe, unsubscribe } from './client-packets.ts';
import type { WireClient } from './wire-client.ts';

const broker = brokerUnderTest({
  anonymous: { publish: ['#'], subscribe: ['#'], denySubscribe: ['test/nosubscribe'] },
});

/** Each situation has these topics to itself, but not the retained messages: it removes its own. */
const TOPICS = ['TopicA', 'TopicA/B', 'Topic/C', 'TopicA/C', '/TopicA'] as const;
const QUALITIES = [0, 1, 2] as const;

async function publishWith(
  client: WireClient,
  topic: string,
  payload: string,
  qos: 0 | 1 | 2,
  isRetained = false,
): Promise<void> {
  if (qos === 0) client.send(publish(topic, payload, { isRetained }));
  else await client.deliver(publish(topic, payload, { qos, id: qos, isRetained }), qos, qos);
}

async function removeRetained(...topics: readonly string[]): Promise<void> {
  using client = await broker.connect();
  client.send(...topics.map((topic) => publish(topic, '', { isRetained: true })));
  await client.rest();
}

async function disconnect(client: WireClient): Promise<void> {
  client.send(DISCONNECT);
  expect(await client.closed()).toEqual([]);
}

describe('the interoperability suite of Paho', () => {
  it('basic: connects, disconnects, subscribes, publishes on each QoS both ways, and ends on a second CONNECT', async () => {
    using client = await broker.connect({ clientId: 'myclientid', isClean: true });
    await disconnect(client);
    using again = await broker.connect({ clientId: 'myclientid', isClean: true });
    await again.exchange(subscribe(1, [TOPICS[0], 2]), 'SUBACK 1: 2');
    for (const qos of QUALITIES) {
      await publishWith(again, TOPICS[0], `qos ${qos}`, qos);
      expect(await again.receive(1)).toEqual([`TopicA=qos ${qos} q${qos}`]);
    }
    again.send(connect({ clientId: 'myclientid' }));
    expect(await again.closed()).toEqual([]);
    using wrong = await broker.open();
    wrong.send(connect({ protocolName: 'hj', clientId: 'myclientid' }));
    expect(await wrong.closed()).toEqual([]);
  });

  it('retained messages: come on each QoS to a later subscription, and go with an empty message', async () => {
    const topics = [TOPICS[1], TOPICS[2], TOPICS[3]];
    using client = await broker.connect();
    for (const qos of QUALITIES) await publishWith(client, topics[qos] ?? '', `qos ${qos}`, qos, true);
    await client.rest();
    await client.exchange(subscribe(1, ['+/+', 2]), 'SUBACK 1: 2');
    expect((await client.receive(3)).sort()).toEqual([
      'Topic/C=qos 1 q1 retain',
      'TopicA/B=qos 0 q0 retain',
      'TopicA/C=qos 2 q2 retain',
    ]);
    await disconnect(client);
    await removeRetained(...topics);
    using later = await broker.connect();
    await later.exchange(subscribe(1, ['+/+', 2]), 'SUBACK 1: 2');
    expect(await later.rest()).toEqual([]);
  });

  it('zero length client id: is refused with clean session 0 and accepted with 1', async () => {
    using refused = await broker.open();
    refused.send(connect({ clientId: '', isClean: false }));
    expect(await refused.closed()).toEqual(['CONNACK 2']);
    using accepted = await broker.connect({ clientId: '', isClean: true });
    await disconnect(accepted);
  });

  it('offline message queueing: QoS 1 and 2 wait for the session, of QoS 0 it may be either', async () => {
    const clientId = broker.name();
    using client = await broker.connect({ clientId, isClean: false });
    await client.exchange(subscribe(1, ['+/+', 2]), 'SUBACK 1: 2');
    await disconnect(client);
    using publisher = await broker.connect();
    for (const qos of QUALITIES) await publishWith(publisher, TOPICS[qos + 1] ?? '', `qos ${qos}`, qos);
    await disconnect(publisher);
    using back = await broker.connect({ clientId, isClean: false });
    expect(await back.receive(2)).toEqual(['Topic/C=qos 1 q1', 'TopicA/C=qos 2 q2']);
    expect(await back.rest()).toEqual([]);
  });

  it.concurrent('will message: comes when the keep-alive time of its client has passed', async () => {
    using client = await broker.connect({
      keepAliveSeconds: 1,
      will: { topic: TOPICS[2], payload: 'client not disconnected', isRetained: true },
    });
    using watcher = await broker.connect({ isClean: false });
    await watcher.exchange(subscribe(1, [TOPICS[2], 2]), 'SUBACK 1: 2');
    expect(await client.closed()).toEqual([]);
    expect(await watcher.line()).toBe('Topic/C=client not disconnected q0');
    await removeRetained(TOPICS[2]);
  });

  it.concurrent('keepalive: a silent client is disconnected, and one that listens gets its will', async () => {
    using client = await broker.connect({
      keepAliveSeconds: 1,
      will: { topic: TOPICS[4], payload: 'keepalive expiry' },
    });
    using watcher = await broker.connect({ keepAliveSeconds: 0 });
    await watcher.exchange(subscribe(1, [TOPICS[4], 2]), 'SUBACK 1: 2');
    expect([await client.closed(), await watcher.line()]).toEqual([[], '/TopicA=keepalive expiry q0']);
  });

  it('overlapping subscriptions: bring a message once with the highest QoS', async () => {
    using client = await broker.connect();
    await client.exchange(subscribe(1, ['TopicA/#', 2], ['TopicA/+', 1]), 'SUBACK 1: 2 1');
    await publishWith(client, TOPICS[3], 'overlapping topic filters', 2);
    expect(await client.receive(1)).toEqual(['TopicA/C=overlapping topic filters q2']);
    expect(await client.rest()).toEqual([]);
  });

  it('redelivery on reconnect: QoS 1 and 2 that were not acknowledged come again', async () => {
    const clientId = broker.name();
    const first: number[] = [];
    {
      using client = await broker.connect({ clientId, isClean: false });
      await client.exchange(subscribe(1, ['TopicA/#', 2]), 'SUBACK 1: 2');
      await publishWith(client, TOPICS[1], '', 1);
      await publishWith(client, TOPICS[3], '', 2);
      for (const _message of [1, 2]) first.push((await client.next()).message?.id ?? 0);
    }
    using client = await broker.connect({ clientId, isClean: false });
    const again = [await client.next(), await client.next()];
    expect(again.map(({ text, message }) => [text, message?.id])).toEqual([
      ['TopicA/B= q1 dup', first[0]],
      ['TopicA/C= q2 dup', first[1]],
    ]);
    client.send(puback(first[0] ?? 0), pubrec(first[1] ?? 0));
    expect(await client.rest()).toEqual([`PUBREL ${first[1]}`]);
  });

  it('subscribe failure: the filter that is denied is answered with 0x80', async () => {
    using client = await broker.connect();
    await client.exchange(subscribe(1, ['test/nosubscribe', 2]), 'SUBACK 1: 128');
  });

  it('dollar topics: a filter that begins with a wildcard does not bring them, and publishing on one is no violation', async () => {
    using client = await broker.connect();
    await client.exchange(subscribe(1, ['+/#', 2], ['#', 2]), 'SUBACK 1: 2 2');
    for (const qos of QUALITIES) await publishWith(client, `$${TOPICS[1]}`, 'not sent to dollar topic', qos);
    expect(await client.rest()).toEqual([]);
    await disconnect(client);
  });

  it('unsubscribe: brings no more of that filter, and all of the others', async () => {
    using client = await broker.connect();
    for (const [index, topic] of [TOPICS[0], TOPICS[1], TOPICS[2]].entries()) {
      await client.exchange(subscribe(index + 1, [topic, 2]), `SUBACK ${index + 1}: 2`);
    }
    await client.exchange(unsubscribe(4, TOPICS[0]), 'UNSUBACK 4');
    using publisher = await broker.connect();
    for (const topic of [TOPICS[0], TOPICS[1], TOPICS[2]]) await publishWith(publisher, topic, '', 1);
    expect(await client.receive(2)).toEqual(['TopicA/B= q1', 'Topic/C= q1']);
    expect(await client.rest()).toEqual([]);
  });
});
