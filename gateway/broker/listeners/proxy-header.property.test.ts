import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PROXY_HEADER_BYTES, readProxyHeader } from './proxy-header.ts';

const BEGINS = ['', 'PROXY ', 'PROXY TCP4 ', '\r\n\r\n\0\r\nQUIT\n', '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c'];
const ip = fc.oneof(fc.ipV4(), fc.ipV6());

describe('readProxyHeader', () => {
  it('makes nothing but an address, a place within the bytes, or a rejection of whatever comes', () => {
    const bytes = fc
      .tuple(fc.constantFrom(...BEGINS), fc.uint8Array({ maxLength: 600 }))
      .map(([begin, rest]) => Buffer.concat([Buffer.from(begin, 'latin1'), rest]));
    fc.assert(
      fc.property(bytes, (input) => {
        const header = readProxyHeader(input);
        if (header.state === 'incomplete') expect(input.length).toBeLessThan(MAX_PROXY_HEADER_BYTES);
        if (header.state !== 'complete') return;
        expect(header.headerBytes).toBeLessThanOrEqual(input.length);
        if (header.address !== undefined) expect(isIP(header.address)).not.toBe(0);
        // What is behind the header has no say.
        expect(readProxyHeader(input.subarray(0, header.headerBytes))).toEqual(header);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives back every address that was written', () => {
    fc.assert(
      fc.property(ip, (address) => {
        const header = `PROXY TCP${isIP(address)} ${address} ${address} 1 65535\r\n`;
        expect(readProxyHeader(Buffer.from(header))).toMatchObject({ state: 'complete', address });
      }),
    );
  });
});
