import { describe, expect, it } from 'vitest';
import { busStateOf } from '#devices/can/can-error-frame.ts';
import { encodeCandumpLine, parseCandumpError, parseCandumpLine } from './candump.ts';

describe('parseCandumpLine', () => {
  it.each([
    ['(1436509052.249713) vcan0 044#2A366C2BBA', 0x44, false, false, '2a366c2bba', 1_436_509_052_249.713],
    ['(0000000000.000001) can1 7FF#', 0x7ff, false, false, '', 0.001],
    ['(166.000000) vcan0 22A#67015e1d00000000', 0x22a, false, false, '67015e1d00000000', 166_000],
    ['(1436509052.449847) vcan0 18FEF100#FFFF', 0x18fe_f100, true, false, 'ffff', 1_436_509_052_449.847],
    ['(1436509052.449847) vcan0 00000123#00', 0x123, true, false, '00', 1_436_509_052_449.847],
    ['(1436509052.449847) vcan0 123#R', 0x123, false, true, '', 1_436_509_052_449.847],
    ['(1436509052.449847) vcan0 123#R8', 0x123, false, true, '', 1_436_509_052_449.847],
    ['(1436509052.449847) slcan-left 123#00 R', 0x123, false, false, '00', 1_436_509_052_449.847],
  ])('reads %s', (line, id, isExtended, isRemote, hex, timestampMs) => {
    const data = Uint8Array.from(Buffer.from(hex, 'hex'));
    const channel = line.split(' ')[1];
    expect(parseCandumpLine(line)).toMatchObject({
      isDecoded: true,
      value: { channel, timeMs: timestampMs, frame: { id, isExtended, isRemote, data, timestampMs } },
    });
  });

  it.each([
    ['bad-length', `(1436509052.249713) can0 123##1${'AB'.repeat(65)}`],
    ['bad-data', '(1436509052.249713) can0 123##'],
    ['bad-data', '(1436509052.249713) can0 123##1A'],
    ['error-frame', '(1436509052.249713) can0 20000004#0008000000000000'],
    ['bad-id', '(1436509052.249713) can0 800#00'],
    ['bad-id', '(1436509052.249713) can0 9FFFFFFF#00'],
    ['bad-data', '(1436509052.249713) can0 123#0'],
    ['bad-data', '(1436509052.249713) can0 123#0G'],
    ['bad-data', '(1436509052.249713) can0 123#R9'],
    ['bad-length', '(1436509052.249713) can0 123#112233445566778899'],
    ['not-a-record', ''],
    ['not-a-record', '  can0  123   [2]  11 22'],
    ['not-a-record', '(1436509052.2497) can0 123#00'],
    ['not-a-record', '(1436509052.249713) can0 1234#00'],
    ['not-a-record', '(1436509052.249713) 123#00'],
    ['not-a-record', '1436509052.249713 can0 123#00'],
    ['not-a-record', '(1436509052.249713) can0 123#00 and more'],
    ['too-long', `(1436509052.249713) can0 123#${'00'.repeat(200)}`],
  ])('refuses with %s: %s', (reason, line) => {
    expect(parseCandumpLine(line)).toEqual({ isDecoded: false, reason });
  });
});

describe('encodeCandumpLine', () => {
  it.each([
    '(1436509052.249713) vcan0 044#2A366C2BBA',
    '(0000000000.000001) can1 7FF#',
    '(1436509052.449847) vcan0 00000123#00',
    '(1436509052.449847) vcan0 123#R',
  ])('writes %s as candump does', (line) => {
    const record = parseCandumpLine(line);
    expect(record.isDecoded && encodeCandumpLine(record.value)).toBe(line);
  });
});

describe('parseCandumpError', () => {
  it.each([
    ['(1.000000) can0 20000040#0000000000000000', { classes: 0x40, data: new Uint8Array(8) }, 'busOff'],
    ['(1.000000) can0 20000100#0000000000000000', { classes: 0x100, data: new Uint8Array(8) }, 'active'],
    [
      '(1.000000) can0 20000004#0010000000000000',
      { classes: 4, data: Uint8Array.of(0, 0x10, 0, 0, 0, 0, 0, 0) },
      'passive',
    ],
    [
      '(1.000000) can0 20000004#0008000000000000',
      { classes: 4, data: Uint8Array.of(0, 8, 0, 0, 0, 0, 0, 0) },
      'warning',
    ],
    [
      '(1.000000) can0 20000004#0040000000000000',
      { classes: 4, data: Uint8Array.of(0, 0x40, 0, 0, 0, 0, 0, 0) },
      'active',
    ],
    ['(1.000000) can0 20000088#0000000000000000', { classes: 0x88, data: new Uint8Array(8) }, undefined],
    ['(1.000000) can0 20000004#00', { classes: 4, data: new Uint8Array(1) }, undefined],
  ])('reads %s [Linux can/error.h]', (line, error, state) => {
    expect(parseCandumpError(line)).toEqual(error);
    expect(busStateOf(error)).toBe(state);
  });

  it.each(['(1.000000) can0 123#00', '(1.000000) can0 20000004#0', '(1.000000) can0 20000004##100', 'noise'])(
    'refuses %s',
    (line) => {
      expect(parseCandumpError(line)).toBeUndefined();
    },
  );
});
