import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { EventRecord } from '#gateway/model/message.ts';
import type { FrameHeader } from './frame.ts';
import { MIN_COMPRESSION_BYTES, SYNC_COMPRESSION_BYTES } from './limits.ts';
import { readRecord } from './record-codec.ts';
import { WireReader, wireTag } from './wire-reader.ts';
import { WIRE_DELIMITED } from './wire-writer.ts';

/** Field number of `records` in the message `FrameBody`. */
export const RECORDS_FIELD = 1;

const RECORDS_TAG = wireTag(RECORDS_FIELD, WIRE_DELIMITED);
const compressInThreadPool = promisify(zstdCompress);

/** On frames of events that are alike the lowest level is no larger than the default, at times a tenth smaller, and faster. */
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** @returns the body as zstd, or undefined when that would not be smaller */
export async function compressBody(raw: Buffer): Promise<Buffer | undefined> {
  if (raw.length < MIN_COMPRESSION_BYTES) return undefined;
  const compressed =
    raw.length < SYNC_COMPRESSION_BYTES ? zstdCompressSync(raw, LEVEL) : await compressInThreadPool(raw, LEVEL);
  return compressed.length < raw.length ? compressed : undefined;
}

/**
 * Takes a body apart whose checksum held.
 *
 * @returns its records, or why there are none: a frame that cannot be read whole is not read at all [J5]
 */
export function decodeBody(header: FrameHeader, stored: Buffer): readonly EventRecord[] | string {
  const raw = header.codec === 'zstd' ? decompress(stored, header.rawBytes) : stored;
  if (raw?.length !== header.rawBytes) return 'bad-compression';
  const records: EventRecord[] = [];
  const read = new WireReader(raw);
  while (read.next()) {
    if (read.tag !== RECORDS_TAG) {
      read.skip();
      continue;
    }
    const record = readRecord(read.message());
    if (typeof record === 'string') return record;
    records.push(record);
  }
  if (read.rejection !== undefined) return read.rejection;
  return records.length === header.recordCount ? records : 'wrong-record-count';
}

function decompress(stored: Buffer, rawBytes: number): Buffer | undefined {
  try {
    // With a byte to spare the end is seen without a second buffer, and a small frame does not hold on to a large one.
    const chunkSize = Math.max(rawBytes + 1, constants.Z_MIN_CHUNK);
    return zstdDecompressSync(stored, { maxOutputLength: rawBytes, chunkSize });
  } catch {
    return undefined;
  }
}
