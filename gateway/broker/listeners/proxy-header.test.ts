import { describe, expect, it } from 'vitest';
import { MAX_PROXY_HEADER_BYTES, readProxyHeader } from './proxy-header.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const IPV4 = '21110010' + 'c0000207' + 'c0000201' + 'dc04' + '22b3' + '030004' + '00';
const IPV6 = `21210024${'20010db8000000000000000000000007'}${'20010db8000000000000000000000001'}dc0422b3`;

function text(line: string): Buffer {
  return Buffer.from(line, 'latin1');
}

function binary(hex: string): Buffer {
  return Buffer.from(SIGNATURE + hex, 'hex');
}

describe('readProxyHeader', () => {
  it.each([
    ['version 1, IPv4', text('PROXY TCP4 192.0.2.7 192.0.2.1 56324 8883\r\nrest'), '192.0.2.7', 43],
    ['version 1, IPv6', text('PROXY TCP6 2001:db8::7 2001:db8::1 56324 8883\r\n'), '2001:db8::7', 47],
    ['version 1, unknown', text('PROXY UNKNOWN\r\n'), undefined, 15],
    ['version 1, unknown with addresses', text('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n'), undefined, 35],
    ['version 2, IPv4 and an extension', binary(IPV4), '192.0.2.7', 32],
    ['version 2, IPv6', binary(IPV6), '2001:db8::7', 52],
    ['version 2, the proxy itself', binary('20000000'), undefined, 16],
    ['version 2, the proxy itself, with addresses', binary(`2011000c${'01'.repeat(12)}`), undefined, 28],
    ['version 2, no family', binary('21000000'), undefined, 16],
    ['version 2, Unix', binary(`213100d8${'00'.repeat(216)}`), undefined, 232],
  ])('reads %s', (_name, bytes, address, headerBytes) => {
    expect(readProxyHeader(bytes)).toEqual({ state: 'complete', address, headerBytes });
    for (let length = 0; length < headerBytes; length++)
      expect(readProxyHeader(bytes.subarray(0, length))).toEqual({ state: 'incomplete' });
  });

  it.each([
    ['MQTT', Buffer.from('101000044d515454', 'hex'), 'no PROXY header'],
    ['TLS', Buffer.from('1603010200', 'hex'), 'no PROXY header'],
    ['HTTP', text('GET / HTTP/1.1\r\n'), 'no PROXY header'],
    ['lower case', text('proxy TCP4'), 'no PROXY header'],
    ['a line without an end', text(`PROXY TCP4 ${'1'.repeat(200)}`), 'the line does not end'],
    ['a line end too late', text(`PROXY UNKNOWN ${'1'.repeat(92)}\r\n`), 'the line does not end'],
    ['another protocol', text('PROXY UDP4 192.0.2.7 192.0.2.1 1 2\r\n'), 'another protocol'],
    ['nothing', text('PROXY \r\n'), 'another protocol'],
    ['IPv6 for IPv4', text('PROXY TCP4 ::1 ::1 1 2\r\n'), 'no addresses of TCP4'],
    ['a zone', text('PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n'), 'no addresses of TCP6'],
    ['a leading zero', text('PROXY TCP4 192.0.2.007 192.0.2.1 1 2\r\n'), 'no addresses of TCP4'],
    ['one address', text('PROXY TCP4 192.0.2.7\r\n'), 'no addresses of TCP4'],
    ['two spaces', text('PROXY TCP4  192.0.2.7 192.0.2.1 1 2\r\n'), 'no addresses of TCP4'],
    ['one port', text('PROXY TCP4 192.0.2.7 192.0.2.1 1\r\n'), 'no two ports'],
    ['three ports', text('PROXY TCP4 192.0.2.7 192.0.2.1 1 2 3\r\n'), 'no two ports'],
    ['a port too large', text('PROXY TCP4 192.0.2.7 192.0.2.1 65536 2\r\n'), 'no two ports'],
    ['a port that is none', text('PROXY TCP4 192.0.2.7 192.0.2.1 0x1 2\r\n'), 'no two ports'],
    ['version 3', binary('31110000'), 'version 3'],
    ['an unknown command', binary('22110000'), 'unknown command 2'],
    ['an unknown family', binary('21410000'), 'unknown address family 4'],
    ['IPv4 in 11 bytes', binary(`2111000b${'00'.repeat(11)}`), 'too short'],
    ['IPv6 in 12 bytes', binary(`2121000c${'00'.repeat(12)}`), 'too short'],
    [
      'more than is read',
      binary(`2111${(MAX_PROXY_HEADER_BYTES - 15).toString(16).padStart(4, '0')}`),
      'a header of 4097 bytes',
    ],
  ])('rejects %s', (_name, bytes, reason) => {
    expect(readProxyHeader(bytes)).toEqual({ state: 'rejected', reason: expect.stringContaining(reason) });
  });
});
