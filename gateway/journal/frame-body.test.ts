import { zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { compressBody, openBody } from './frame-body.ts';
import { SYNC_COMPRESSION_BYTES } from './limits.ts';
import { seededBytes, seededRandom } from './open-test-journal.ts';

// Two records, topics "a" and "b".
const RAW = Buffer.from('0a030a01610a030a0162', 'hex');
const header = {
  codec: 'none',
  recordCount: 2,
  firstSequence: 1,
  rawBytes: RAW.length,
  storedBytes: RAW.length,
} as const;

/** Its records, those that cannot be read as reasons; or why there is no body. */
function recordsOf(...[of, stored]: Parameters<typeof openBody>) {
  const body = openBody(of, stored);
  if (typeof body === 'string') return body;
  return Array.from({ length: body.recordCount }, (_, index) => body.record(index));
}

it('reads records stored as they are and as zstd', () => {
  const compressed = zstdCompressSync(RAW);
  for (const records of [
    recordsOf(header, RAW),
    recordsOf({ ...header, codec: 'zstd', storedBytes: compressed.length }, compressed),
  ]) {
    expect(records).toMatchObject([{ topic: 'a' }, { topic: 'b' }]);
  }
});

it.each([
  ['bad-compression', 'noise', { ...header, codec: 'zstd' }, RAW],
  ['bad-compression', 'more bytes than stated', { ...header, codec: 'zstd', rawBytes: 9 }, zstdCompressSync(RAW)],
  ['bad-compression', 'fewer bytes than stated', { ...header, codec: 'zstd', rawBytes: 11 }, zstdCompressSync(RAW)],
  ['bad-compression', 'an uncompressed body of another size', { ...header, rawBytes: 9 }, RAW],
  ['wrong-record-count', 'one record too few', { ...header, recordCount: 3 }, RAW],
  ['truncated', 'a record cut short', { ...header, rawBytes: 9 }, RAW.subarray(0, 9)],
] as const)('rejects with %s: %s [J12]', (reason, _, of, stored) => {
  expect(recordsOf(of, stored)).toBe(reason);
});

it.each([
  ['a text that is longer than its record', '0a020a050a030a0162', ['truncated', 'b']],
  ['a text that reaches into the next record', '0a030a02610a030a0162', ['truncated', 'b']],
  ['a number that does', '0a01400a030a0162', ['truncated', 'b']],
  ['an unknown number that does', '0a02f8070a030a0162', ['truncated', 'b']],
  ['the last one', '0a030a01610a0107', ['a', 'bad-tag']],
])('tells a record that cannot be read from its neighbour: %s [J5 J12]', (_, hex, expected) => {
  const raw = Buffer.from(hex, 'hex');
  const records = recordsOf({ ...header, rawBytes: raw.length }, raw);
  expect(
    Array.isArray(records) && records.map((record) => (typeof record === 'string' ? record : record.topic)),
  ).toEqual(expected);
});

it('compresses small bodies on the loop and large ones off it, and neither when that does not pay', async () => {
  const noise = Buffer.from(seededBytes(seededRandom(1))(500));
  expect(await compressBody(noise)).toBeUndefined();
  expect(await compressBody(RAW)).toBeUndefined();
  for (const sizeBytes of [SYNC_COMPRESSION_BYTES - 1, SYNC_COMPRESSION_BYTES]) {
    const compressed = await compressBody(Buffer.alloc(sizeBytes, 'abc'));
    expect(compressed?.length).toBeLessThan(100);
  }
});
