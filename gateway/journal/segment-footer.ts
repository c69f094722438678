import { crc32 } from 'node:zlib';
import type { Stamp } from '#gateway/model/message.ts';
import { MAX_INDEX_BYTES } from './limits.ts';
import { readAround } from './read-around.ts';
import { QUALITIES } from './record-codec.ts';
import {
  BLOCK_BYTES,
  encodeSegmentHeader,
  type HeaderRejection,
  parseSegmentHeader,
  readInteger,
  type SegmentHeader,
  signBlock,
  writeInteger,
} from './segment-header.ts';
import { SegmentIndex } from './segment-index.ts';
import type { StorageFile } from './storage.ts';

/** What the last block of a sealed segment says beside what the header says too; see «Footer block» in `docs/journal-format.md`. */
export interface SegmentFooter {
  readonly lastSequence: number;
  /** Where the frames end. */
  readonly endOffset: number;
  /** Where the index stands; undefined if there was no room for one. */
  readonly index: IndexPlace | undefined;
  /** Of the last record. */
  readonly lastStamp: Stamp;
}

interface IndexPlace {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly checksum: number;
}

/** Index and footer as they stand, one behind the other, at the end of the file. */
export function encodeSegmentEnd(
  header: SegmentHeader,
  end: Omit<SegmentFooter, 'index'>,
  index: SegmentIndex,
): { readonly bytes: Buffer; readonly footer: SegmentFooter } {
  const entries = index.encode();
  const offset = header.sizeBytes - BLOCK_BYTES - entries.length;
  const place = { offset, sizeBytes: entries.length, checksum: crc32(entries, crc32(header.salt)) };
  const footer = { ...end, index: place };
  return { bytes: Buffer.concat([entries, encodeSegmentFooter(header, footer)]), footer };
}

/** Draws the block. */
export function encodeSegmentFooter(header: SegmentHeader, footer: SegmentFooter): Buffer {
  const block = encodeSegmentHeader(header);
  FOOTER_MAGIC.copy(block, 0);
  writeInteger(block, footer.lastSequence, 128);
  writeInteger(block, footer.endOffset, 136);
  writeInteger(block, footer.index?.offset ?? 0, 144);
  block.writeUInt32LE(footer.index?.sizeBytes ?? 0, 152);
  block.writeUInt32LE(footer.index?.checksum ?? 0, 156);
  block.write(footer.lastStamp.clockRun, 160, 'hex');
  writeInteger(block, Math.round(footer.lastStamp.monotonicMs * 1000), 168);
  block.writeBigInt64LE(BigInt(Math.round(footer.lastStamp.wallMs)), 176);
  block.writeUInt8(QUALITIES.indexOf(footer.lastStamp.quality), 184);
  signBlock(block);
  return block;
}

/** Reads the block. @returns also the header, which it repeats; or why it is no footer */
export function parseSegmentFooter(
  block: Buffer,
): { readonly header: SegmentHeader; readonly footer: SegmentFooter } | HeaderRejection {
  const header = parseSegmentHeader(block, FOOTER_MAGIC);
  if (typeof header === 'string') return header;
  const lastSequence = readInteger(block, 128);
  const endOffset = readInteger(block, 136) ?? 0;
  if (lastSequence === undefined || lastSequence < header.firstSequence) return 'bad-sequence';
  if (endOffset < header.framesOffset || endOffset > header.sizeBytes - BLOCK_BYTES) return 'bad-size';
  return {
    header,
    footer: { lastSequence, endOffset, index: parseIndexPlace(block, endOffset), lastStamp: parseStamp(block) },
  };
}

function parseIndexPlace(block: Buffer, endOffset: number): IndexPlace | undefined {
  const offset = readInteger(block, 144) ?? 0;
  const sizeBytes = block.readUInt32LE(152);
  if (offset < endOffset || sizeBytes > MAX_INDEX_BYTES) return undefined;
  return { offset, sizeBytes, checksum: block.readUInt32LE(156) };
}

function parseStamp(block: Buffer): Stamp {
  return {
    clockRun: block.toString('hex', 160, 168),
    monotonicMs: (readInteger(block, 168) ?? 0) / 1000,
    wallMs: Number(block.readBigInt64LE(176)),
    quality: QUALITIES[block.readUInt8(184)] ?? 'none',
  };
}

/** Reads the index of a sealed segment. @returns an empty one if there is none, or a damaged one: then all frames are gone through */
export async function loadSegmentIndex(
  file: StorageFile,
  salt: Uint8Array,
  footer: SegmentFooter | undefined,
): Promise<SegmentIndex> {
  if (footer?.index === undefined) return new SegmentIndex();
  const { offset, sizeBytes, checksum } = footer.index;
  const bytes = Buffer.alloc(sizeBytes);
  const { sizeBytes: readBytes } = await readAround(file, bytes, offset);
  const isWhole = readBytes === sizeBytes && crc32(bytes, crc32(salt)) === checksum;
  return isWhole ? SegmentIndex.decode(bytes) : new SegmentIndex();
}

const FOOTER_MAGIC = Buffer.from('WAYSTEND', 'latin1');
