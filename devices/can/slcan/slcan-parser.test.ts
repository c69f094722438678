import { describe, expect, it } from 'vitest';
import type { CanFrame } from '#devices/can/can-frame.ts';
import { encodeSlcanFrame } from './slcan-frame.ts';
import { encodeSlcanItem, type SlcanItem } from './slcan-item.ts';
import { collectSlcan } from './testing/collect-slcan.ts';

const parse = (text: string) => collectSlcan(Buffer.from(text, 'latin1'));

function frame(id: number, hex: string, rest: Partial<CanFrame> = {}): CanFrame {
  return { id, isExtended: false, isRemote: false, data: Uint8Array.from(Buffer.from(hex, 'hex')), ...rest };
}

function fdFrame(id: number, hex: string, rest: Partial<CanFrame> = {}): CanFrame {
  return frame(id, hex, { isFd: true, isBitrateSwitched: false, ...rest });
}

/** What an adapter sends, as the Lawicel CANUSB manual 1.3 shows it. */
const ITEMS: readonly (readonly [text: string, item: SlcanItem])[] = [
  ['t10021133\r', { kind: 'frame', frame: frame(0x100, '1133') }],
  ['t0000\r', { kind: 'frame', frame: frame(0, '') }],
  ['t7FF81122334455667788\r', { kind: 'frame', frame: frame(0x7ff, '1122334455667788') }],
  ['t10021133EA5F\r', { kind: 'frame', frame: frame(0x100, '1133', { timestampMs: 59_999 }) }],
  ['T1FFFFFFF1AB\r', { kind: 'frame', frame: frame(0x1fff_ffff, 'ab', { isExtended: true }) }],
  [
    'T00000100400FF00FF0010\r',
    { kind: 'frame', frame: frame(0x100, '00ff00ff', { isExtended: true, timestampMs: 16 }) },
  ],
  ['r1000\r', { kind: 'frame', frame: frame(0x100, '', { isRemote: true }) }],
  ['R000001000\r', { kind: 'frame', frame: frame(0x100, '', { isExtended: true, isRemote: true }) }],
  ['d1009112233445566778899AABBCC\r', { kind: 'frame', frame: fdFrame(0x100, '112233445566778899aabbcc') }],
  ['b1000EA5F\r', { kind: 'frame', frame: fdFrame(0x100, '', { isBitrateSwitched: true, timestampMs: 59_999 }) }],
  [`D00000100F${'AB'.repeat(64)}\r`, { kind: 'frame', frame: fdFrame(0x100, 'ab'.repeat(64), { isExtended: true }) }],
  ['B1FFFFFFF0\r', { kind: 'frame', frame: fdFrame(0x1fff_ffff, '', { isExtended: true, isBitrateSwitched: true }) }],
  ['\r', { kind: 'ok' }],
  ['\x07', { kind: 'error' }],
  ['z\r', { kind: 'sent', isExtended: false }],
  ['Z\r', { kind: 'sent', isExtended: true }],
  ['V1013\r', { kind: 'version', text: '1013' }],
  ['NA123\r', { kind: 'serial', text: 'A123' }],
  ['F80\r', { kind: 'status', flags: 0x80 }],
  [
    'b158aa7 https://github.com/normaldotcom/canable-fw.git\r',
    { kind: 'text', text: 'b158aa7 https://github.com/normaldotcom/canable-fw.git' },
  ],
];

describe('SlcanParser', () => {
  it.each(ITEMS)('understands %j [Lawicel CANUSB 1.3]', (text, item) => {
    expect(parse(text)).toEqual({ items: [item], rejections: {} });
  });

  it('reads lower-case hex digits and a remote frame that states a length', () => {
    expect(parse('t0ab2cdef\rr0ab8\r').items).toEqual([
      { kind: 'frame', frame: frame(0xab, 'cdef') },
      { kind: 'frame', frame: frame(0xab, '', { isRemote: true }) },
    ]);
  });

  it('passes over the bytes that CANable sends with a remote frame', () => {
    expect(parse('r1003112233\rR000001001AA\r')).toEqual({
      items: [
        { kind: 'frame', frame: frame(0x100, '', { isRemote: true }) },
        { kind: 'frame', frame: frame(0x100, '', { isExtended: true, isRemote: true }) },
      ],
      rejections: {},
    });
  });

  it('reads a timestamp of 8 digits as microseconds', () => {
    expect(parse('t1002113300BC614E\r').items).toEqual([
      { kind: 'frame', frame: frame(0x100, '1133', { timestampMs: 12_345.678 }) },
    ]);
  });

  it.each([
    ['bad-id', 't80021133\r'],
    ['bad-id', 'T200000001AB\r'],
    ['bad-length', 't1009112233445566778899\r'],
    ['bad-length', 'r1009\r'],
    ['wrong-size', 't1002113\r'],
    ['wrong-size', 't100211331\r'],
    ['wrong-size', 't1002113300100\r'],
    ['wrong-size', 't10\r'],
    ['wrong-size', 't100\r'],
    ['wrong-size', 'r100311\r'],
    ['bad-hex', 'r10031122GG\r'],
    ['bad-hex', 't1002113G\r'],
    ['bad-hex', 'tx002113G\r'],
    ['bad-hex', 't100x1133\r'],
    ['bad-hex', 't1002113300 0\r'],
    ['wrong-size', 'd1009112233445566778899AABB\r'],
    ['wrong-size', 'd1009112233445566778899AABBCC1\r'],
    ['wrong-size', 't100211330011223\r'],
    ['bad-hex', 'b1001G0\r'],
    ['bad-hex', 't1002113300112 33\r'],
    ['bad-id', 'D200000000\r'],
    ['not-a-frame', '1133\r'],
    ['not-a-frame', 'zz\r'],
    ['not-a-frame', 'F8\r'],
    ['not-a-frame', 'V\r'],
    ['too-long', `t${'0'.repeat(160)}\r`],
  ])('refuses with %s: %j [S1]', (reason, text) => {
    expect(parse(text)).toEqual({ items: [], rejections: { [reason]: 1 } });
  });

  it('gives up a line that a bell cuts short, and reports the bell', () => {
    expect(parse('t1002\x0711\x07\r')).toEqual({
      items: [{ kind: 'error' }, { kind: 'error' }, { kind: 'ok' }],
      rejections: { 'cut-short': 2 },
    });
  });

  it('passes over line feeds', () => {
    expect(parse('\nt1000\r\n\r\n').items).toEqual([{ kind: 'frame', frame: frame(0x100, '') }, { kind: 'ok' }]);
  });

  it('goes on after a line without end', () => {
    const { items, rejections } = parse(`${'x'.repeat(100_000)}\rt1000\r`);
    expect(items).toHaveLength(1);
    expect(rejections).toEqual({ 'too-long': 1 });
  });
});

describe('encodeSlcanItem', () => {
  it.each(ITEMS)('writes %j', (text, item) => {
    const withTimestamp = item.kind === 'frame' && item.frame.timestampMs !== undefined;
    expect(Buffer.from(encodeSlcanItem(item, { withTimestamp })).toString('latin1')).toBe(text);
  });
});

describe('encodeSlcanFrame', () => {
  it('reduces a timestamp to the minute of the adapter', () => {
    const bytes = encodeSlcanFrame(frame(0x100, '', { timestampMs: 120_001.7 }), { withTimestamp: true });
    expect(Buffer.from(bytes).toString()).toBe('t10000001\r');
  });
});
