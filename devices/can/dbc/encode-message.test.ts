import { describe, expect, it } from 'vitest';
import type { DbcMessage } from './dbc.ts';
import { encodeMessage } from './encode-message.ts';
import { parseDbc } from './parse-dbc.ts';

function message(...lines: string[]): DbcMessage {
  const dbc = parseDbc(`BO_ 1 M: 4 X\n${lines.join('\n')}\n`);
  const [first] = dbc.isDecoded ? dbc.value.messages : [];
  if (first === undefined) throw new Error('no message');
  return first;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('encodeMessage', () => {
  const scaled = message('SG_ S : 8|8@1- (0.5,10) [0|0] "" X', 'SG_ T : 23|12@0+ (1,0) [0|0] "" X');

  it.each([
    [{}, '00000000'],
    [{ S: 10 }, '00000000'],
    [{ S: 11, T: 0xabc }, '0002abc0'],
    [{ S: 9.5 }, '00ff0000'],
    [{ S: 10.3 }, '00010000'],
    [{ S: 1e9 }, '007f0000'],
    [{ S: -1e9 }, '00800000'],
    [{ S: Number.NaN }, '00000000'],
    [{ T: Number.POSITIVE_INFINITY }, '0000fff0'],
    [{ T: -1 }, '00000000'],
  ])('writes %j, rounded and held within the bits, as %s', (values, expected) => {
    expect(hex(encodeMessage(scaled, values))).toBe(expected);
  });

  it.each([
    [{ Page: 1, A: 7, B: 9 }, '01070000'],
    [{ Page: 2, A: 7, B: 9 }, '02090000'],
    [{ A: 7, B: 9 }, '00000000'],
  ])('writes of %j only what the multiplexor selects', (values, expected) => {
    const pages = message(
      'SG_ Page M : 0|8@1+ (1,0) [0|0] "" X',
      'SG_ A m1 : 8|8@1+ (1,0) [0|0] "" X',
      'SG_ B m2 : 8|8@1+ (1,0) [0|0] "" X',
    );
    expect(hex(encodeMessage(pages, values))).toBe(expected);
  });

  it('writes nothing below a multiplexor that is not selected itself', () => {
    const nested = message(
      'SG_ Page M : 0|8@1+ (1,0) [0|0] "" X',
      'SG_ Detail m1M : 8|8@1+ (1,0) [0|0] "" X',
      'SG_ Deep m0 : 16|8@1+ (1,0) [0|0] "" X',
      'SG_MUL_VAL_ 1 Deep Detail 2-2;',
    );
    expect(hex(encodeMessage(nested, { Page: 1, Detail: 2, Deep: 9 }))).toBe('01020900');
    expect(hex(encodeMessage(nested, { Page: 0, Detail: 2, Deep: 9 }))).toBe('00000000');
  });

  it.each([
    [2n ** 63n - 1n, 'ffffffffffffff7f'],
    [2n ** 63n, 'ffffffffffffff7f'],
    [-(2n ** 70n), '0000000000000080'],
    [1e300, 'ffffffffffffff7f'],
    [-2, 'feffffffffffffff'],
  ])('holds %s within 64 bits', (value, expected) => {
    const dbc = parseDbc('BO_ 1 M: 8 X\n SG_ S : 0|64@1- (1,0) [0|0] "" X\n');
    const [long] = dbc.isDecoded ? dbc.value.messages : [];
    expect(long && hex(encodeMessage(long, { S: value }))).toBe(expected);
  });

  it('refuses a name that the message does not have', () => {
    expect(() => encodeMessage(scaled, { Speed: 1 })).toThrow(RangeError);
  });
});
