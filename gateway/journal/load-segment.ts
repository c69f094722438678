import type { StreamId } from '#gateway/model/message.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { FrameScanner } from './frame-scanner.ts';
import { readAround } from './read-around.ts';
import { describeSegment, type Segment, segmentPath } from './segment.ts';
import { parseSegmentFooter } from './segment-footer.ts';
import { BLOCK_BYTES, type HeaderRejection, parseSegmentHeader, type SegmentHeader } from './segment-header.ts';
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
  /** Why its header is none, where its footer stood in for it. */
  readonly headerRejection: HeaderRejection | undefined;
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
    const found = parseSegmentHeader(await readBlock(file, 0));
    if (found === 'newer-version') return found;
    // A footer repeats the header, so that a bad header costs a sealed segment nothing.
    const header = typeof found === 'string' && typeof sealed !== 'string' ? sealed.header : found;
    if (typeof header === 'string') return header;
    if (header.number !== number || header.stream !== stream) {
      return (await holdsFrames(file, describeSegment(folder, header, fileBytes))) ? MISPLACED : 'foreign-header';
    }
    if (before !== undefined && header.firstSequence < before.firstSequence) return 'out-of-order';
    const segment = describeSegment(folder, header, fileBytes);
    const headerRejection = typeof found === 'string' ? found : undefined;
    if (typeof sealed === 'string' || !isSame(sealed.header.salt, header.salt)) return { segment, headerRejection };
    const { footer } = sealed;
    return { segment: { ...segment, footer, endOffset: footer.endOffset }, headerRejection };
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

/** Whether the frames are those of the header. */
async function holdsFrames(file: StorageFile, segment: Segment): Promise<boolean> {
  const lastSequence = segment.header.firstSequence - 1;
  return (await new FrameScanner(file, segment, { offset: BLOCK_BYTES, lastSequence }).next()) !== undefined;
}

/** A block, or what there is of it; zeros if the disk does not give it. */
export async function readBlock(file: StorageFile, offset: number): Promise<Buffer> {
  const block = Buffer.alloc(BLOCK_BYTES);
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
