import { WaystationError } from '#gateway/model/errors.ts';
import type { StreamId } from '#gateway/model/message.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { FrameScanner, type ScannedFrame } from './frame-scanner.ts';
import type { LostRange } from './journal.ts';
import { describeSegment, parseSegmentName, type Segment, segmentPath, UNFINISHED_SUFFIX } from './segment.ts';
import { BLOCK_BYTES, parseSegmentHeader, type SegmentHeader } from './segment-header.ts';
import { isNotPermitted, isStorageError, type Storage, type StorageFile } from './storage.ts';

/** What a stream's folder holds after a start, however the last run ended. */
export interface RecoveredStream {
  /** Readable segments by number. */
  readonly segments: Segment[];
  /** The last segment, if frames may be added to it. */
  readonly active: Segment | undefined;
  /** The highest sequence that can be read, 0 if none. */
  readonly lastSequence: number;
  /** Numbers of the files in the folder, readable or not: a new segment takes none of them. */
  readonly takenNumbers: ReadonlySet<number>;
  /** Bytes behind the last frame that a crash left of another. */
  readonly tornTailBytes: number;
  /** What cannot be read any more in the last segment [J5]. */
  readonly damaged: readonly LostRange[];
}

/** Where a stream lives. */
export interface StreamPlace {
  readonly storage: Storage;
  readonly folder: string;
  readonly stream: StreamId;
  readonly logger: Logger;
}

/**
 * Reads the header of every segment and the frames of the last one, cuts a torn tail, and makes durable what it found, so that
 * what is read from here on cannot be lost again. Damage is logged and passed over, never thrown [J5].
 *
 * @throws WaystationError `journal.unknownFormat` if a newer version has written here; nothing has been changed then [J13]
 */
export async function recoverStream(place: StreamPlace): Promise<RecoveredStream> {
  const { storage, folder } = place;
  const names = await storage.list(folder);
  const numbers = names.map(parseSegmentName).filter((number) => number !== undefined);
  const segments = await loadSegments(place, numbers);
  for (const name of names) {
    if (name.endsWith(UNFINISHED_SUFFIX)) await storage.unlink(`${folder}/${name}`);
  }
  const newestNumber = numbers.reduce((newest, number) => Math.max(newest, number), 0);
  const takenNumbers = new Set(numbers);
  const last = segments.at(-1);
  if (last === undefined) {
    return { segments, active: undefined, lastSequence: 0, tornTailBytes: 0, damaged: [], takenNumbers };
  }
  const tail = await recoverTail(place, last);
  // Nothing is added behind a segment that cannot be read: its sequences are not known.
  const active = tail.isDurable && last.header.number === newestNumber ? last : undefined;
  return { segments, active, takenNumbers, ...tail };
}

async function loadSegments(place: StreamPlace, numbers: readonly number[]): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const segment = await loadSegment(place, number, segments.at(-1)?.header);
    if (typeof segment !== 'string') {
      segments.push(segment);
    } else if (segment === 'newer-version') {
      const path = segmentPath(place.folder, number);
      throw new WaystationError('journal.unknownFormat', `Opened ${path}: a newer version of Waystation wrote it.`);
    } else {
      const fields = { stream: place.stream, segment: number, reason: segment };
      place.logger.error(fields, 'A segment cannot be read. It is kept and passed over.');
    }
  }
  return segments;
}

/** @returns the segment, or why it is none */
async function loadSegment(
  place: StreamPlace,
  number: number,
  before: SegmentHeader | undefined,
): Promise<Segment | string> {
  const path = segmentPath(place.folder, number);
  return usingFile(place.storage, path, 'read', async (file) => {
    const block = Buffer.alloc(BLOCK_BYTES);
    const header = parseSegmentHeader(block.subarray(0, await file.read(block, 0)));
    if (typeof header === 'string') return header;
    if (header.number !== number || header.stream !== place.stream) return 'misplaced';
    if (before !== undefined && header.firstSequence < before.firstSequence) return 'out-of-order';
    return { ...describeSegment(place.folder, header), fileBytes: await file.sizeBytes() };
  }).catch((error: unknown) => {
    if (!isStorageError(error) || isNotPermitted(error)) throw error;
    return `unreadable: ${error.code}`;
  });
}

interface RecoveredTail {
  lastSequence: number;
  tornTailBytes: number;
  damaged: LostRange[];
  /** Whether all that was found is known to be on disk. */
  isDurable: boolean;
}

/** Finds the end of the frames in the last segment [J4], and makes sure that it stays there. */
async function recoverTail(place: StreamPlace, segment: Segment): Promise<RecoveredTail> {
  const lastSequence = segment.header.firstSequence - 1;
  const tail: RecoveredTail = { lastSequence, tornTailBytes: 0, damaged: [], isDurable: false };
  const fields = { stream: place.stream, segment: segment.header.number };
  try {
    await usingFile(place.storage, segment.path, 'update', async (file) => {
      const last = await scanTail(file, segment, tail);
      if (last !== undefined) await rewriteFrame(file, last);
      await file.datasync();
    });
    await place.storage.syncDirectory(place.folder);
    tail.isDurable = true;
  } catch (error) {
    if (!isStorageError(error) || isNotPermitted(error)) throw error;
    place.logger.error({ ...fields, error }, 'The newest segment could not be read to its end.');
  }
  if (tail.tornTailBytes > 0) {
    place.logger.warn(
      { ...fields, tornTailBytes: tail.tornTailBytes },
      'The last run ended within a write, or the end of the segment is damaged; it is cut.',
    );
  }
  return tail;
}

async function scanTail(file: StorageFile, segment: Segment, tail: RecoveredTail): Promise<ScannedFrame | undefined> {
  let last: ScannedFrame | undefined;
  const scanner = new FrameScanner(file, segment, { offset: BLOCK_BYTES, lastSequence: tail.lastSequence });
  for (let frame = await scanner.next(); frame !== undefined; frame = await scanner.next()) {
    const { firstSequence } = frame.header;
    if (firstSequence > tail.lastSequence + 1) {
      const { epoch } = segment.header;
      tail.damaged.push({ from: tail.lastSequence + 1, to: firstSequence - 1, epoch, reason: 'damaged' });
    }
    last = frame;
    tail.lastSequence = frame.header.firstSequence + frame.header.recordCount - 1;
  }
  segment.endOffset = scanner.offset;
  if (scanner.endReason !== 'end') tail.tornTailBytes = Math.max(0, segment.fileBytes - scanner.offset);
  return last;
}

/** A frame whose sync failed may stand in the system's cache and nowhere else; a sync alone would not write it again. */
async function rewriteFrame(file: StorageFile, { offset, endOffset }: ScannedFrame): Promise<void> {
  const frame = Buffer.alloc(endOffset - offset);
  await file.read(frame, offset);
  await file.write(frame, offset);
}

async function usingFile<T>(
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
