import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CAN_FD_LENGTHS, type CanFrame } from '#devices/can/can-frame.ts';
import { encodeSlcanFrame } from '#devices/can/slcan/slcan-frame.ts';
import { CanLogReader } from './can-log-reader.ts';
import type { CanLogFormat, CanLogRecord } from './can-log-record.ts';
import { encodeCandumpLine } from './candump.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const ids = fc.oneof(
  fc.record({ id: fc.nat(0x7ff), isExtended: fc.constant(false) }),
  fc.record({ id: fc.nat(0x1fff_ffff), isExtended: fc.constant(true) }),
);
const bodies = fc.oneof(
  fc.record({ isRemote: fc.constant(false), data: fc.nat(8).chain(bytes) }),
  fc.record({ isRemote: fc.constant(true), data: bytes(0) }),
  fc.record({
    isRemote: fc.constant(false),
    data: fc.constantFrom(...CAN_FD_LENGTHS).chain(bytes),
    isFd: fc.constant(true),
    isBitrateSwitched: fc.boolean(),
  }),
);
const frames: fc.Arbitrary<CanFrame> = fc.tuple(ids, bodies).map(([id, body]) => ({ ...id, ...body }));

const hex = (data: Uint8Array, separator: string) =>
  Array.from(data, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(separator);

/** How each format writes a frame, in the words of other programs; made here, since only candump's log is written by Waystation. */
const WRITERS: Readonly<Record<CanLogFormat, (frame: CanFrame) => string>> = {
  candump: (frame) => `${encodeCandumpLine({ frame, channel: 'can0', timeMs: 1_436_509_052_249.713 })}\n`,
  candumpScreen: ({ id, isExtended, isRemote, data, isFd, isBitrateSwitched }) => {
    const digits = id
      .toString(16)
      .toUpperCase()
      .padStart(isExtended ? 8 : 3, '0');
    const length = isFd === true ? ` [${String(data.length).padStart(2, '0')}]` : `  [${data.length}]`;
    const extra = `RX ${isBitrateSwitched === true ? 'B' : '-'} -`;
    return ` (0.000001)  can0  ${extra}  ${digits} ${length}  ${isRemote ? 'remote request' : hex(data, ' ')}\n`;
  },
  asc: ({ id, isExtended, isRemote, data, isFd, isBitrateSwitched }) => {
    const name = id.toString(16) + (isExtended ? 'x' : '');
    if (isFd !== true) return `   0.5 1  ${name}  Rx   ${isRemote ? 'r 0' : `d ${data.length} ${hex(data, ' ')}`}\r\n`;
    const code = [...CAN_FD_LENGTHS].findIndex((length) => length >= data.length).toString(16);
    const flag = isBitrateSwitched === true ? 1 : 0;
    return `   0.5 CANFD   1 Rx  ${name}   ${flag} 0 ${code} ${data.length} ${hex(data, ' ')}   130000  130  7000 0 0 0 0 0\r\n`;
  },
  slcan: (frame) => Buffer.from(encodeSlcanFrame(frame)).toString(),
};
const HEADINGS: Readonly<Record<CanLogFormat, string>> = {
  ...{ candump: '', candumpScreen: '', asc: 'date Fri Jul 10 06:17:32 2015\r\nbase hex  timestamps absolute\r\n' },
  slcan: 'V1013\r\r',
};

function read(chunks: readonly Uint8Array[]) {
  const records: CanLogRecord[] = [];
  const reader = new CanLogReader({ onRecord: (record) => records.push(record) });
  for (const chunk of chunks) reader.push(chunk);
  reader.flush();
  return { records, reader };
}

/** Cuts the bytes at these places. */
function chunksOf(whole: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return places.slice(1).map((end, index) => whole.subarray(places[index], end));
}

it.each(['candump', 'candumpScreen', 'asc', 'slcan'] as const)(
  'finds %s by itself and reads each frame, in any chunking',
  (format) => {
    fc.assert(
      fc.property(
        fc.array(frames, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (sent, cuts) => {
          const text = HEADINGS[format] + sent.map(WRITERS[format]).join('');
          const { records, reader } = read(chunksOf(Buffer.from(text), cuts));
          expect(reader.format).toBe(format);
          expect(reader.rejections).toEqual({});
          expect(records.map(({ frame: { timestampMs: _, ...frame } }) => frame)).toEqual(sent);
        },
      ),
      { numRuns: 60 },
    );
  },
);

it('takes any bytes without an exception, and gives no frame that cannot be [S1]', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .array(
        fc.oneof(
          fc.constantFrom(
            't123',
            '(1.000000) can0 123#',
            '0.5 1 123 Rx d 2 ',
            ' can0 123 [2] ',
            'CANFD 1 Rx 123 1 0 9 12 ',
          ),
          fc.string({ unit: fc.constantFrom(...'0123456789ABCDEFGx#[](). \r\n\x07'), maxLength: 30 }),
        ),
        { maxLength: 12 },
      )
      .map((parts) => Buffer.from(parts.join(''))),
  );
  fc.assert(
    fc.property(noise, (whole) => {
      for (const { frame } of read([whole]).records) {
        expect(frame.id).toBeLessThanOrEqual(frame.isExtended ? 0x1fff_ffff : 0x7ff);
        expect(CAN_FD_LENGTHS).toContain(frame.data.length);
        if (frame.isFd !== true) expect(frame.data.length).toBeLessThanOrEqual(8);
      }
    }),
  );
});
