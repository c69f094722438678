import { crc32 } from 'node:zlib';
import { BLOCK_BYTES, encodeSegmentHeader, type SegmentHeader } from './segment-header.ts';
import type { Storage, StorageFile } from './storage.ts';

/** One file of a stream, as writer and readers share it. */
export interface Segment {
  readonly header: SegmentHeader;
  readonly path: string;
  readonly saltChecksum: number;
  /** Where the frames that may be read end; undefined until somebody has read that far. */
  endOffset: number | undefined;
  /** What the file takes on disk. */
  fileBytes: number;
}

/** Describes a segment whose header has been read or written. */
export function describeSegment(folder: string, header: SegmentHeader): Segment {
  return {
    header,
    path: segmentPath(folder, header.number),
    saltChecksum: crc32(header.salt),
    endOffset: undefined,
    fileBytes: BLOCK_BYTES,
  };
}

/**
 * Makes a segment file that holds its header, synced, under its own name. A crash before the last step leaves a file with
 * another name, which recovery removes: under the right name there is never half a header.
 * The name itself is durable only once the folder is synced.
 */
export async function createSegmentFile(storage: Storage, segment: Segment): Promise<StorageFile> {
  const unfinished = `${segment.path}${UNFINISHED_SUFFIX}`;
  const file = await storage.open(unfinished, 'create');
  try {
    await file.write(encodeSegmentHeader(segment.header), 0);
    await file.datasync();
    await storage.rename(unfinished, segment.path);
    return file;
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

/** Ends the name of a file that is not finished yet. */
export const UNFINISHED_SUFFIX = '.new';

/** The number in a segment's name, or undefined if it is none. */
export function parseSegmentName(name: string): number | undefined {
  const number = Number(/^(\d{16})\.segment$/.exec(name)?.[1]);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Where the segment with this number lies. */
export function segmentPath(folder: string, number: number): string {
  return `${folder}/${String(number).padStart(16, '0')}.segment`;
}
