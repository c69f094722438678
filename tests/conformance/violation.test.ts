import { describe, expect, it } from 'vitest';
import { REFUSAL_PENALTY_MS } from '#gateway/broker/intake.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { brokerUnderTest } from './broker-under-test.ts';
import { DISCONNECT, packet, publish, subscribe, unsubscribe } from './client-packets.ts';

const broker = brokerUnderTest();

describe('a violation of the protocol', () => {
  it('ends its own connection and no other [MQTT-4.8.0-1]', async () => {
    using other = await broker.connect();
    using client = await broker.connect();
    client.send(packet(0x00));
    expect([await client.closed(), await other.rest(), other.isClosed]).toEqual([[], [], false]);
  });

  it('lets nothing behind it count', async () => {
    const topic = broker.name();
    using watcher = await broker.connect();
    await watcher.exchange(subscribe(1, [topic, 0]), 'SUBACK 1: 0');
    using client = await broker.connect();
    client.send(packet(0xf0), publish(topic, 'behind'));
    await client.closed();
    expect(await watcher.rest()).toEqual([]);
  });
});

it('an error in passing ends the connection it came on, unacknowledged, and no other [MQTT-4.8.0-2]', async () => {
  const topic = broker.name();
  using other = await broker.connect();
  await other.exchange(subscribe(1, [topic, 1]), 'SUBACK 1: 1');
  using client = await broker.connect();
  broker.test.tap.verdict = () => new WaystationError('journal.full', 'the disk is full');
  client.send(publish(topic, 'x', { qos: 1, id: 1 }));
  // The connection ends after a pause, so that the client does not come back at once.
  while (!client.isClosed) {
    await broker.test.clock.advance(REFUSAL_PENALTY_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }
  broker.test.tap.verdict = () => undefined;
  expect([await client.closed(), await other.rest(), other.isClosed]).toEqual([[], [], false]);
});

it('a client that knows the standard and nothing else can do all it has [MQTT-7.0.0-2]', async () => {
  const topic = broker.name();
  using client = await broker.connect({ isClean: false });
  await client.exchange(subscribe(1, [topic, 2]), 'SUBACK 1: 2');
  for (const qos of [1, 2] as const) {
    await client.deliver(publish(topic, 'x', { qos, id: qos, isRetained: true }), qos, qos);
    expect(await client.receive(1)).toEqual([`${topic}=x q${qos}`]);
  }
  await client.exchange(unsubscribe(3, topic), 'UNSUBACK 3');
  client.send(DISCONNECT);
  expect(await client.closed()).toEqual([]);
});
