import { describe, expect, it } from 'vitest';
import { parseCandumpScreenLine } from './candump-screen.ts';

describe('parseCandumpScreenLine', () => {
  it.each([
    [
      "(1436509052.249713)  vcan0       044   [5]  2A 36 6C 2B BA            '*6l+.'",
      '1436509052249.713 vcan0 - 44 2a366c2bba',
    ],
    ['  can1  18FEF100   [2]  FF FF', '- can1 - 18fef100x ffff'],
    ['  can1       123   [4]  remote request', '- can1 - 123 remote'],
    [
      "(1436509053.000001)  can1       123  [03]  AA BB CC                  '...'",
      '1436509053000.001 can1 - 123 fd aabbcc',
    ],
    ['  can1  12345678  [12]  00 01 02 03 04 05 06 07 08 09 0A 0B', '- can1 - 12345678x fd 000102030405060708090a0b'],
    [' (000.000150)  can0  RX - -  123   [2]  11 22', '0.15 can0 rx 123 1122'],
    ['  can0  TX B -  123  [08]  11 22 33 44 55 66 77 88', '- can0 tx 123 fd+ 1122334455667788'],
    ['  can0  123   [2]  00010001 00100010', '- can0 - 123 1122'],
    ['  can0  123   [0] ', '- can0 - 123 '],
    ['  can0  123   [8] {F}  11 22 33 44 55 66 77 88', '- can0 - 123 1122334455667788'],
    [' (2015-07-10 06:17:32.249713)  can0  123   [1]  01', '1436509052249.713 can0 - 123 01'],
  ])('reads %s', (line, expected) => {
    const result = parseCandumpScreenLine(line);
    if (!result.isDecoded) throw new Error(result.reason);
    const { frame, timeMs = '-', channel, direction = '-' } = result.value;
    const id = frame.id.toString(16) + (frame.isExtended ? 'x' : '');
    const kind = frame.isFd === true ? (frame.isBitrateSwitched === true ? 'fd+ ' : 'fd ') : '';
    const data = frame.isRemote ? 'remote' : Buffer.from(frame.data).toString('hex');
    expect(`${timeMs} ${channel} ${direction} ${id} ${kind}${data}`).toBe(expected);
  });

  it.each([
    ['error-frame', '  can1  20000004   [8]  00 08 00 00 00 00 00 00   ERRORFRAME'],
    ['bad-id', '  can1  800   [0]'],
    ['bad-id', '  can1  9FFFFFFF   [0]'],
    ['bad-length', '  can1  123   [9]  11 22 33 44 55 66 77 88 99'],
    ['bad-length', '  can1  123  [13]  11'],
    ['bad-length', '  can1  123   [2]  11'],
    ['bad-length', '  can1  123   [2]  11 22 33'],
    ['bad-data', '  can1  123   [2]  11 2G'],
    ['bad-data', '  can1  123   [2]  22`11'],
    ['not-a-record', ''],
    ['not-a-record', '  can1  12   [2]  11 22'],
    ['not-a-record', '(1436509052.249713) can0 123#00'],
    ['too-long', `  can1  123   [2]  11 22${' '.repeat(800)}`],
  ])('refuses with %s: %s', (reason, line) => {
    expect(parseCandumpScreenLine(line)).toEqual({ isDecoded: false, reason });
  });
});
