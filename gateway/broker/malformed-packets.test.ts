import { describe, expect, it } from 'vitest';
import { openTestBroker } from './testing/open-test-broker.ts';
import { RawClient } from './testing/raw-client.ts';

/** Bytes of the fixed and the variable header, and the text in hex. */
const text = (value: string) =>
  value.length.toString(16).padStart(4, '0') + Buffer.from(value, 'latin1').toString('hex');
const packet = (type: string, body: string) => type + (body.length / 2).toString(16).padStart(2, '0') + body;

const FIRST_PACKETS: readonly (readonly [what: string, hex: string])[] = [
  ['another protocol name', packet('10', `${text('HTTP')}0402003c${text('a')}`)],
  ['the reserved flag set [MQTT-3.1.2-3]', packet('10', `${text('MQTT')}0403003c${text('a')}`)],
  ['reserved bits in the fixed header', packet('1f', `${text('MQTT')}0402003c${text('a')}`)],
  ['a client id longer than the packet', packet('10', `${text('MQTT')}0402003cffff61`)],
  ['no client id', packet('10', `${text('MQTT')}0402003c`)],
  ['nothing but a fixed header', '1000'],
  ['a will without a topic', packet('10', `${text('MQTT')}0406003c${text('a')}`)],
  ['a will of QoS 3', packet('10', `${text('MQTT')}041e003c${text('a')}${text('w')}${text('x')}`)],
  ['a user name longer than the packet', packet('10', `${text('MQTT')}0482003c${text('a')}ffff`)],
  ['a PUBLISH first', packet('30', `${text('a')}78`)],
  ['a SUBSCRIBE first', packet('82', `0001${text('a')}00`)],
  ['zeros', '00'.repeat(64)],
  ['a TLS hello', '16030100c8010000c40303'],
];

const LATER_PACKETS: readonly (readonly [what: string, hex: string])[] = [
  ['a second CONNECT [MQTT-3.1.0-2]', packet('10', `${text('MQTT')}0402003c${text('a')}`)],
  ['packet type 0', '0000'],
  ['packet type 15', 'f000'],
  ['a CONNACK from a client', '20020000'],
  ['QoS 3 [MQTT-3.3.1-4]', packet('36', `${text('a')}000178`)],
  ['an empty topic', packet('30', `${text('')}78`)],
  ['a wildcard in a topic [MQTT-3.3.2-2]', packet('30', `${text('a/+')}78`)],
  ['a topic longer than the packet', packet('30', 'ffff61')],
  ['a PUBLISH of no bytes', '3000'],
  ['QoS 1 without a packet id', packet('32', text('a'))],
  ['a SUBSCRIBE with wrong flags [MQTT-3.8.1-1]', packet('80', `0001${text('a')}00`)],
  ['a SUBSCRIBE without a filter [MQTT-3.8.3-3]', packet('82', '0001')],
  ['a SUBSCRIBE of QoS 3 [MQTT-3.8.3-4]', packet('82', `0001${text('a')}03`)],
  ['a SUBSCRIBE cut behind its filter', packet('82', `0001${text('a')}`)],
  ['a SUBSCRIBE to a misplaced #', packet('82', `0001${text('a/#/b')}00`)],
  ['an UNSUBSCRIBE with wrong flags [MQTT-3.10.1-1]', packet('a0', `0001${text('a')}`)],
  ['a PUBREL with wrong flags [MQTT-3.6.1-1]', packet('60', '0001')],
  ['a length of five bytes', '30ffffffff01'],
];

describe('a malformed packet closes its own connection and nothing else [B4]', () => {
  it.each(FIRST_PACKETS)('before the login: %s', async (_what, hex) => {
    await using test = await openTestBroker();
    using other = await RawClient.connect(test.port);
    using client = await RawClient.open(test.port);
    client.sendBytes(Buffer.from(hex, 'hex'));
    await client.until(() => client.isClosed);
    await other.ping();
    expect([other.isClosed, client.returnCode ?? 'none', test.tap.messages]).toEqual([false, 'none', []]);
  });

  it.each(LATER_PACKETS)('after the login: %s', async (_what, hex) => {
    await using test = await openTestBroker();
    using other = await RawClient.connect(test.port);
    using client = await RawClient.connect(test.port);
    client.sendBytes(Buffer.from(hex, 'hex'));
    await client.until(() => client.isClosed);
    await other.ping();
    expect([other.isClosed, test.tap.messages]).toEqual([false, []]);
  });
});
