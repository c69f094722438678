import { crc32 } from 'node:zlib';
import type { Epoch, StreamId } from '#gateway/model/message.ts';
import { parseEpoch, parseStreamId } from '#gateway/model/names.ts';
import { MAX_SEGMENT_BYTES } from './limits.ts';

/** What the first block of a segment says; see «Segment header» in `docs/journal-format.md`. */
export interface SegmentHeader {
  readonly stream: StreamId;
  readonly epoch: Epoch;
  /** Rises by one with each segment of a stream; where two hold the same sequence, the higher number is right [J6]. */
  readonly number: number;
  readonly firstSequence: number;
  /** 16 random bytes under which every checksum of this segment is made [J4]. */
  readonly salt: Uint8Array;
  /** Header, frames and footer together: frames end before `sizeBytes - BLOCK_BYTES`. The file may still be shorter. */
  readonly sizeBytes: number;
  /** Where the first frame stands: {@link FRAMES_OFFSET}, or in a segment without a copy of its header {@link BLOCK_BYTES}. */
  readonly framesOffset: number;
  /** The epoch before this one, and the last sequence known of it [J3]. */
  readonly previous: { readonly epoch: Epoch; readonly lastSequence: number } | undefined;
  /** Which machine wrote it, 16 hex digits; undefined where a machine has no name [J3]. */
  readonly machine: string | undefined;
}

/** Why a block is no header that this version reads. */
export type HeaderRejection =
  | 'truncated'
  | 'bad-magic'
  | 'wrong-checksum'
  | 'newer-version'
  | 'bad-stream'
  | 'bad-sequence'
  | 'bad-size';

/** Header and footer take one block each. */
export const BLOCK_BYTES = 4096;
/** Its copy takes so many bytes of the block behind it: another sector of any disk. */
export const HEADER_COPY_BYTES = 512;
/** Where the frames begin in a segment that is made now. */
export const FRAMES_OFFSET = BLOCK_BYTES + HEADER_COPY_BYTES;
export const FORMAT_VERSION = 1;
export const SALT_BYTES = 16;

export const HEADER_MAGIC = Buffer.from('WAYSTSEG', 'latin1');
const CHECKSUM_BYTES = 4;
const MAX_STREAM_BYTES = 32;

/** What stands before the frames: the header, and its copy if the segment has one. */
export function encodeSegmentStart(header: SegmentHeader): Buffer {
  const block = encodeSegmentHeader(header);
  if (header.framesOffset < FRAMES_OFFSET) return block;
  return Buffer.concat([block, encodeSegmentHeader(header, HEADER_COPY_BYTES)]);
}

/** Draws the block. @param sizeBytes its length; its checksum stands at its end */
export function encodeSegmentHeader(header: SegmentHeader, sizeBytes = BLOCK_BYTES): Buffer {
  const block = Buffer.alloc(sizeBytes);
  HEADER_MAGIC.copy(block, 0);
  block.writeUInt32LE(FORMAT_VERSION, 8);
  if (header.framesOffset !== BLOCK_BYTES) block.writeUInt32LE(header.framesOffset, FRAMES_OFFSET_OFFSET);
  block.set(header.salt, 16);
  block.write(header.epoch, 32, 'hex');
  writeInteger(block, header.firstSequence, 40);
  writeInteger(block, header.number, 48);
  writeInteger(block, header.sizeBytes, 56);
  if (header.previous !== undefined) {
    block.write(header.previous.epoch, 64, 'hex');
    writeInteger(block, header.previous.lastSequence, 72);
  }
  block.writeUInt8(Buffer.byteLength(header.stream), 80);
  block.write(header.stream, 81, 'latin1');
  block.write(header.machine ?? NONE, MACHINE_OFFSET, 'hex');
  signBlock(block);
  return block;
}

/** Writes the checksum of a block at its end. */
export function signBlock(block: Buffer): void {
  const end = block.length - CHECKSUM_BYTES;
  block.writeUInt32LE(crc32(block.subarray(0, end)), end);
}

/**
 * Reads the block; nothing in it is believed before its checksum [J12].
 *
 * @param magic what it begins with; a footer repeats the header under another one
 * @param sizeBytes its length
 */
export function parseSegmentHeader(
  block: Buffer,
  magic = HEADER_MAGIC,
  sizeBytes = BLOCK_BYTES,
): SegmentHeader | HeaderRejection {
  if (block.length < sizeBytes) return 'truncated';
  if (!block.subarray(0, magic.length).equals(magic)) return 'bad-magic';
  const end = sizeBytes - CHECKSUM_BYTES;
  if (crc32(block.subarray(0, end)) !== block.readUInt32LE(end)) return 'wrong-checksum';
  if (block.readUInt32LE(8) > FORMAT_VERSION) return 'newer-version';
  const stream = parseStreamId(block.toString('latin1', 81, 81 + Math.min(block.readUInt8(80), MAX_STREAM_BYTES)));
  const epoch = parseEpoch(block.toString('hex', 32, 40));
  if (stream === undefined || epoch === undefined) return 'bad-stream';
  const previousEpoch = parseEpoch(block.toString('hex', 64, 72));
  const firstSequence = readInteger(block, 40);
  const number = readInteger(block, 48);
  const lastSequence = readInteger(block, 72);
  if (firstSequence === undefined || number === undefined || lastSequence === undefined) return 'bad-sequence';
  const segmentBytes = readInteger(block, 56);
  const framesOffset = block.readUInt32LE(FRAMES_OFFSET_OFFSET) || BLOCK_BYTES;
  if (segmentBytes === undefined || segmentBytes < 2 * BLOCK_BYTES || segmentBytes > MAX_SEGMENT_BYTES)
    return 'bad-size';
  if (framesOffset < BLOCK_BYTES || framesOffset > segmentBytes - BLOCK_BYTES) return 'bad-size';
  const previous =
    previousEpoch === undefined || previousEpoch === NONE ? undefined : { epoch: previousEpoch, lastSequence };
  const machine = block.toString('hex', MACHINE_OFFSET, MACHINE_OFFSET + 8);
  return {
    stream,
    epoch,
    number,
    firstSequence,
    salt: Buffer.from(block.subarray(16, 16 + SALT_BYTES)),
    sizeBytes: segmentBytes,
    framesOffset,
    previous,
    machine: machine === NONE ? undefined : machine,
  };
}

/** Reads the copy. @param block what stands behind the header */
export function parseHeaderCopy(block: Buffer): SegmentHeader | HeaderRejection {
  return parseSegmentHeader(block, HEADER_MAGIC, HEADER_COPY_BYTES);
}

const NONE = '0000000000000000';
const MACHINE_OFFSET = 120;
const FRAMES_OFFSET_OFFSET = 12;

/** Writes an unsigned 64-bit integer, little endian. */
export function writeInteger(target: Buffer, value: number, offset: number): void {
  target.writeUInt32LE(value % 2 ** 32, offset);
  target.writeUInt32LE(Math.floor(value / 2 ** 32), offset + 4);
}

/** Reads an unsigned 64-bit integer, little endian. @returns undefined above 2^53 - 1 */
export function readInteger(source: Buffer, offset: number): number | undefined {
  const value = source.readUInt32LE(offset) + source.readUInt32LE(offset + 4) * 2 ** 32;
  return Number.isSafeInteger(value) ? value : undefined;
}
