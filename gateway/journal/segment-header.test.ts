import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseEpoch } from '#gateway/model/names.ts';
import { TELEMETRY } from './open-test-journal.ts';
import {
  BLOCK_BYTES,
  encodeSegmentHeader,
  encodeSegmentStart,
  FRAMES_OFFSET,
  HEADER_COPY_BYTES,
  parseHeaderCopy,
  parseSegmentHeader,
  type SegmentHeader,
} from './segment-header.ts';

const epochs = [parseEpoch('00112233445566ff'), parseEpoch('8899aabbccddeeff')] as const;

function header(): SegmentHeader {
  const [epoch, previous] = epochs;
  if (epoch === undefined || previous === undefined) throw new Error('These are epochs.');
  return {
    stream: TELEMETRY,
    epoch,
    number: 7,
    firstSequence: 2 ** 40 + 1,
    salt: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
    sizeBytes: 16 * 1024 * 1024,
    framesOffset: FRAMES_OFFSET,
    previous: { epoch: previous, lastSequence: 2 ** 40 },
    machine: 'fedcba9876543210',
  };
}

/** A block with some bytes changed and its checksum made right again. */
function signed(offset: number, hex: string): Buffer {
  const block = encodeSegmentHeader(header());
  block.write(hex, offset, 'hex');
  block.writeUInt32LE(crc32(block.subarray(0, BLOCK_BYTES - 4)), BLOCK_BYTES - 4);
  return block;
}

describe('encodeSegmentHeader', () => {
  it('writes the bytes that the format draws [J13]', () => {
    const block = encodeSegmentHeader(header());
    expect(block.length).toBe(BLOCK_BYTES);
    expect(block.toString('hex', 0, 113)).toBe(
      [
        Buffer.from('WAYSTSEG').toString('hex'),
        '01000000 00120000',
        '000102030405060708090a0b0c0d0e0f',
        '00112233445566ff',
        '0100000000010000',
        '0700000000000000',
        '0000000100000000',
        '8899aabbccddeeff',
        '0000000000010000',
        '09',
        Buffer.from('telemetry').toString('hex').padEnd(64, '0'),
      ]
        .join('')
        .replaceAll(' ', ''),
    );
    expect(block.toString('hex', 113, 128)).toBe('00000000000000fedcba9876543210');
    expect(block.subarray(128, BLOCK_BYTES - 4).every((byte) => byte === 0)).toBe(true);
    expect(block.readUInt32LE(BLOCK_BYTES - 4)).toBe(crc32(block.subarray(0, BLOCK_BYTES - 4)));
  });
});

describe('encodeSegmentStart', () => {
  it('writes the header, and behind it the same in a sector of its own', () => {
    const start = encodeSegmentStart(header());
    expect(start.length).toBe(FRAMES_OFFSET);
    expect(start.subarray(0, BLOCK_BYTES)).toEqual(encodeSegmentHeader(header()));
    const copy = start.subarray(BLOCK_BYTES);
    expect(copy.subarray(0, HEADER_COPY_BYTES - 4)).toEqual(start.subarray(0, HEADER_COPY_BYTES - 4));
    expect(parseHeaderCopy(copy)).toEqual(header());
  });

  it('leaves a segment of yesterday, whose frames stand where the copy would, as it is [J13]', () => {
    const old = { ...header(), framesOffset: BLOCK_BYTES };
    expect(encodeSegmentStart(old)).toEqual(encodeSegmentHeader(old));
    expect(encodeSegmentStart(old).readUInt32LE(12)).toBe(0);
    expect(parseSegmentHeader(encodeSegmentStart(old))).toEqual(old);
  });
});

describe('parseSegmentHeader', () => {
  it('reads what was written, with and without an epoch before', () => {
    expect(parseSegmentHeader(encodeSegmentHeader(header()))).toEqual(header());
    const first = { ...header(), previous: undefined };
    expect(parseSegmentHeader(encodeSegmentHeader(first))).toEqual(first);
  });

  it('ignores what a later version may put into the reserved bytes', () => {
    expect(parseSegmentHeader(signed(113, 'ff'))).toEqual(header());
  });

  it.each([
    ['truncated', 'a file that ends within the block', encodeSegmentHeader(header()).subarray(0, BLOCK_BYTES - 1)],
    ['truncated', 'an empty file', Buffer.alloc(0)],
    ['bad-magic', 'zeros', Buffer.alloc(BLOCK_BYTES)],
    ['wrong-checksum', 'a flipped bit', Buffer.from(encodeSegmentHeader(header())).fill(1, 200, 201)],
    ['newer-version', 'version 2', signed(8, '02')],
    ['bad-stream', 'a stream that is no slug', signed(81, '2e')],
    ['bad-stream', 'a name longer than its field', signed(80, 'ff')],
    ['bad-sequence', 'a sequence above 2^53', signed(40, 'ffffffffffffffff')],
    ['bad-size', 'a size without room for frames', signed(56, '0010000000000000')],
    ['bad-size', 'frames that begin within the header', signed(12, 'ff0f')],
    ['bad-size', 'frames that begin within the footer', signed(12, '01f0ff00')],
    ['bad-size', 'a size above the limit', signed(56, '0100004000000000')],
  ])('rejects with %s: %s [J12]', (reason, _, block) => {
    expect(parseSegmentHeader(block)).toBe(reason);
  });
});
