import { describe, expect, it } from 'vitest';
import { compileDbc } from './compile-dbc.ts';
import { parseDbc } from './parse-dbc.ts';

function decode(text: string, hex: string, rest: { id?: number; isExtended?: boolean; isRemote?: boolean } = {}) {
  const dbc = parseDbc(text);
  if (!dbc.isDecoded) throw new Error(dbc.reason);
  expect(dbc.value.warnings).toEqual([]);
  const data = Buffer.from(hex, 'hex');
  return compileDbc(dbc.value).decode({ id: 1, isExtended: false, isRemote: false, data, ...rest });
}

const PLAIN = `BO_ 1 Plain: 8 X
 SG_ Speed : 0|16@1+ (0.1,-40) [0|100] "km/h" X
 SG_ Angle : 23|16@0- (1,0) [0|0] "" X
 SG_ Gear : 36|3@1- (1,0) [0|0] "" X
BO_ 2147483649 Long: 1 X
VAL_ 1 Gear -1 "reverse" 0 "neutral" ;`;

const PAGES = `BO_ 1 Pages: 4 X
 SG_ Deep m3 : 16|8@1+ (1,0) [0|0] "" X
 SG_ Detail m1M : 8|8@1+ (1,0) [0|0] "" X
 SG_ Other m2 : 8|16@1+ (1,0) [0|0] "" X
 SG_ Page M : 0|4@1- (1,0) [0|0] "" X
 SG_ Ranged m0 : 8|8@1+ (1,0) [0|0] "" X
 SG_ Always : 24|8@1+ (1,0) [0|0] "" X
SG_MUL_VAL_ 1 Deep Detail 3-3, 16-31;
SG_MUL_VAL_ 1 Ranged Page 0-0, 14-15;`;

describe('compileDbc', () => {
  it('decodes both byte orders, signs, scales, labels and units', () => {
    expect(decode(PLAIN, 'e803ff8560000000')).toEqual({
      name: 'Plain',
      isShort: false,
      signals: {
        Speed: { raw: 1000, phys: 60, unit: 'km/h' },
        Angle: { raw: -123, phys: -123 },
        Gear: { raw: -2, phys: -2 },
      },
    });
    expect(decode(PLAIN, '0000000070000000')?.signals['Gear']).toEqual({ raw: -1, phys: -1, label: 'reverse' });
  });

  it('never clamps to the limits of the file', () => {
    expect(decode(PLAIN, 'ffff000000000000')?.signals['Speed']).toMatchObject({ raw: 65_535, phys: 6513.5 });
  });

  it.each([
    ['', []],
    ['e8', []],
    ['e803', ['Speed']],
    ['e803ff', ['Speed']],
    ['e803ff85', ['Speed', 'Angle']],
    ['e803ff8560', ['Speed', 'Angle', 'Gear']],
  ])('decodes of the short frame %j the signals that fit', (hex, names) => {
    const message = decode(PLAIN, hex);
    expect(Object.keys(message?.signals ?? {})).toEqual(names);
    expect(message?.isShort).toBe(true);
  });

  it('tells extended frames from others of the same number, and knows no other frame', () => {
    expect(decode(PLAIN, '00', { isExtended: true })?.name).toBe('Long');
    expect(decode(PLAIN, '00', { id: 2 })).toBeUndefined();
    expect(decode(PLAIN, '', { isRemote: true })).toBeUndefined();
  });

  it.each([
    ['01050700', ['Detail', 'Page', 'Always']],
    ['01030700', ['Deep', 'Detail', 'Page', 'Always']],
    ['011f0700', ['Deep', 'Detail', 'Page', 'Always']],
    ['01200700', ['Detail', 'Page', 'Always']],
    ['02030700', ['Other', 'Page', 'Always']],
    ['03030700', ['Page', 'Always']],
    ['00030700', ['Page', 'Ranged', 'Always']],
    ['0f030700', ['Page', 'Ranged', 'Always']],
    ['0103', ['Detail', 'Page']],
    ['01', ['Page']],
    ['', []],
  ])('emits of %s only what its multiplexors select, through two levels, also of a negative one', (hex, names) => {
    expect(Object.keys(decode(PAGES, hex)?.signals ?? {})).toEqual(names);
  });

  it('keeps no state from one frame to the next', () => {
    const dbc = parseDbc(PAGES);
    if (!dbc.isDecoded) throw new Error(dbc.reason);
    const decoder = compileDbc(dbc.value);
    const frame = (hex: string) => ({ id: 1, isExtended: false, isRemote: false, data: Buffer.from(hex, 'hex') });
    const first = decoder.decode(frame('01030700'));
    const copy = structuredClone(first);
    expect(Object.keys(decoder.decode(frame(''))?.signals ?? {})).toEqual([]);
    expect(first).toEqual(copy);
  });

  it.each([
    ['0|64@1+ (1,0)', 'feffffffffffffff', 0xffff_ffff_ffff_fffen, 0xffff_ffff_ffff_fffen],
    ['7|64@0- (1,0)', 'fffffffffffffffe', -2n, -2n],
    ['0|54@1- (3,-1)', 'ffffffffffff1f00', 2n ** 53n - 1n, 3n * (2n ** 53n - 1n) - 1n],
    ['0|64@1+ (0.5,0)', '0300000000000000', 3n, 1.5],
    ['0|64@1+ (1,0)', '0100000000000000', 1n, 1n],
    ['1|53@1+ (1,0)', 'feffffffffff3f00', 2 ** 53 - 1, 2 ** 53 - 1],
    ['1|53@1- (1,0)', '0000000000002000', -(2 ** 52), -(2 ** 52)],
  ])('keeps every bit of a long integer: %s', (layout, hex, raw, phys) => {
    expect(decode(`BO_ 1 M: 8 X\n SG_ S : ${layout} [0|0] "" X`, hex)?.signals['S']).toEqual({ raw, phys });
  });

  it('gives labels to long integers', () => {
    const text = 'BO_ 1 M: 8 X\n SG_ S : 0|64@1+ (1,0) [0|0] "" X\nVAL_ 1 S 18446744073709551615 "not available" ;';
    expect(decode(text, 'ffffffffffffffff')?.signals['S']?.label).toBe('not available');
  });

  it.each([
    [1, '0|32@1- (1,0)', '0000c03f', 1.5],
    [1, '7|32@0- (2,1)', '3fc00000', 1.5],
    [1, '0|32@1- (1,0)', '000080ff', Number.NEGATIVE_INFINITY],
    [2, '0|64@1- (1,0)', '000000000000f8bf', -1.5],
    [2, '7|64@0- (1,0)', '7ff8000000000000', Number.NaN],
  ])('reads IEEE 754 of value type %i: %s %s', (type, layout, hex, raw) => {
    const text = `BO_ 1 M: 8 X\n SG_ S : ${layout} [0|0] "" X\nSIG_VALTYPE_ 1 S : ${type};`;
    expect(decode(text, hex)?.signals['S']?.raw).toBe(raw);
  });

  it('scales what it reads from a float', () => {
    const text = 'BO_ 1 M: 8 X\n SG_ S : 0|32@1- (2,1) [0|0] "" X\nSIG_VALTYPE_ 1 S : 1;';
    expect(decode(text, '0000c03f')?.signals['S']?.phys).toBe(4);
  });

  it('scales the largest floats without overflow', () => {
    const text = 'BO_ 1 M: 8 X\n SG_ S : 7|64@0- (0.25,0) [0|0] "" X\nSIG_VALTYPE_ 1 S : 2;';
    expect(decode(text, '7fefffffffffffff')?.signals['S']?.phys).toBe(Number.MAX_VALUE / 4);
  });
});
