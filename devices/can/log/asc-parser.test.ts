import { describe, expect, it } from 'vitest';
import { AscParser } from './asc-parser.ts';
import type { CanLogRecord } from './can-log-record.ts';

function parse(...lines: readonly string[]) {
  const parser = new AscParser();
  return lines.map((line) => parser.parse(line)).at(-1);
}

/** What is compared, short: channel, direction, id, kind, data, time. */
function describeRecord({ frame, channel, direction, timeMs }: CanLogRecord): string {
  const { id, isExtended, isRemote, data, isFd, isBitrateSwitched } = frame;
  const kind = isFd === true ? (isBitrateSwitched === true ? 'fd+' : 'fd') : isRemote ? 'remote' : 'data';
  return `${timeMs} ${channel} ${direction} ${id.toString(16)}${isExtended ? 'x' : ''} ${kind} ${Buffer.from(data).toString('hex')}`;
}

const BYTES_12 = '00 01 02 03 04 05 06 07 08 09 0A 0B';

describe('AscParser', () => {
  it.each([
    // As can-utils' log2asc writes them.
    ['   0.000000 1  44              Rx   d 5 2A 36 6C 2B BA', '0 1 rx 44 data 2a366c2bba'],
    ['   0.200134 2  18FEF100x       Tx   d 2 FF FF', '200.134 2 tx 18fef100x data ffff'],
    ['   0.200286 2  123             Rx   r 4', '200.286 2 rx 123 remote '],
    ['0.1 1 0x Rx d 0', '100 1 rx 0x data '],
    ['   0.200286 2  123             Rx   r', '200.286 2 rx 123 remote '],
    [
      '   0.750288 CANFD   2 Rx        123                                   1 0 3  3 AA BB CC   130000  130     3000 0 0 0 0 0',
      '750.288 2 rx 123 fd+ aabbcc',
    ],
    [
      `   2.750288 CANFD   1 Rx   12345678x                                  0 1 9 12 ${BYTES_12}   130000  130     7000 0 0 0 0 0`,
      '2750.288 1 rx 12345678x fd 000102030405060708090a0b',
    ],
    // A classical frame in the newer line, and its remote frame.
    ['0.1 CANFD 1 Rx 123 0 0 2 2 AA BB 130000 130 0 0 0 0 0 0', '100 1 rx 123 data aabb'],
    ['0.1 CANFD 1 Rx 123 0 0 4 0 130000 130 10 0 0 0 0 0', '100 1 rx 123 remote '],
    // As Vector's tools write them.
    [
      '  0.015991 1  123             Rx   d 8 00 11 22 33 44 55 66 77  Length = 232000 BitCount = 119 ID = 291',
      '15.991 1 rx 123 data 0011223344556677',
    ],
    [
      '  0.015991 1  EngineData      Rx   d 2 00 11  Length = 232000 BitCount = 119 ID = 291',
      '15.991 1 rx 123 data 0011',
    ],
    [
      '  0.015991 1  Faults          Rx   d 1 00  Length = 232000 BitCount = 119 ID = 419361280x',
      '15.991 1 rx 18fef200x data 00',
    ],
    [`0.1 CANFD 1 Rx 123 EngineData 1 0 9 12 ${BYTES_12}`, '100 1 rx 123 fd+ 000102030405060708090a0b'],
    ['0.1 CANFD 1 Rx 123 1stMessage 1 0 0 0', '100 1 rx 123 fd+ '],
    ['0.1 1 123 Rx d f 00 11 22 33 44 55 66 77', '100 1 rx 123 data 0011223344556677'],
  ])('reads %s', (line, expected) => {
    const result = parse('base hex  timestamps absolute', line);
    expect(result?.isDecoded === true ? describeRecord(result.value) : result).toBe(expected);
  });

  it('reads decimal numbers, and times since the line before', () => {
    const lines = [
      'base dec timestamps relative',
      '0.5 Start of measurement',
      '0.25 1 291 Rx d 2 0 255',
      '0.1 1 291x Rx d 0',
    ];
    const parser = new AscParser();
    const records = lines
      .map((line) => parser.parse(line))
      .flatMap((result) => (result?.isDecoded ? [result.value] : []));
    expect(records.map(describeRecord)).toEqual(['750 1 rx 123 data 00ff', '850 1 rx 123x data ']);
  });

  it.each([
    'date Fri Jul 10 06:17:32.123 am 2015',
    'base hex  timestamps absolute',
    'no internal events logged',
    '// version 9.0.0',
    'Begin Triggerblock Fri Jul 10 06:17:32 2015',
    'End TriggerBlock',
    '   0.000000 Start of measurement',
    '   1.000000 1  Statistic: D 0 R 0 XD 1011 XR 0 E 0 O 0 B 18.35%',
    '   1.000000 CAN 1 Status:chip status error active',
    '   1.000000 1 123 TxRq d 1 00',
    '   1.000000 SV: 2 0 1 ::Engine::Speed = 5',
  ])('passes over %s', (line) => {
    expect(parse(line)).toBeUndefined();
  });

  it.each([
    ['error-frame', '   1.750288 2  ErrorFrame'],
    ['error-frame', '   1.750288 2  ErrorFrame	ECC: 10100010'],
    ['error-frame', '   1.750288 CANFD 1 Rx ErrorFrame Not Acknowledge error, dominant error flag fffe c7'],
    ['bad-id', '0.1 1 800 Rx d 0'],
    ['bad-id', '0.1 1 20000000x Rx d 0'],
    ['bad-id', '0.1 1 Engine Rx d 0'],
    ['bad-length', '0.1 1 123 Rx d 3 00 11'],
    ['bad-length', '0.1 1 123 Rx d'],
    ['bad-length', '0.1 CANFD 1 Rx 123 1 0 9 11 00 01 02 03 04 05 06 07 08 09 0A'],
    ['bad-length', '0.1 CANFD 1 Rx 123 1 0 9 12 00 01'],
    ['bad-data', '0.1 1 123 Rx d 2 00 1G'],
    ['bad-data', '0.1 1 123 Rx d 2 00 111'],
    ['bad-data', '0.1 CANFD 1 Rx 123 1 0 1 1 XX'],
    ['not-a-record', 'whatever this is'],
    ['not-a-record', '(1436509052.249713) vcan0 044#2A366C2BBA'],
  ])('refuses with %s: %s', (reason, line) => {
    expect(parse(line)).toEqual({ isDecoded: false, reason });
  });

  it('refuses a byte that is too large, and hex digits, where numbers are decimal', () => {
    expect(parse('base dec', '0.1 1 291 Rx d 1 256')).toEqual({ isDecoded: false, reason: 'bad-data' });
    expect(parse('base dec', '0.1 1 1FF Rx d 1 0')).toEqual({ isDecoded: false, reason: 'bad-id' });
  });
});
