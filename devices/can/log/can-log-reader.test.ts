import { expect, it } from 'vitest';
import { CanLogReader, MAX_UNDECIDED_LINES } from './can-log-reader.ts';
import type { CanLogRecord } from './can-log-record.ts';

const LOG = [
  '(166.000000) vcan0 21A#FE3612FE690507AD',
  '',
  '(166.000001) vcan0 23A#00',
  'x'.repeat(1000),
  'noise',
  '(166.000002) vcan0 18FEF100#01',
].join('\r\n');

it.each([1, 7, 64, 10_000])('reads a log in chunks of %i bytes, counting what is none of it [S1]', (sizeBytes) => {
  const records: CanLogRecord[] = [];
  const reader = new CanLogReader({ onRecord: (record) => records.push(record) });
  const bytes = Buffer.from(LOG);
  for (let start = 0; start < bytes.length; start += sizeBytes) reader.push(bytes.subarray(start, start + sizeBytes));
  expect(records.map(({ frame }) => frame.id)).toEqual([0x21a, 0x23a]);
  reader.flush();
  reader.flush();
  expect(records.slice(2)).toMatchObject([{ frame: { id: 0x18fe_f100, timestampMs: 166_000.002 } }]);
  expect(reader.rejections).toEqual({ 'too-long': 1, 'not-a-record': 1 });
});

function read(text: string) {
  const records: CanLogRecord[] = [];
  const refused: string[] = [];
  const reader = new CanLogReader({
    onRecord: (record) => records.push(record),
    onRefused: (line) => refused.push(line),
  });
  reader.push(Buffer.from(text, 'latin1'));
  reader.flush();
  return { records, refused, format: reader.format, rejections: reader.rejections };
}

it('keeps the lines before the first frame for the format that is found then', () => {
  const text =
    'date Fri Jul 10 06:17:32 2015\nbase dec  timestamps relative\n// x\n1.0 Start of measurement\n0.5 1 10 Rx d 1 17\n';
  expect(read(text)).toMatchObject({
    format: 'asc',
    records: [{ timeMs: 1500, frame: { id: 10, data: Uint8Array.of(17) } }],
    rejections: {},
  });
});

it('says that a log is of no format that is known, and reads no further', () => {
  expect(read('a\nb\n\nc')).toMatchObject({ format: undefined, records: [], rejections: { 'unknown-format': 3 } });
  const { records, rejections } = read(`${'noise\n'.repeat(MAX_UNDECIDED_LINES)}(1.000000) can0 123#00\n`);
  expect(records).toEqual([]);
  expect(rejections).toEqual({ 'unknown-format': MAX_UNDECIDED_LINES + 1 });
});

it('hands on the lines that are refused, and counts them', () => {
  const line = '(2.000000) can0 20000004#0010000000000000';
  const { refused, rejections } = read(`(1.000000) can0 123#00\n${line}\n`);
  expect(refused).toEqual([line]);
  expect(rejections).toEqual({ 'error-frame': 1 });
});

it('gives the frames of an adapter times that go on over the minute', () => {
  const { records } = read('V1013\rt1230EA5F\rt12300000\rt12300064\r');
  expect(records.map(({ timeMs }) => timeMs)).toEqual([0, 1, 101]);
});
