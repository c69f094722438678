import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { END_MARK_BYTES, FRAME_HEADER_BYTES, isBodyIntact, parseFrameHeader, sealFrame } from './frame.ts';
import { MAX_FRAME_BODY_BYTES, MAX_FRAME_RECORDS } from './limits.ts';

const SALT = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const saltChecksum = crc32(SALT);
const header = { codec: 'none', recordCount: 2, firstSequence: 2 ** 33 + 5, rawBytes: 3, storedBytes: 3 } as const;

function sealed(): Buffer {
  const frame = Buffer.alloc(FRAME_HEADER_BYTES + 3 + END_MARK_BYTES, 0xee);
  frame.write('abc', FRAME_HEADER_BYTES);
  sealFrame(frame, header, saltChecksum);
  return frame;
}

/** A frame header with some bytes changed and the checksum made right again: what a bug of ours could write. */
function signed(offset: number, bytes: readonly number[]): Buffer {
  const frame = sealed();
  frame.set(bytes, offset);
  frame.writeUInt32LE(crc32(Buffer.concat([SALT, frame.subarray(0, 28)])), 28);
  return frame;
}

describe('sealFrame', () => {
  it('writes the bytes that the format draws', () => {
    const head = Buffer.from(
      'f7575346 00 00 0000 02000000 0500000002000000 03000000 03000000'.replaceAll(' ', ''),
      'hex',
    );
    const headerChecksum = Buffer.alloc(4);
    headerChecksum.writeUInt32LE(crc32(Buffer.concat([SALT, head])));
    const bodyChecksum = Buffer.alloc(4);
    bodyChecksum.writeUInt32LE(crc32(Buffer.concat([SALT, head, Buffer.from('abc')])));
    const expected = Buffer.concat([head, headerChecksum, bodyChecksum, Buffer.from('abc'), Buffer.alloc(8)]);
    expect(sealed().toString('hex')).toBe(expected.toString('hex'));
  });
});

describe('parseFrameHeader', () => {
  it('reads what was sealed', () => {
    expect(parseFrameHeader(sealed(), saltChecksum)).toEqual(header);
    expect(isBodyIntact(sealed(), 3)).toBe(true);
  });

  it.each([
    ['end', 'zeros', Buffer.alloc(64)],
    ['end', 'nothing', Buffer.alloc(0)],
    ['end', 'fewer zeros than an end mark has', Buffer.alloc(3)],
    ['truncated', 'a header cut short', sealed().subarray(0, FRAME_HEADER_BYTES - 1)],
    ['bad-magic', 'another magic', Buffer.concat([Buffer.from([1]), sealed().subarray(1)])],
    [
      'wrong-header-checksum',
      'a flipped bit',
      Buffer.concat([sealed().subarray(0, 27), Buffer.from([1]), sealed().subarray(28)]),
    ],
    ['unknown-codec', 'a codec of a newer version', signed(4, [2])],
    ['unknown-key', 'an encrypted body', signed(5, [1])],
    ['over-limit', 'no records', signed(8, [0])],
    ['over-limit', 'more records than a frame may have', signed(8, littleEndian(MAX_FRAME_RECORDS + 1))],
    ['over-limit', 'a sequence above 2^53', signed(12, [0, 0, 0, 0, 0, 0, 0x20, 0])],
    ['over-limit', 'a body larger than a frame may have', signed(20, littleEndian(MAX_FRAME_BODY_BYTES + 1))],
    ['over-limit', 'a stored size above the raw size', signed(24, [4])],
  ])('rejects with %s: %s [J12]', (reason, _, bytes) => {
    expect(parseFrameHeader(bytes, saltChecksum)).toBe(reason);
  });

  it('belongs to one segment: under another salt neither header nor body hold [J4]', () => {
    const other = crc32(Buffer.alloc(16, 7));
    expect(parseFrameHeader(sealed(), other)).toBe('wrong-header-checksum');
    const restamped = sealed();
    restamped.writeUInt32LE(crc32(restamped.subarray(0, 28), other), 28);
    expect(parseFrameHeader(restamped, other)).toEqual(header);
    expect(isBodyIntact(restamped, 3)).toBe(false);
  });

  it('has a body checksum that covers the header too', () => {
    const altered = signed(8, [1]);
    expect(parseFrameHeader(altered, saltChecksum)).toMatchObject({ recordCount: 1 });
    expect(isBodyIntact(altered, 3)).toBe(false);
  });
});

function littleEndian(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}
