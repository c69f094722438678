import { crc32 } from 'node:zlib';
import { MAX_FRAME_BODY_BYTES, MAX_FRAME_RECORDS } from './limits.ts';
import { readInteger, writeInteger } from './segment-header.ts';

/** What stands before the body of one group commit; see «Frame» in `docs/journal-format.md`. */
export interface FrameHeader {
  readonly codec: FrameCodec;
  readonly recordCount: number;
  readonly firstSequence: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
}

/** How the body is stored. */
export type FrameCodec = 'none' | 'zstd';

/** Why bytes are not a frame. `end` is the mark that a writer leaves after its last frame. */
export type FrameRejection =
  | 'end'
  | 'truncated'
  | 'bad-magic'
  | 'wrong-header-checksum'
  | 'unknown-codec'
  | 'unknown-key'
  | 'over-limit'
  | 'wrong-checksum';

export const FRAME_HEADER_BYTES = 36;
/** Zeros after the last frame. */
export const END_MARK_BYTES = 8;
/** No text holds it: 0xF7 begins no UTF-8 sequence. */
export const FRAME_MAGIC = Buffer.from([0xf7, 0x57, 0x53, 0x46]);

const HEADER_CHECKSUM_OFFSET = 28;
const CODECS: readonly FrameCodec[] = ['none', 'zstd'];

/**
 * Writes the header in front of a body that already stands at {@link FRAME_HEADER_BYTES}, and the end mark behind it.
 *
 * @param frame header, body and end mark: as long as the three together
 * @param saltChecksum crc32 of the segment's salt
 */
export function sealFrame(frame: Buffer, header: FrameHeader, saltChecksum: number): void {
  FRAME_MAGIC.copy(frame, 0);
  frame.writeUInt8(CODECS.indexOf(header.codec), 4);
  frame.fill(0, 5, 8);
  frame.writeUInt32LE(header.recordCount, 8);
  writeInteger(frame, header.firstSequence, 12);
  frame.writeUInt32LE(header.rawBytes, 20);
  frame.writeUInt32LE(header.storedBytes, 24);
  const headerChecksum = crc32(frame.subarray(0, HEADER_CHECKSUM_OFFSET), saltChecksum);
  const bodyEnd = FRAME_HEADER_BYTES + header.storedBytes;
  frame.writeUInt32LE(headerChecksum, 28);
  frame.writeUInt32LE(crc32(frame.subarray(FRAME_HEADER_BYTES, bodyEnd), headerChecksum), 32);
  frame.fill(0, bodyEnd, bodyEnd + END_MARK_BYTES);
}

/**
 * Reads a header. Its lengths are within limits, and it belongs to this segment, or there is none [J4 J12].
 *
 * @param saltChecksum undefined where the salt is lost: then any segment's frame will do
 */
export function parseFrameHeader(bytes: Buffer, saltChecksum: number | undefined): FrameHeader | FrameRejection {
  if (isEndMark(bytes)) return 'end';
  if (bytes.length < FRAME_HEADER_BYTES) return 'truncated';
  if (!bytes.subarray(0, 4).equals(FRAME_MAGIC)) return 'bad-magic';
  const hasSalt = saltChecksum !== undefined;
  if (hasSalt && crc32(bytes.subarray(0, HEADER_CHECKSUM_OFFSET), saltChecksum) !== bytes.readUInt32LE(28)) {
    return 'wrong-header-checksum';
  }
  const codec = CODECS[bytes.readUInt8(4)];
  if (codec === undefined) return 'unknown-codec';
  if (bytes.readUInt8(5) !== 0) return 'unknown-key';
  const header = {
    codec,
    recordCount: bytes.readUInt32LE(8),
    firstSequence: readInteger(bytes, 12) ?? Number.POSITIVE_INFINITY,
    rawBytes: bytes.readUInt32LE(20),
    storedBytes: bytes.readUInt32LE(24),
  };
  const isWithinLimits =
    header.recordCount >= 1 &&
    header.recordCount <= MAX_FRAME_RECORDS &&
    Number.isSafeInteger(header.firstSequence + header.recordCount) &&
    header.rawBytes <= MAX_FRAME_BODY_BYTES &&
    header.storedBytes <= header.rawBytes;
  return isWithinLimits ? header : 'over-limit';
}

/**
 * Whether the body under a header is the one that was written. The header's own checksum is where it goes on from, not among
 * what it covers: a CRC taken over data and the CRC of that data forgets the data.
 */
export function isBodyIntact(frame: Buffer, storedBytes: number): boolean {
  const body = frame.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + storedBytes);
  return crc32(body, frame.readUInt32LE(HEADER_CHECKSUM_OFFSET)) === frame.readUInt32LE(32);
}

/** Nothing at all is an end too: a file may stop where its zeros would begin. */
function isEndMark(bytes: Buffer): boolean {
  return bytes.subarray(0, END_MARK_BYTES).every((byte) => byte === 0);
}
