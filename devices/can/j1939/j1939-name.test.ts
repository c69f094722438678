import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeJ1939Name, encodeJ1939Name, formatJ1939Name, writeJ1939Name } from './j1939-name.ts';

const ENGINE = {
  identityNumber: 0x1a_bcde,
  manufacturerCode: 0x4d2,
  ecuInstance: 5,
  functionInstance: 0x13,
  function: 0xa5,
  vehicleSystem: 0x6e,
  vehicleSystemInstance: 0xb,
  industryGroup: 3,
  isArbitraryAddressCapable: true,
};

it('places every field [J1939-81 4.1]', () => {
  // By hand: 1 011 1011 | 1101110 0 | 10100101 | 10011 101 | 10011010 010 11010 10111100 11011110
  const name = 0xbbdc_a59d_9a5a_bcden;
  expect(encodeJ1939Name(ENGINE)).toBe(name);
  expect(decodeJ1939Name(name)).toEqual(ENGINE);
  expect(formatJ1939Name(name)).toBe('BBDCA59D9A5ABCDE');
  expect([...writeJ1939Name(name)]).toEqual([0xde, 0xbc, 0x5a, 0x9a, 0x9d, 0xa5, 0xdc, 0xbb]);
});

it('writes back every NAME whose reserved bit is 0', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (bits) => {
      const name = bits & ~(1n << 48n);
      expect(encodeJ1939Name(decodeJ1939Name(name))).toBe(name);
    }),
  );
});
