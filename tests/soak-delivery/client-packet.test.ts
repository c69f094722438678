import { describe, expect, it } from 'vitest';
import { type ProtocolLevel, packetEnd, readClientPacket } from './client-packet.ts';

const CONNECT = '100d00044d5154540402003c000161';
const CONNECT_5 = '100e00044d5154540502003c00000161';

function read(hex: string, level?: ProtocolLevel) {
  const bytes = Buffer.from(hex, 'hex');
  expect(packetEnd(bytes)).toBe(bytes.length);
  return readClientPacket(bytes, level);
}

describe('a packet for a strict hub', () => {
  it('is read whole, with all that it holds [MQTT 5, 3.3]', () => {
    expect(read(CONNECT)).toEqual({ kind: 'connect', level: 4, clientId: 'a' });
    expect(read(CONNECT_5)).toEqual({ kind: 'connect', level: 5, clientId: 'a' });
    const properties = { userProperties: { b: 'c' }, payload: Buffer.from('x') };
    const publish = { kind: 'publish', packetId: 7, qos: 1, isDuplicate: false, isRetained: false, topic: 'a' };
    expect(read('320e0001610007072600016200016378', 5)).toEqual({ ...publish, ...properties });
    expect(read('c000', 5)).toEqual({ kind: 'pingreq' });
    expect(read('e000', 4)).toEqual({ kind: 'disconnect' });
    expect(read('8206000100016101', 4)).toEqual({ kind: 'subscribe', packetId: 1, filterCount: 1 });
  });

  it('ends where its length says', () => {
    expect(packetEnd(Buffer.from('c0', 'hex'))).toBeUndefined();
    expect(packetEnd(Buffer.from('320500', 'hex'))).toBeUndefined();
    expect(() => packetEnd(Buffer.from('c08000', 'hex'))).toThrow('as few bytes as it needs');
    expect(() => packetEnd(Buffer.from('32ffffffff', 'hex'))).toThrow('at most four bytes');
  });

  it.each<readonly [string, string, ProtocolLevel | undefined, string]>([
    ['no CONNECT', 'c000', undefined, 'comes first'],
    ['a second CONNECT', CONNECT, 4, 'comes first, and once'],
    ['another protocol', '100d00044d5154580402003c000161', undefined, 'called MQTT'],
    ['another level', '100d00044d5154540302003c000161', undefined, '4 or 5'],
    ['a reserved flag of CONNECT', '100d00044d5154540403003c000161', undefined, 'lowest flag'],
    ['retain without a will', '100d00044d5154540422003c000161', undefined, 'belong to a will'],
    ['no client id', '100c00044d5154540402003c0000', undefined, 'not empty'],
    ['bytes behind CONNECT', '100e00044d5154540402003c00016100', undefined, 'nothing follows'],
    ['QoS 2', '3406000161000778', 4, 'QoS 0 or 1'],
    ['DUP with QoS 0', '380400016178', 4, 'no DUP'],
    ['packet id 0', '3206000161000078', 4, 'not 0'],
    ['a wildcard', '3206000123000778', 4, 'no wildcards'],
    ['a topic that is no UTF-8', '32060001ff000778', 4, 'UTF-8'],
    ['a topic longer than its packet', '3206ffff61000778', 4, 'longer than its packet'],
    ['a topic alias', '320a00016100070323000178', 5, 'property 35 does not belong there'],
    ['a property twice', '320a00016100070401000101', 5, 'comes once'],
    ['a format that is none', '32080001610007020102', 5, '0 or 1'],
    ['a PINGREQ with a body', 'c00100', 4, 'nothing follows'],
    ['flags of SUBSCRIBE', '8006000100016101', 4, 'begins with 0x80'],
  ])('is refused with %s', (_, hex, level, reason) => {
    expect(() => read(hex, level)).toThrow(reason);
  });
});
