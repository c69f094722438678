import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { EventRecord, Stamp } from '#gateway/model/message.ts';
import type { FrameHeader } from './frame.ts';
import { MIN_COMPRESSION_BYTES, SYNC_COMPRESSION_BYTES } from './limits.ts';
import { readRecord } from './record-codec.ts';
import { WireReader, type WireRejection, wireTag } from './wire-reader.ts';
import { WIRE_DELIMITED } from './wire-writer.ts';

/** Field number of `records` in the message `FrameBody`. */
export const RECORDS_FIELD = 1;

const RECORDS_TAG = wireTag(RECORDS_FIELD, WIRE_DELIMITED);
/** A number in a list. */
const START_BYTES = 8;
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

/** Why a body cannot be read whole. */
export type BodyRejection = WireRejection | 'bad-compression' | 'wrong-record-count';

/** A body as it was before it was compressed. Its records are decoded as they are asked for: a reader takes a few at a time. */
export class FrameBody {
  readonly #raw: Buffer;
  /** Where the field of each record begins. */
  readonly #starts: readonly number[];

  constructor(raw: Buffer, starts: readonly number[]) {
    this.#raw = raw;
    this.#starts = starts;
  }

  get recordCount(): number {
    return this.#starts.length;
  }

  /** What it takes in memory. */
  get sizeBytes(): number {
    return this.#raw.length + START_BYTES * this.#starts.length;
  }

  /** @param index below `recordCount` @returns or why it cannot be read; its payload is a view of the body */
  record(index: number): EventRecord | WireRejection {
    const read = new WireReader(this.#raw, this.#starts[index]);
    return read.next() ? readRecord(read.message()) : 'truncated';
  }

  /** Reads every record, and keeps none. */
  survey(): BodySurvey {
    const unreadable: UnreadableRun[] = [];
    let firstStamp: Stamp | undefined;
    let lastStamp: Stamp | undefined;
    for (let index = 0; index < this.recordCount; index++) {
      const record = this.record(index);
      if (typeof record === 'string') {
        const last = unreadable.at(-1);
        if (last !== undefined && last.index + last.count === index) last.count += 1;
        else unreadable.push({ index, count: 1, reason: record });
      } else {
        firstStamp ??= record.stamp;
        lastStamp = record.stamp;
      }
    }
    return { firstStamp, lastStamp, unreadable };
  }
}

/** What the records of a body say together. */
export interface BodySurvey {
  /** Of the first and last record that can be read. */
  readonly firstStamp: Stamp | undefined;
  readonly lastStamp: Stamp | undefined;
  readonly unreadable: readonly Readonly<UnreadableRun>[];
}

/** Records, one after the other, that cannot be read; the reason is that of the first. */
interface UnreadableRun {
  readonly index: number;
  count: number;
  readonly reason: WireRejection;
}

/** Opens a body whose checksum held. It may be a view of `stored`. @returns or why there is none: a frame that cannot be read whole is not read at all [J5] */
export function openBody(header: FrameHeader, stored: Buffer): FrameBody | BodyRejection {
  const raw = header.codec === 'zstd' ? decompress(stored, header.rawBytes) : stored;
  if (raw?.length !== header.rawBytes) return 'bad-compression';
  const starts: number[] = [];
  const read = new WireReader(raw);
  while (read.next()) {
    if (read.tag === RECORDS_TAG) starts.push(read.fieldOffset);
    read.skip();
  }
  if (read.rejection !== undefined) return read.rejection;
  return starts.length === header.recordCount ? new FrameBody(raw, starts) : 'wrong-record-count';
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
