import type { Packet } from 'mqtt';
import { expect, it } from 'vitest';
import { MAX_UNASKED_PER_SECOND, UnaskedPackets } from './unasked-packets.ts';

const PINGRESP: Packet = { cmd: 'pingresp' };
const PUBACK: Packet = { cmd: 'puback', messageId: 1 };
const SUBACK: Packet = { cmd: 'suback', messageId: 1, granted: [1] };
const CONNACK: Packet = { cmd: 'connack', sessionPresent: false };
const publish = (qos: 0 | 1): Packet => ({ cmd: 'publish', topic: 'a', payload: '', qos, dup: false, retain: false });

it.each<[string, Packet, Packet]>([
  ['PINGRESP', { cmd: 'pingreq' }, PINGRESP],
  ['PUBACK', publish(1), PUBACK],
  ['SUBACK', { cmd: 'subscribe', messageId: 1, subscriptions: [] }, SUBACK],
])('lets a %s pass for each packet that it answers, however many', (_, asked, answer) => {
  const unasked = new UnaskedPackets(true, 0);
  for (let count = 0; count < 1000; count++) unasked.sent(asked);
  for (let count = 0; count < 1000; count++) expect(unasked.received(answer, 0)).toBeUndefined();
});

it.each<[string, Packet]>([
  ['PINGRESP', PINGRESP],
  ['PUBACK', PUBACK],
  ['SUBACK', SUBACK],
  ['PUBLISH', publish(0)],
])('lets a few %s a second pass that nobody asked for, and no flood', (name, packet) => {
  const unasked = new UnaskedPackets(false, 0);
  // A publish of QoS 0 is not answered.
  unasked.sent(publish(0));
  for (let second = 0; second < 100; second++) expect(unasked.received(packet, 1000 * second)).toBeUndefined();
  const words = Array.from({ length: MAX_UNASKED_PER_SECOND }, () => unasked.received(packet, 100_000));
  expect(words.at(-1)).toContain(`the last a ${name}`);
});

it('lets what was subscribed to pass, however much, and no second CONNACK', () => {
  const unasked = new UnaskedPackets(true, 0);
  for (let count = 0; count < 1000; count++) expect(unasked.received(publish(0), 0)).toBeUndefined();
  expect(unasked.received(CONNACK, 0)).toBeUndefined();
  expect(unasked.received(CONNACK, 0)).toContain('MQTT-3.2.0-2');
});
