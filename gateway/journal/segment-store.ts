import { invariant } from '#gateway/model/errors.ts';
import type { Epoch } from '#gateway/model/message.ts';
import { ActiveSegment, type SegmentFiles, type SegmentTail } from './active-segment.ts';
import { END_MARK_BYTES } from './frame.ts';
import { MAX_FREE_FILES } from './limits.ts';
import type { StreamPlace } from './load-segment.ts';
import type { RecordBatch } from './record-batch.ts';
import type { RecoveredStream } from './recover-stream.ts';
import {
  describeSegment,
  FREE_SUFFIX,
  type FreeFile,
  type Segment,
  segmentPath,
  UNFINISHED_SUFFIX,
  type UnreadableFile,
} from './segment.ts';
import { BLOCK_BYTES, encodeSegmentStart, FRAMES_OFFSET, SALT_BYTES, type SegmentHeader } from './segment-header.ts';
import { SegmentIndex } from './segment-index.ts';
import { isNoSpace, isStorageError, type Storage } from './storage.ts';

/** What the files of a stream are made with. */
export interface SegmentStoreOptions extends StreamPlace {
  readonly recovered: RecoveredStream;
  readonly epoch: Epoch;
  readonly previous: SegmentHeader['previous'];
  readonly machine: string | undefined;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly segmentBytes: number;
}

/**
 * The files of one stream: made, sealed, dropped and used again here and nowhere else. Every step may be the last before a
 * crash: a segment has its name only once its header is durable, and loses it before anything in it is overwritten.
 */
export class SegmentStore {
  /** By number. */
  readonly segments: readonly Segment[];
  readonly #options: SegmentStoreOptions;
  readonly #segments: Segment[];
  readonly #free: FreeFile[];
  #unreadable: readonly UnreadableFile[];
  #nextNumber: number;
  #sealing: Promise<void> = Promise.resolve();
  /** Whether a segment has lost its name, and nobody knows whether for good. */
  #isDropping = false;

  constructor(options: SegmentStoreOptions) {
    this.#options = options;
    this.#segments = options.recovered.segments;
    this.segments = this.#segments;
    this.#unreadable = options.recovered.unreadable;
    this.#free = [...options.recovered.freeFiles];
    this.#nextNumber = this.#numberAfter(options.recovered.newestNumber);
  }

  /** What the segments take on disk. */
  get sizeBytes(): number {
    return [...this.#segments.keys()].reduce((sum, index) => sum + this.bytesAt(index), 0);
  }

  /** What a segment takes on disk, and with it those that cannot be read and go when it goes. */
  bytesAt(index: number): number {
    const from = index === 0 ? 0 : (this.#segments[index]?.header.number ?? 0);
    const to = this.#segments[index + 1]?.header.number ?? Number.POSITIVE_INFINITY;
    const companions = this.#unreadable.filter(({ number }) => number > from && number < to);
    return companions.reduce((sum, { sizeBytes }) => sum + sizeBytes, this.#segments[index]?.fileBytes ?? 0);
  }

  /** What is kept to be used again. */
  get freeBytes(): number {
    return this.#free.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /** Goes on in a segment of an earlier run. */
  async reopen(tail: SegmentTail): Promise<ActiveSegment> {
    return new ActiveSegment(await openTwice(this.#options.storage, tail.segment.path, 'update'), tail);
  }

  /** The largest frame, with its end mark, that a segment of the usual size holds. */
  get maxFrameBytes(): number {
    return this.#options.segmentBytes - BLOCK_BYTES - AROUND_FRAMES_BYTES;
  }

  /** What the segment that begins with this batch will take. */
  sizeFor(batch: RecordBatch): number {
    return Math.max(this.#options.segmentBytes, segmentBytesFor(batch.frameBytes));
  }

  /** Makes the segment that begins with this batch. */
  async create(batch: RecordBatch): Promise<ActiveSegment> {
    const { storage, folder } = this.#options;
    const header = this.#nextHeader(batch);
    const path = segmentPath(folder, header.number);
    const free = await this.#takeFree(header.sizeBytes);
    const origin = free?.path ?? `${path}${UNFINISHED_SUFFIX}`;
    const files = await openTwice(storage, origin, free === undefined ? 'create' : 'update');
    const { file } = files;
    try {
      await file.write(Buffer.concat([encodeSegmentStart(header)], FIRST_BYTES), 0);
      // The footer of an earlier use goes before the file has a name.
      if (free !== undefined) await file.write(Buffer.alloc(BLOCK_BYTES), header.sizeBytes - BLOCK_BYTES);
      await file.datasync();
      await storage.rename(origin, path);
    } catch (error) {
      for (const each of Object.values(files)) await each.close().catch(() => undefined);
      if (free !== undefined && isNoSpace(error)) this.#free.push(free);
      throw error;
    }
    this.#nextNumber = this.#numberAfter(this.#nextNumber);
    const segment = describeSegment(folder, header, free?.sizeBytes ?? FIRST_BYTES);
    this.#segments.push(segment);
    const lastSequence = header.firstSequence - 1;
    const tail = { segment, index: new SegmentIndex(), lastSequence, lastStamp: undefined };
    return new ActiveSegment(files, tail, () => storage.syncDirectory(folder));
  }

  /** Ends a segment whose frames are synced. It goes on behind: a segment without its end is read all the same. */
  seal(active: ActiveSegment): void {
    this.#sealing = this.#sealing.then(async () => {
      try {
        await active.seal();
      } catch (error) {
        if (!isStorageError(error)) throw error;
        const fields = { stream: this.#options.stream, segment: active.segment.header.number, error };
        this.#options.logger.warn(fields, 'A segment could not be sealed. Reading it takes longer.');
      } finally {
        await active.close().catch(() => undefined);
      }
    });
  }

  /** Takes away a segment that never held an acknowledged record. */
  async discard(segment: Segment): Promise<void> {
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    await this.#options.storage.unlink(segment.path).catch(() => undefined);
  }

  /**
   * Takes the oldest segment out of the stream, durably when this resolves. Whoever reads it must have let go, and what it
   * held must be written down as dropped [J9 J10]. None goes before those older than it have gone for good: what was taken back
   * must not come back without what took it back.
   */
  async dropOldest(): Promise<void> {
    const { storage, folder } = this.#options;
    const [oldest] = this.#segments;
    invariant(oldest !== undefined && this.#segments.length > 1, 'The newest segment is never dropped.');
    await this.#sealing;
    if (this.#isDropping) await storage.syncDirectory(folder);
    this.#isDropping = true;
    const free = { path: `${oldest.path}${FREE_SUFFIX}`, sizeBytes: oldest.fileBytes };
    await storage.rename(oldest.path, free.path);
    this.#segments.shift();
    await storage.syncDirectory(folder);
    this.#isDropping = false;
    this.#free.push(free);
    const next = this.#segments[0]?.header.number ?? 0;
    const companions = this.#unreadable.filter(({ number }) => number < next);
    this.#unreadable = this.#unreadable.filter(({ number }) => number > next);
    for (const { path } of companions) await storage.unlink(path);
    for (const { path } of this.#free.splice(0, this.#free.length - MAX_FREE_FILES)) await storage.unlink(path);
  }

  /** Gives the room of files that are kept to be used again back to the disk. @returns whether there were any */
  async releaseFree(): Promise<boolean> {
    const free = this.#free.splice(0);
    for (const { path } of free) await this.#options.storage.unlink(path);
    return free.length > 0;
  }

  /** Waits for what is being sealed. */
  close(): Promise<void> {
    return this.#sealing;
  }

  async #takeFree(sizeBytes: number): Promise<FreeFile | undefined> {
    const free = this.#free.pop();
    if (free === undefined || free.sizeBytes === sizeBytes) return free;
    await this.#options.storage.unlink(free.path).catch(() => undefined);
    return undefined;
  }

  #nextHeader(batch: RecordBatch): SegmentHeader {
    const { stream, epoch, previous, machine, randomBytes } = this.#options;
    return {
      stream,
      epoch,
      previous,
      machine,
      number: this.#nextNumber,
      firstSequence: batch.firstSequence,
      salt: randomBytes(SALT_BYTES),
      sizeBytes: this.sizeFor(batch),
      framesOffset: FRAMES_OFFSET,
    };
  }

  #numberAfter(number: number): number {
    const { takenNumbers } = this.#options.recovered;
    let free = number + 1;
    while (takenNumbers.has(free)) free++;
    return free;
  }
}

async function openTwice(storage: Storage, path: string, mode: 'create' | 'update'): Promise<SegmentFiles> {
  const file = await storage.open(path, mode);
  try {
    return { file, frames: await storage.open(path, 'durable') };
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

/** Header, its copy and end mark: what a segment without frames holds. */
const FIRST_BYTES = FRAMES_OFFSET + END_MARK_BYTES;

/** Header, its copy and index of a segment with one frame; the footer has a block of its own. */
const AROUND_FRAMES_BYTES = FRAMES_OFFSET + new SegmentIndex().boundBytes;

/** Least size of a segment that holds such a frame. */
function segmentBytesFor(frameBytes: number): number {
  return BLOCK_BYTES * (1 + Math.ceil((AROUND_FRAMES_BYTES + frameBytes) / BLOCK_BYTES));
}
