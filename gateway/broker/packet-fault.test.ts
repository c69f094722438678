import { describe, expect, it } from 'vitest';
import { packetFault } from './packet-fault.ts';

/** A packet from hex, in which `'text'` is a field with its length. */
function packet(header: string, body = ''): Buffer {
  const hex = body.replaceAll(/'([^']*)'/g, (_all, text: string) => {
    const bytes = Buffer.from(text);
    return bytes.length.toString(16).padStart(4, '0') + bytes.toString('hex');
  });
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return Buffer.concat([Buffer.from(header, 'hex'), Buffer.from([bytes.length]), bytes]);
}

const faultOf = (bytes: Buffer) => packetFault(bytes, 0, bytes.length);

describe('packetFault', () => {
  it.each([
    ['CONNECT', packet('10', `'MQTT' 04 02 003c 'a'`)],
    ['CONNECT with an empty client id', packet('10', `'MQTT' 04 02 003c ''`)],
    ['CONNECT with all fields', packet('10', `'MQTT' 04 f6 003c 'a' 'will' 0001 00 'user' 0002 00ff`)],
    ['CONNECT of MQTT 3.1', packet('10', `'MQIsdp' 03 02 003c 'a'`)],
    ['CONNECT of MQTT 5, which the gate answers', packet('10', `'MQTT' 05 02 003c 00 'a'`)],
    ['PUBLISH', packet('30', `'a' 78`)],
    ['PUBLISH of QoS 1 again', packet('3a', `'a' 0001`)],
    ['PUBACK', packet('40', '0100')],
    ['PUBREC', packet('50', '0001')],
    ['PUBREL', packet('62', 'ffff')],
    ['PUBCOMP', packet('70', '0001')],
    ['SUBSCRIBE', packet('82', `0001 'a' 00 'b/#' 02`)],
    ['SUBSCRIBE to wildcards where they may stand', packet('82', `0001 '+' 00 '#' 00 '/+/+/#' 00 'a/+/b' 00`)],
    ['UNSUBSCRIBE', packet('a2', `0001 'a' 'b'`)],
    ['PINGREQ', packet('c0')],
    ['DISCONNECT', packet('e0')],
  ])('finds none in %s', (_what, bytes) => {
    expect(faultOf(bytes)).toBeUndefined();
    // Neither among other packets.
    expect(packetFault(Buffer.concat([Buffer.alloc(3), bytes, bytes]), 3, 3 + bytes.length)).toBeUndefined();
  });

  it.each([
    ['a type that clients do not send', packet('20', '0000')],
    ['flags that may not be', packet('41', '0001')],
    ['DUP with QoS 0 [MQTT-3.3.1-2]', packet('38', `'a' 78`)],
    ['a packet id of 0', packet('40', '0000')],
    ['a byte behind a packet id', packet('40', '000100')],
    ['half a packet id', packet('62', '01')],
    ['a PINGREQ with a body', packet('c0', '00')],
    ['a DISCONNECT with a body', packet('e0', '00')],
    ['a SUBSCRIBE with packet id 0', packet('82', `0000 'a' 00`)],
    ['a SUBSCRIBE without a filter', packet('82', '0001')],
    ['a SUBSCRIBE without a QoS', packet('82', `0001 'a'`)],
    ['a SUBSCRIBE of QoS 3', packet('82', `0001 'a' 03`)],
    ['a SUBSCRIBE with reserved bits', packet('82', `0001 'a' 04`)],
    ['a SUBSCRIBE to an empty filter', packet('82', `0001 '' 00`)],
    ['a SUBSCRIBE cut in its second filter', packet('82', `0001 'a' 00 000561`)],
    ['a SUBSCRIBE whose filter is no UTF-8', packet('82', '0001 0001ff 00')],
    ['a SUBSCRIBE with U+0000', packet('82', '0001 000100 00')],
    ['a SUBSCRIBE to # behind other characters', packet('82', `0001 'a#' 00`)],
    ['a SUBSCRIBE to # before the end', packet('82', `0001 'a/#/b' 00`)],
    ['a SUBSCRIBE to + beside other characters', packet('82', `0001 'a/+b' 00`)],
    ['an UNSUBSCRIBE of +a', packet('a2', `0001 '+a'`)],
    ['an UNSUBSCRIBE without a filter', packet('a2', '0001')],
    ['an UNSUBSCRIBE with U+0000', packet('a2', '0001 000100')],
    ['another protocol name', packet('10', `'MQTU' 04 02 003c 'a'`)],
    ['a reserved flag in CONNECT', packet('10', `'MQTT' 04 03 003c 'a'`)],
    ['QoS of a will that is not there', packet('10', `'MQTT' 04 0a 003c 'a'`)],
    ['retain of a will that is not there', packet('10', `'MQTT' 04 22 003c 'a'`)],
    ['a will of QoS 3', packet('10', `'MQTT' 04 1e 003c 'a' 'w' 'x'`)],
    ['a will without its message', packet('10', `'MQTT' 04 06 003c 'a' 'w'`)],
    ['a password without a user name', packet('10', `'MQTT' 04 42 003c 'a' 'p'`)],
    ['a user name that is not there', packet('10', `'MQTT' 04 82 003c 'a'`)],
    ['a password that is not there', packet('10', `'MQTT' 04 c2 003c 'a' 'u'`)],
    ['a byte behind the last field', packet('10', `'MQTT' 04 02 003c 'a' 00`)],
    ['no client id', packet('10', `'MQTT' 04 02 003c`)],
    ['a client id that is no UTF-8', packet('10', `'MQTT' 04 02 003c 0003eda080`)],
    ['a header cut short', packet('10', `'MQTT' 04 02 00`)],
    ['no header at all', packet('10')],
  ])('finds %s', (_what, bytes) => {
    // What follows in the stream does not mend it.
    expect(packetFault(Buffer.concat([bytes, Buffer.alloc(9, 1)]), 0, bytes.length)).toBe('malformedPacket');
  });

  it.each([
    ['MQTT', 3],
    ['MQTT', 6],
    ['MQTT', 0x84],
    ['MQIsdp', 4],
  ])('finds %s of level %i unsupported [MQTT-3.1.2-2]', (name, level) => {
    const hex = level.toString(16).padStart(2, '0');
    expect(faultOf(packet('10', `'${name}' ${hex} 02 003c 'a'`))).toBe('unsupportedProtocol');
  });
});
