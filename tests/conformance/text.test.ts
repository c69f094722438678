import { describe, expect, it } from 'vitest';
import { brokerUnderTest } from './broker-under-test.ts';
import { connect, publish, subscribe, unsubscribe } from './client-packets.ts';

const broker = brokerUnderTest();

/** Bytes that are no UTF-8. */
const ILL_FORMED: readonly (readonly [what: string, bytes: Buffer])[] = [
  ['a lone continuation byte', Buffer.from('6180', 'hex')],
  ['a sequence cut short', Buffer.from('61e282', 'hex')],
  ['a surrogate', Buffer.from('61eda080', 'hex')],
  ['a pair of surrogates', Buffer.from('eda081edb080', 'hex')],
  ['an overlong slash', Buffer.from('61c0af', 'hex')],
  ['more than U+10FFFF', Buffer.from('f4908080', 'hex')],
  ['a byte that UTF-8 never has', Buffer.from('61ff', 'hex')],
];
const NUL: readonly (readonly [what: string, bytes: Buffer])[] = [
  ['in the middle', Buffer.from('a\0b')],
  ['alone', Buffer.from('\0')],
  ['at the end', Buffer.from('a\0')],
];

/** Sends a packet behind an accepted CONNECT and expects nothing but the end. */
async function expectClosed(bytes: Buffer): Promise<void> {
  using client = await broker.connect();
  client.send(bytes);
  expect(await client.closed()).toEqual([]);
}

/** Sends a CONNECT and expects nothing but the end. */
async function expectNotLetIn(bytes: Buffer): Promise<void> {
  using client = await broker.open();
  client.send(bytes);
  expect(await client.closed()).toEqual([]);
}

describe('every text of every packet', () => {
  it.each(ILL_FORMED)('ends the connection with %s for UTF-8 [MQTT-1.5.3-1]', async (_what, text) => {
    await expectNotLetIn(connect({ clientId: text }));
    await expectNotLetIn(connect({ clientId: broker.name(), will: { topic: text } }));
    await expectNotLetIn(connect({ clientId: broker.name(), username: text }));
    await expectClosed(publish(text, 'x'));
    await expectClosed(publish(text, 'x', { qos: 1, id: 1 }));
    await expectClosed(subscribe(1, ['a', 0], [text, 0]));
    await expectClosed(unsubscribe(1, 'a', text));
  });

  it.each(NUL)('ends the connection with U+0000 %s [MQTT-1.5.3-2]', async (_what, text) => {
    await expectNotLetIn(connect({ clientId: text }));
    await expectNotLetIn(connect({ clientId: broker.name(), will: { topic: text } }));
    await expectNotLetIn(connect({ clientId: broker.name(), username: text }));
    await expectClosed(publish(text, 'x'));
    await expectClosed(subscribe(1, [text, 0]));
    await expectClosed(unsubscribe(1, text));
  });

  it('keeps a byte order mark as a character like any other [MQTT-1.5.3-3]', async () => {
    const plain = broker.name();
    using client = await broker.connect();
    await client.exchange(subscribe(1, [`\ufeff${plain}`, 0]), 'SUBACK 1: 0');
    client.send(publish(plain, 'without'), publish(`\ufeff${plain}`, 'with'), publish(`\ufeff${plain}/a`, 'deeper'));
    expect(await client.rest()).toEqual([`\ufeff${plain}=with q0`]);
  });

  it('may be of any script and beyond the first plane', async () => {
    const topic = `${broker.name()}/水/Ελλάς/𝔐/é/🚙`;
    using client = await broker.connect({ clientId: `${broker.name()}-水🚙` });
    await client.exchange(subscribe(1, [topic, 0]), 'SUBACK 1: 0');
    client.send(publish(topic, 'x'));
    expect(await client.rest()).toEqual([`${topic}=x q0`]);
  });

  it('does not concern payloads and passwords, which are bytes', async () => {
    const topic = broker.name();
    using client = await broker.connect({ will: { topic, payload: Buffer.from('00ff80', 'hex') } });
    await client.exchange(subscribe(1, [topic, 0]), 'SUBACK 1: 0');
    client.send(publish(topic, Buffer.from('00', 'hex')));
    expect(await client.rest()).toEqual([`${topic}=\0 q0`]);
    using refused = await broker.open();
    refused.send(connect({ clientId: broker.name(), username: 'nobody', password: Buffer.from('00ff80', 'hex') }));
    expect(await refused.closed()).toEqual(['CONNACK 4']);
  });
});

describe('the text of', () => {
  const sets = [...ILL_FORMED.slice(0, 3), ...NUL.slice(0, 1)];

  it.each(sets)('a client id is UTF-8 without U+0000: %s [MQTT-3.1.3-4]', async (_what, text) => {
    await expectNotLetIn(connect({ clientId: text }));
  });

  it.each(sets)('the topic of a will is UTF-8 without U+0000: %s [MQTT-3.1.3-10]', async (_what, text) => {
    await expectNotLetIn(connect({ clientId: broker.name(), will: { topic: text, payload: 'x' } }));
  });

  it.each(sets)('a user name is UTF-8 without U+0000: %s [MQTT-3.1.3-11]', async (_what, text) => {
    await expectNotLetIn(connect({ clientId: broker.name(), username: text, password: 'x' }));
  });

  it.each(sets)('a topic is UTF-8 and comes first in a PUBLISH: %s [MQTT-3.3.2-1]', async (_what, text) => {
    await expectClosed(publish(text, 'x', { qos: 2, id: 1 }));
  });

  it.each(sets)('a filter is UTF-8: %s [MQTT-3.8.3-1]', async (_what, text) => {
    await expectClosed(subscribe(1, [text, 1], ['b', 1]));
  });

  it.each(sets)('a filter to be removed is UTF-8: %s [MQTT-3.10.3-1]', async (_what, text) => {
    await expectClosed(unsubscribe(1, text, 'b'));
  });

  it.each(NUL)('topics and filters holds no U+0000: %s [MQTT-4.7.3-2]', async (_what, text) => {
    await expectClosed(publish(text, 'x', { qos: 1, id: 1 }));
    await expectClosed(subscribe(1, ['a', 1], [text, 1]));
    await expectClosed(unsubscribe(1, 'a', text));
  });
});
