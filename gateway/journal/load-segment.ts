import type { StreamId } from '#gateway/model/message.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { FrameScanner } from './frame-scanner.ts';
import { readAround } from './read-around.ts';
import { describeSegment, type Segment, segmentPath } from './segment.ts';
import { parseSegmentFooter } from './segment-footer.ts';
import {
  BLOCK_BYTES,
  FRAMES_OFFSET,
  type HeaderRejection,
  parseHeaderCopy,
  parseSegmentHeader,
  type SegmentHeader,
} from './segment-header.ts';
import { isNotPermitted, isStorageError, type Storage, type StorageFile } from './storage.ts';

/** Where a stream lives. */
export interface StreamPlace {
  readonly storage: Storage;
  readonly folder: string;
  readonly stream: StreamId;
  readonly logger: Logger;
}

/** A segment file whose place in the stream is known. */
export interface LoadedSegment {
  readonly segment: Segment;
  /** Why its header is none, where the copy or the footer stood in for it. */
  readonly headerRejection: string | undefined;
  /** Why the copy of its header is none; undefined also where the segment has none. */
  readonly copyRejection: string | undefined;
}

/** @returns the segment by its header and footer, or why it is none */
export async function loadSegment(
  { storage, folder, stream }: Omit<StreamPlace, 'logger'>,
  number: number,
  before: SegmentHeader | undefined,
): Promise<LoadedSegment | string> {
  return usingFile(storage, segmentPath(folder, number), 'read', async (file) => {
    const fileBytes = await file.sizeBytes();
    const sealed = parseSegmentFooter(await readBlock(file, Math.max(0, fileBytes - BLOCK_BYTES)));
    const start = await readBlock(file, 0, FRAMES_OFFSET);
    const found = parseSegmentHeader(start);
    const copy = parseHeaderCopy(start.subarray(BLOCK_BYTES));
    if (found === 'newer-version') return found;
    const isInPlace = (each: SegmentHeader | HeaderRejection) =>
      typeof each !== 'string' && each.number === number && each.stream === stream;
    // Footer and copy repeat the header, so that a bad header costs nothing.
    const headers = [found, typeof sealed === 'string' ? sealed : sealed.header, copy];
    const header = headers.find(isInPlace) ?? headers.find((each) => each === 'newer-version') ?? found;
    if (typeof header === 'string') return header;
    if (!isInPlace(header)) {
      return (await holdsFrames(file, describeSegment(folder, header, fileBytes))) ? MISPLACED : FOREIGN;
    }
    if (before !== undefined && header.firstSequence < before.firstSequence) return 'out-of-order';
    const rejectionOf = (each: SegmentHeader | HeaderRejection) => {
      if (typeof each === 'string') return each;
      return isSame(each.salt, header.salt) ? undefined : FOREIGN;
    };
    const rejections = {
      headerRejection: rejectionOf(found),
      copyRejection: header.framesOffset < FRAMES_OFFSET ? undefined : rejectionOf(copy),
    };
    const segment = describeSegment(folder, header, fileBytes);
    if (typeof sealed === 'string' || !isSame(sealed.header.salt, header.salt)) return { segment, ...rejections };
    const { footer } = sealed;
    return { segment: { ...segment, footer, endOffset: footer.endOffset }, ...rejections };
  }).catch((error: unknown) => {
    if (!isStorageError(error) || isNotPermitted(error)) throw error;
    return `unreadable: ${error.code}`;
  });
}

/**
 * A whole segment that belongs elsewhere: a copy under another name. It holds no record of this place, so nothing can have been
 * seen from it; where only the header is that of another segment, the frames behind it may have been of this place [J3].
 */
export const MISPLACED = 'misplaced';
/** The header of another segment, over frames that are not of that one. */
const FOREIGN = 'foreign-header';

/** Whether the frames are those of the header. */
async function holdsFrames(file: StorageFile, segment: Segment): Promise<boolean> {
  const lastSequence = segment.header.firstSequence - 1;
  return (
    (await new FrameScanner(file, segment, { offset: segment.header.framesOffset, lastSequence }).next()) !== undefined
  );
}

/** A block, or what there is of it; zeros if the disk does not give it. */
export async function readBlock(file: StorageFile, offset: number, sizeBytes = BLOCK_BYTES): Promise<Buffer> {
  const block = Buffer.alloc(sizeBytes);
  return block.subarray(0, (await readAround(file, block, offset)).sizeBytes);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Opens a file for as long as it is used. */
export async function usingFile<T>(
  storage: Storage,
  path: string,
  mode: 'read' | 'update',
  use: (file: StorageFile) => Promise<T>,
): Promise<T> {
  const file = await storage.open(path, mode);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
