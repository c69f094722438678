import { describe, expect, it } from 'vitest';
import { brokerUnderTest } from './broker-under-test.ts';
import { publish, subscribe, unsubscribe } from './client-packets.ts';

const broker = brokerUnderTest();

/** Publishes with the retain flag, and waits until that is done. */
async function retain(topic: string, payload: string, qos: 0 | 1 | 2 = 1): Promise<void> {
  using client = await broker.connect();
  const bytes = publish(topic, payload, { isRetained: true, ...(qos === 0 ? {} : { qos, id: 1 }) });
  if (qos === 0) client.send(bytes);
  else await client.deliver(bytes, qos, 1);
  await client.rest();
}

/** What a new subscription is sent. */
async function retainedOn(filter: string, qos: 0 | 1 | 2 = 2): Promise<string[]> {
  using client = await broker.connect();
  await client.exchange(subscribe(1, [filter, qos]), `SUBACK 1: ${qos}`);
  return (await client.rest()).sort();
}

describe('a message with the retain flag', () => {
  it.each([0, 1, 2] as const)('is kept with its QoS of %i for later subscribers [MQTT-3.3.1-5]', async (qos) => {
    const topic = broker.name();
    await retain(topic, 'kept', qos);
    expect(await retainedOn(topic)).toEqual([`${topic}=kept q${qos} retain`]);
    expect(await retainedOn(topic, 1)).toEqual([`${topic}=kept q${Math.min(qos, 1)} retain`]);
    expect(await retainedOn(topic, 0)).toEqual([`${topic}=kept q0 retain`]);
  });

  it('is sent to each new subscription that matches, the last of each topic [MQTT-3.3.1-6]', async () => {
    const root = broker.name();
    await retain(`${root}/a`, 'old');
    await retain(`${root}/a`, 'new');
    await retain(`${root}/b/c`, 'deep');
    await retain(root, 'root');
    const at = (topic: string, payload: string) => `${root}${topic}=${payload} q1 retain`;
    expect(await retainedOn(`${root}/a`)).toEqual([at('/a', 'new')]);
    expect(await retainedOn(`${root}/+`)).toEqual([at('/a', 'new')]);
    expect(await retainedOn(`${root}/+/c`)).toEqual([at('/b/c', 'deep')]);
    expect(await retainedOn(`${root}/#`)).toEqual([at('/a', 'new'), at('/b/c', 'deep'), at('', 'root')]);
    expect(await retainedOn(`${root}/z`)).toEqual([]);
  });

  it('of QoS 0 takes the place of what was there [MQTT-3.3.1-7]', async () => {
    const topic = broker.name();
    await retain(topic, 'one', 2);
    await retain(topic, 'zero', 0);
    expect(await retainedOn(topic)).toEqual([`${topic}=zero q0 retain`]);
  });

  it('has its flag set where a new subscription brings it [MQTT-3.3.1-8]', async () => {
    const topic = broker.name();
    await retain(topic, 'kept', 0);
    expect(await retainedOn(topic)).toEqual([`${topic}=kept q0 retain`]);
  });

  it.each([0, 1, 2] as const)('comes without it to who was there before, QoS %i [MQTT-3.3.1-9]', async (qos) => {
    const topic = broker.name();
    using client = await broker.connect();
    await client.exchange(subscribe(1, [topic, 2]), 'SUBACK 1: 2');
    await retain(topic, 'now', qos);
    expect(await client.receive(1)).toEqual([`${topic}=now q${qos}`]);
  });

  it('comes without it to a session that was away, and once', async () => {
    const [topic, clientId] = [broker.name(), broker.name()];
    {
      using client = await broker.connect({ clientId, isClean: false });
      await client.exchange(subscribe(1, [topic, 1]), 'SUBACK 1: 1');
    }
    await retain(topic, 'missed');
    using client = await broker.connect({ clientId, isClean: false });
    expect(await client.receive(1)).toEqual([`${topic}=missed q1`]);
    expect(await client.rest()).toEqual([]);
  });

  it('stays when it is delivered, and when its subscribers go', async () => {
    const topic = broker.name();
    await retain(topic, 'kept');
    for (const _time of [1, 2, 3]) expect(await retainedOn(topic)).toEqual([`${topic}=kept q1 retain`]);
  });

  it('comes again with the same subscription, and with one made anew', async () => {
    const topic = broker.name();
    await retain(topic, 'kept');
    using client = await broker.connect();
    await client.exchange(subscribe(1, [topic, 1]), 'SUBACK 1: 1');
    expect(await client.receive(1)).toEqual([`${topic}=kept q1 retain`]);
    await client.exchange(subscribe(2, [topic, 1]), 'SUBACK 2: 1');
    expect(await client.receive(1)).toEqual([`${topic}=kept q1 retain`]);
    await client.exchange(unsubscribe(3, topic), 'UNSUBACK 3');
    await client.exchange(subscribe(4, [topic, 1]), 'SUBACK 4: 1');
    expect(await client.receive(1)).toEqual([`${topic}=kept q1 retain`]);
    expect(await client.rest()).toEqual([]);
  });
});

describe('an empty message with the retain flag', () => {
  it('is delivered like any other and removes what was retained [MQTT-3.3.1-10]', async () => {
    for (const qos of [0, 1, 2] as const) {
      const topic = broker.name();
      await retain(topic, 'kept');
      using client = await broker.connect();
      await client.exchange(subscribe(1, [topic, 2]), 'SUBACK 1: 2');
      expect(await client.receive(1)).toEqual([`${topic}=kept q1 retain`]);
      await retain(topic, '', qos);
      expect(await client.receive(1)).toEqual([`${topic}= q${qos}`]);
      expect(await retainedOn(topic)).toEqual([]);
    }
  });

  it('is not retained itself [MQTT-3.3.1-11]', async () => {
    const topic = broker.name();
    await retain(topic, '');
    expect(await retainedOn(topic)).toEqual([]);
  });
});

it('a message without the retain flag changes nothing of what is retained [MQTT-3.3.1-12]', async () => {
  const topic = broker.name();
  await retain(topic, 'kept');
  using client = await broker.connect();
  await client.deliver(publish(topic, 'passing', { qos: 1, id: 1 }), 1, 1);
  await client.deliver(publish(topic, '', { qos: 1, id: 2 }), 1, 2);
  expect(await retainedOn(topic)).toEqual([`${topic}=kept q1 retain`]);
  const other = broker.name();
  await client.deliver(publish(other, 'passing', { qos: 1, id: 3 }), 1, 3);
  expect(await retainedOn(other)).toEqual([]);
});
