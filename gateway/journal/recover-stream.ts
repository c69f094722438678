import { WaystationError } from '#gateway/model/errors.ts';
import type { Stamp } from '#gateway/model/message.ts';
import type { SegmentTail } from './active-segment.ts';
import { type BodySurvey, openBody } from './frame-body.ts';
import { FrameScanner, type ScannedFrame } from './frame-scanner.ts';
import type { LostRange } from './journal.ts';
import { MAX_FREE_FILES, MAX_UNSYNCED_BYTES, READ_CHUNK_BYTES } from './limits.ts';
import type { StreamPlace } from './load-segment.ts';
import { loadSegment, MISPLACED, usingFile } from './load-segment.ts';
import {
  FREE_SUFFIX,
  type FreeFile,
  parseSegmentName,
  type Segment,
  segmentPath,
  UNFINISHED_SUFFIX,
  type UnreadableFile,
} from './segment.ts';
import { SegmentIndex } from './segment-index.ts';
import { isNotPermitted, isStorageError, type Storage, type StorageFile } from './storage.ts';

/** What a stream's folder holds after a start, however the last run ended. */
export interface RecoveredStream {
  /** Readable segments by number. */
  readonly segments: Segment[];
  /** Where the last segment goes on, if frames may be added to it. */
  readonly active: SegmentTail | undefined;
  /** The highest sequence known, 0 if none. */
  readonly lastSequence: number;
  /** The highest that the frames of the newest segment name, if that cannot be read; else the same. What lies between is lost [J5]. */
  readonly claimedSequence: number;
  /** Whether nothing beyond it can have been seen: else a new epoch must begin [J3]. */
  readonly isTailKnown: boolean;
  /** That of the newest segment, readable or not: what is made now comes after it. 0 if there is none. */
  readonly newestNumber: number;
  /** Numbers of what is in the folder under the name of a segment, readable or not, file or not: a new segment takes none of them. */
  readonly takenNumbers: ReadonlySet<number | undefined>;
  /** By number: those that cannot be read. */
  readonly unreadable: readonly UnreadableFile[];
  /** What dropped segments left to be used again. */
  readonly freeFiles: readonly FreeFile[];
  /** Whether the last run ended within a write. */
  readonly wasTailCut: boolean;
  /** What cannot be read any more in the last segment [J5]. */
  readonly damaged: readonly LostRange[];
}

/**
 * Reads header and footer of every segment and the frames of the last one, cuts a torn tail, and makes durable what it found, so
 * that what is read from here on cannot be lost again. Damage is logged and passed over, never thrown [J5].
 *
 * @throws WaystationError `journal.unknownFormat` if a newer version has written here; nothing has been changed then [J13]
 */
export async function recoverStream(place: StreamPlace): Promise<RecoveredStream> {
  const { storage, folder } = place;
  const names = await storage.list(folder);
  const numbers = names.map(parseSegmentName).filter((number) => number !== undefined);
  const { segments, unreadable, newestNumber } = await loadSegments(place, numbers);
  for (const name of names) {
    if (name.endsWith(UNFINISHED_SUFFIX)) await storage.unlink(`${folder}/${name}`);
  }
  const freeFiles = await loadFreeFiles(place, names);
  const takenNumbers = new Set([...names, ...(await storage.listOthers(folder))].map(parseSegmentName));
  const found = { segments, unreadable, newestNumber, takenNumbers, freeFiles };
  const last = segments.at(-1);
  const lost = unreadable.find(({ number }) => number === newestNumber);
  if (last === undefined) {
    const claimedSequence = lost === undefined ? 0 : await claimedBy(storage, lost, 0);
    const tail = { lastSequence: 0, claimedSequence, wasTailCut: false, damaged: [] };
    return { ...found, ...tail, active: undefined, isTailKnown: newestNumber === 0 };
  }
  const tail = await recoverTail(place, last);
  if (tail.isDurable) await removeSuperseded(place, segments);
  // Nothing is added behind a segment that cannot be read: its sequences are not known.
  const isNewest = last.header.number === newestNumber;
  const isTailKnown = tail.isDurable && tail.isEndSeen && isNewest;
  const active = isTailKnown && last.footer === undefined ? { segment: last, ...tail } : undefined;
  return {
    ...found,
    active,
    isTailKnown,
    lastSequence: tail.lastSequence,
    claimedSequence: lost === undefined ? tail.lastSequence : await claimedBy(storage, lost, tail.lastSequence),
    wasTailCut: tail.wasCut,
    damaged: tail.damaged,
  };
}

/** Takes away what a failed sync left behind: a segment of which the next one, whose name is durable, holds every sequence [J6, J8]. */
async function removeSuperseded({ storage }: StreamPlace, segments: Segment[]): Promise<void> {
  for (let index = segments.length - 2; index >= 0; index--) {
    const [segment, next] = [segments[index], segments[index + 1]];
    if (segment === undefined || next === undefined || segment.header.firstSequence < next.header.firstSequence)
      continue;
    try {
      await storage.unlink(segment.path);
      segments.splice(index, 1);
    } catch (error) {
      if (!isStorageError(error)) throw error;
    }
  }
}

async function loadSegments(place: StreamPlace, numbers: readonly number[]) {
  const segments: Segment[] = [];
  const unreadable: UnreadableFile[] = [];
  let newestNumber = 0;
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const segment = await loadSegment(place, number, segments.at(-1)?.header);
    const isStray = segment === MISPLACED || (typeof segment === 'string' && number > MAX_BELIEVED_NUMBER);
    if (!isStray) newestNumber = number;
    if (typeof segment !== 'string') {
      segments.push(segment.segment);
    } else if (segment === 'newer-version') {
      const path = segmentPath(place.folder, number);
      throw new WaystationError('journal.unknownFormat', `Opened ${path}: a newer version of Waystation wrote it.`);
    } else {
      const fields = { stream: place.stream, segment: number, reason: segment };
      place.logger.error(fields, 'A segment cannot be read. It is passed over, and goes with the one before it.');
      const path = segmentPath(place.folder, number);
      unreadable.push({ number, path, sizeBytes: await sizeOf(place.storage, path) });
    }
  }
  return { segments, unreadable, newestNumber };
}

/** No stream comes this far: what lies there and is no segment never was one, and leaves no numbers for those that follow. */
const MAX_BELIEVED_NUMBER = 2 ** 52;

/** @returns 0 if the disk does not say */
function sizeOf(storage: Storage, path: string): Promise<number> {
  return usingFile(storage, path, 'read', (file) => file.sizeBytes()).catch(() => 0);
}

/** Files of dropped segments, as many as are kept; the others are removed. */
async function loadFreeFiles({ storage, folder }: StreamPlace, names: readonly string[]): Promise<readonly FreeFile[]> {
  const free = names.filter((name) => name.endsWith(FREE_SUFFIX)).map((name) => `${folder}/${name}`);
  for (const path of free.slice(MAX_FREE_FILES)) await storage.unlink(path);
  return await Promise.all(
    free.slice(0, MAX_FREE_FILES).map(async (path) => {
      // One that cannot be read is of no use: no segment has the size 0.
      const sizeBytes = await sizeOf(storage, path);
      return { path, sizeBytes };
    }),
  );
}

/**
 * How far the frames of a segment go whose salt is lost. Their bodies are whole, but they may have been left behind by an earlier
 * use of the file: what they hold is not believed, and their sequences only if they go on behind `lastSequence`.
 */
async function claimedBy(storage: Storage, { path, sizeBytes }: UnreadableFile, lastSequence: number): Promise<number> {
  const segment = { header: { sizeBytes }, endOffset: sizeBytes, saltChecksum: undefined };
  let claimedSequence = lastSequence;
  try {
    await usingFile(storage, path, 'read', async (file) => {
      const scanner = new FrameScanner(file, segment, { offset: 0, lastSequence });
      for (let frame = await scanner.next(); frame !== undefined; frame = await scanner.next()) {
        const { firstSequence, recordCount } = frame.header;
        // A file does not hold more records than bytes.
        if (firstSequence + recordCount > lastSequence + sizeBytes) break;
        claimedSequence = firstSequence + recordCount - 1;
      }
    });
  } catch (error) {
    if (!isStorageError(error)) throw error;
  }
  return claimedSequence;
}

interface RecoveredTail {
  readonly index: SegmentIndex;
  lastSequence: number;
  lastStamp: Stamp | undefined;
  wasCut: boolean;
  /** Whether the disk gave all that may hold frames. */
  isEndSeen: boolean;
  readonly damaged: LostRange[];
  /** Whether all that was found is known to be on disk. */
  isDurable: boolean;
}

/** Finds the end of the frames in the last segment [J4], and makes sure that it stays there. */
async function recoverTail(place: StreamPlace, segment: Segment): Promise<RecoveredTail> {
  const tail: RecoveredTail = {
    index: new SegmentIndex(),
    lastSequence: segment.footer?.lastSequence ?? segment.header.firstSequence - 1,
    lastStamp: segment.footer?.lastStamp,
    wasCut: false,
    isEndSeen: true,
    damaged: [],
    isDurable: false,
  };
  const fields = { stream: place.stream, segment: segment.header.number };
  try {
    // What is sealed was durable before.
    if (segment.footer === undefined) {
      await usingFile(place.storage, segment.path, 'update', async (file) => {
        for (const range of await scanTail(file, segment, tail)) await rewrite(file, range);
        await file.datasync();
      });
    }
    await place.storage.syncDirectory(place.folder);
    tail.isDurable = true;
  } catch (error) {
    if (!isStorageError(error) || isNotPermitted(error)) throw error;
    place.logger.error({ ...fields, error }, 'The newest segment could not be read to its end.');
  }
  if (!tail.isEndSeen) place.logger.error(fields, 'The disk does not give the end of the newest segment.');
  if (tail.wasCut) {
    const { lastSequence } = tail;
    const reason = 'The last run ended within a write, or the end of the segment is damaged; it is cut.';
    place.logger.warn({ ...fields, lastSequence }, reason);
  }
  return tail;
}

/** @returns where frames stand that were perhaps never synced */
async function scanTail(file: StorageFile, segment: Segment, tail: RecoveredTail): Promise<readonly ByteRange[]> {
  let last: ScannedFrame | undefined;
  let ranges: ByteRange[] = [];
  const scanner = new FrameScanner(file, segment, {
    offset: segment.header.framesOffset,
    lastSequence: tail.lastSequence,
  });
  for (let frame = await scanner.next(); frame !== undefined; frame = await scanner.next()) {
    const { firstSequence } = frame.header;
    if (firstSequence > tail.lastSequence + 1) {
      const { epoch } = segment.header;
      tail.damaged.push({ from: tail.lastSequence + 1, to: firstSequence - 1, epoch, reason: 'damaged' });
    }
    if (tail.index.wants(frame.offset)) {
      const stamp = stampsOf(frame)?.firstStamp;
      if (stamp !== undefined) tail.index.add({ firstSequence, offset: frame.offset, stamp });
    }
    last = frame;
    ranges = withFrame(ranges, frame);
    tail.lastSequence = frame.header.firstSequence + frame.header.recordCount - 1;
  }
  tail.lastStamp = last && stampsOf(last)?.lastStamp;
  segment.endOffset = scanner.offset;
  segment.firstStamp = tail.index.entries[0]?.stamp;
  tail.isEndSeen = scanner.endReason !== 'unreadable';
  tail.wasCut = tail.isEndSeen && scanner.endReason !== 'end';
  return ranges;
}

function stampsOf(frame: ScannedFrame): BodySurvey | undefined {
  const body = openBody(frame.header, frame.stored);
  return typeof body === 'string' ? undefined : body.survey();
}

interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Adds a frame; what had to be synced before it could be written goes. */
function withFrame(ranges: readonly ByteRange[], { offset, endOffset }: ScannedFrame): ByteRange[] {
  const unsyncedFrom = offset - MAX_UNSYNCED_BYTES;
  const kept = ranges
    .filter(({ to }) => to > unsyncedFrom)
    .map(({ from, to }) => ({ from: Math.max(from, unsyncedFrom), to }));
  const last = kept.at(-1);
  if (last?.to !== offset) return [...kept, { from: offset, to: endOffset }];
  return [...kept.slice(0, -1), { from: last.from, to: endOffset }];
}

/** What a failed sync was asked for may stand in the system's cache and nowhere else; a sync alone would not write it again. */
async function rewrite(file: StorageFile, { from, to }: ByteRange): Promise<void> {
  for (let offset = from; offset < to; offset += READ_CHUNK_BYTES) {
    const bytes = Buffer.alloc(Math.min(READ_CHUNK_BYTES, to - offset));
    await file.read(bytes, offset);
    await file.write(bytes, offset);
  }
}
