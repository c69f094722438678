import { describe, expect, it } from 'vitest';
import {
  encodeSlcanCommand,
  isSlcanBitrate,
  SLCAN_BITRATES,
  type SlcanCommand,
  SlcanCommandParser,
} from './slcan-command.ts';

const COMMANDS: readonly (readonly [text: string, command: SlcanCommand])[] = [
  ['\r', { kind: 'flush' }],
  ['C\r', { kind: 'close' }],
  ['S0\r', { kind: 'bitrate', bitrate: 10_000 }],
  ['S6\r', { kind: 'bitrate', bitrate: 500_000 }],
  ['S8\r', { kind: 'bitrate', bitrate: 1_000_000 }],
  ['Z0\r', { kind: 'timestamps', isOn: false }],
  ['Z1\r', { kind: 'timestamps', isOn: true }],
  ['O\r', { kind: 'open' }],
  ['L\r', { kind: 'listen' }],
  ['V\r', { kind: 'version' }],
  ['N\r', { kind: 'serial' }],
  ['F\r', { kind: 'status' }],
  [
    't1232BEEF\r',
    {
      kind: 'transmit',
      frame: { id: 0x123, isExtended: false, isRemote: false, data: Uint8Array.of(0xbe, 0xef) },
    },
  ],
];

describe('SlcanCommandParser', () => {
  it.each(COMMANDS)('understands %j, which encodeSlcanCommand writes [Lawicel CANUSB 1.3]', (text, command) => {
    expect(Buffer.from(encodeSlcanCommand(command)).toString()).toBe(text);
    expect(new SlcanCommandParser().push(Buffer.from(text))).toEqual([{ isDecoded: true, value: command }]);
  });

  it('understands a start-up sequence byte by byte', () => {
    const parser = new SlcanCommandParser();
    const results = [...Buffer.from('\r\rC\rS5\rZ1\rL\r')].flatMap((byte) => parser.push(Uint8Array.of(byte)));
    const kinds = results.map((result) => (result.isDecoded ? result.value.kind : result.reason));
    expect(kinds).toEqual(['flush', 'flush', 'close', 'bitrate', 'timestamps', 'listen']);
  });

  it.each([
    ['bad-bitrate', 'S9\r'],
    ['bad-bitrate', 'S\r'],
    ['bad-bitrate', 'S66\r'],
    ['unknown-command', 'Q\r'],
    ['unknown-command', 'OO\r'],
    ['unknown-command', 'toString\x07'],
    ['unknown-command', 'constructor\r'],
    ['bad-id', 't8000\r'],
    ['wrong-size', 't12321\r'],
    ['too-long', `${'V'.repeat(161)}\r`],
  ])('refuses with %s: %j', (reason, text) => {
    expect(new SlcanCommandParser().push(Buffer.from(text))).toEqual([{ isDecoded: false, reason }]);
  });
});

it('knows the bit rates that an adapter can be told', () => {
  expect(SLCAN_BITRATES.every(isSlcanBitrate)).toBe(true);
  expect(isSlcanBitrate(33_333)).toBe(false);
});
