/**
 * What a batch looks like in a file. Uncompressed it is lines. Compressed it is a frame of its own, with its length before it where
 * any reader of the format passes over it: what follows one another is one file to `zstdcat` and `zcat`, and the last whole batch
 * is found after a power cut without a note elsewhere.
 *
 * @see RFC 8878, section 3.1.2 (skippable frames); RFC 1952, section 2.3.1.1 (extra field)
 */
import { promisify } from 'node:util';
import { constants, gunzip, gzip, gzipSync, zstdCompress, zstdCompressSync, zstdDecompress } from 'node:zlib';

/** How files are compressed. */
export type Codec = 'none' | 'zstd' | 'gzip';

/** Longer lines are not written. */
export const MAX_LINE_BYTES = 64 * 2 ** 20;
/** A batch is one such line, or many that are less together. */
const MAX_MEMBER_BYTES = 2 * MAX_LINE_BYTES;
/** Lines are looked for in pieces of this size. */
const PIECE_BYTES = 2 ** 20;

const ZSTD = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const ZSTD_HEAD_BYTES = 12;
const LINE_FEED = 0x0a;

const codecs = {
  zstd: {
    /** Magic number, size of what is passed over, and that: the bytes of the frame behind it. */
    head: Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 0, 0, 0, 0]),
    lengthOffset: 8,
    ownHeadBytes: 0,
    compress: (lines: Buffer) => promisify(zstdCompress)(lines, ZSTD),
    compressNow: (lines: Buffer) => zstdCompressSync(lines, ZSTD),
    // Node reads one frame, be it one to pass over.
    decompress: (member: Buffer) =>
      promisify(zstdDecompress)(member.subarray(ZSTD_HEAD_BYTES), { maxOutputLength: MAX_MEMBER_BYTES }),
  },
  gzip: {
    /** A header of ten bytes with the flag FEXTRA, and an extra field «WS»: the bytes of the member behind it. */
    head: Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, 0x57, 0x53, 4, 0, 0, 0, 0, 0]),
    lengthOffset: 16,
    ownHeadBytes: 10,
    compress: (lines: Buffer) => promisify(gzip)(lines),
    compressNow: (lines: Buffer) => gzipSync(lines),
    decompress: (member: Buffer) => promisify(gunzip)(member, { maxOutputLength: MAX_MEMBER_BYTES }),
  },
} as const;

/** @param lines each with its line feed */
export async function encodeMember(codec: Codec, lines: Buffer): Promise<Buffer> {
  return codec === 'none' ? lines : withHead(codec, await codecs[codec].compress(lines));
}

/** The same, for who may wait. */
export function encodeMemberNow(codec: Codec, lines: Buffer): Buffer {
  return codec === 'none' ? lines : withHead(codec, codecs[codec].compressNow(lines));
}

function withHead(codec: 'zstd' | 'gzip', compressed: Buffer): Buffer {
  const { head: template, lengthOffset, ownHeadBytes } = codecs[codec];
  const body = compressed.subarray(ownHeadBytes);
  const head = Buffer.from(template);
  head.writeUInt32LE(body.length, lengthOffset);
  return Buffer.concat([head, body]);
}

/** Reads a piece of a file, shorter only at its end. */
export type ReadPiece = (offset: number, length: number) => Promise<Buffer>;

/** How much of a file, from its beginning, is whole lines: what a power cut, a full drive or a pulled plug left behind them is not. */
export async function countWholeBytes(codec: Codec, sizeBytes: number, read: ReadPiece): Promise<number> {
  let whole = 0;
  while (whole < sizeBytes) {
    const next = codec === 'none' ? await wholeLines(whole, read) : await wholeMember(codec, whole, read);
    if (next === 0) break;
    whole += next;
  }
  return whole;
}

/** @returns 0 where no whole line follows */
async function wholeLines(offset: number, read: ReadPiece): Promise<number> {
  for (let length = PIECE_BYTES; length <= MAX_MEMBER_BYTES; length *= 2) {
    const piece = await read(offset, length);
    let whole = 0;
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, whole)) {
      if (!isJson(piece.subarray(whole, end))) return whole;
      whole = end + 1;
    }
    if (whole > 0 || piece.length < length) return whole;
  }
  return 0;
}

async function wholeMember(codec: 'zstd' | 'gzip', offset: number, read: ReadPiece): Promise<number> {
  const { head: template, lengthOffset, decompress } = codecs[codec];
  const head = await read(offset, template.length);
  if (head.length < template.length || !head.subarray(0, lengthOffset).equals(template.subarray(0, lengthOffset))) {
    return 0;
  }
  const bodyBytes = head.readUInt32LE(lengthOffset);
  if (bodyBytes > MAX_MEMBER_BYTES) return 0;
  const member = await read(offset, head.length + bodyBytes);
  if (member.length < head.length + bodyBytes) return 0;
  try {
    const lines = await decompress(member);
    return lines.at(-1) === LINE_FEED ? member.length : 0;
  } catch {
    return 0;
  }
}

/** Where the system had grown a file but not written it there are zeros. */
function isJson(line: Buffer): boolean {
  try {
    JSON.parse(line.toString());
    return true;
  } catch {
    return false;
  }
}
