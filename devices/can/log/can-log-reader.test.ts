import { expect, it } from 'vitest';
import { CanLogReader } from './can-log-reader.ts';
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
