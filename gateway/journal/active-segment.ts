import type { Stamp } from '#gateway/model/message.ts';
import { END_MARK_BYTES } from './frame.ts';
import { ZERO_FILL_STEP_BYTES } from './limits.ts';
import type { RecordBatch } from './record-batch.ts';
import type { Segment } from './segment.ts';
import { encodeSegmentEnd } from './segment-footer.ts';
import { BLOCK_BYTES } from './segment-header.ts';
import type { SegmentIndex } from './segment-index.ts';
import type { StorageFile } from './storage.ts';

/** Where writing goes on in a segment. */
export interface SegmentTail {
  readonly segment: Segment;
  readonly index: SegmentIndex;
  readonly lastSequence: number;
  /** Of the last record; undefined if there is none. */
  readonly lastStamp: Stamp | undefined;
}

/** A segment file, opened twice. */
export interface SegmentFiles {
  /** For what is synced later: zeros, index, footer. */
  readonly file: StorageFile;
  /** `durable` */
  readonly frames: StorageFile;
}

/** The segment that is being written, frame after frame, and then sealed. */
export class ActiveSegment {
  readonly segment: Segment;
  readonly #file: StorageFile;
  /** The same file, open for durable writes. */
  readonly #frames: StorageFile;
  /** Whether anything was written that only a sync makes durable. */
  #isDirty: boolean;
  readonly #index: SegmentIndex;
  #syncName: (() => Promise<void>) | undefined;
  #offset: number;
  #lastSequence: number;
  #lastStamp: Stamp | undefined;

  /** @param syncName makes the file's name durable, if it is not: part of the first sync */
  constructor({ file, frames }: SegmentFiles, tail: SegmentTail, syncName?: () => Promise<void>) {
    this.segment = tail.segment;
    this.#file = file;
    this.#frames = frames;
    this.#isDirty = false;
    this.#index = tail.index;
    this.segment.index = tail.index;
    this.#syncName = syncName;
    this.#offset = tail.segment.endOffset ?? tail.segment.header.framesOffset;
    this.#lastSequence = tail.lastSequence;
    this.#lastStamp = tail.lastStamp;
  }

  /** Bytes of frames that are not known to be durable. */
  get unsyncedBytes(): number {
    return this.#offset - (this.segment.endOffset ?? BLOCK_BYTES);
  }

  /** Whether the frame fits, and behind it the index that then is due. */
  hasRoomFor(batch: RecordBatch): boolean {
    return this.#offset + batch.frameBytes + this.#index.boundBytes <= this.segment.header.sizeBytes - BLOCK_BYTES;
  }

  /**
   * Writes a frame behind the last one. After a rejection nothing has moved.
   *
   * @param isSyncDue whether a sync follows at once: then a frame over zeros needs one trip to the disk, not two
   */
  async write(batch: RecordBatch, isSyncDue: boolean): Promise<void> {
    const { segment } = this;
    const frame = batch.frame(segment.saltChecksum);
    const end = this.#offset + frame.length;
    const isFilled = end <= segment.fileBytes;
    if (!isFilled) await this.#fillTo(Math.ceil(end / ZERO_FILL_STEP_BYTES) * ZERO_FILL_STEP_BYTES);
    const isDurable = isSyncDue && isFilled && !this.#isDirty;
    this.#isDirty = !isDurable;
    await (isDurable ? this.#frames : this.#file).write(frame, this.#offset);
    if (this.#index.wants(this.#offset)) {
      this.#index.add({ firstSequence: batch.firstSequence, offset: this.#offset, stamp: batch.firstStamp });
    }
    this.#offset += frame.length - END_MARK_BYTES;
    this.#lastSequence = batch.lastSequence;
    segment.firstStamp ??= batch.firstStamp;
    this.#lastStamp = batch.lastStamp;
  }

  /** Resolves when what was written is durable, and may be read. */
  async sync(): Promise<void> {
    const end = this.#offset;
    if (this.#isDirty) await this.#file.datasync();
    this.#isDirty = false;
    await this.#syncName?.();
    this.#syncName = undefined;
    this.segment.endOffset = end;
  }

  /** Writes index and footer, and closes. Nothing is written behind them. */
  async seal(): Promise<void> {
    const { segment } = this;
    const { header } = segment;
    if (this.#lastStamp === undefined) return;
    const end = { lastSequence: this.#lastSequence, endOffset: this.#offset, lastStamp: this.#lastStamp };
    const { bytes, footer } = encodeSegmentEnd(header, end, this.#index);
    // What was never filled is filled now: a file that is used again must not need space.
    await this.#fillTo(header.sizeBytes);
    await this.#file.write(bytes, header.sizeBytes - bytes.length);
    await this.#file.datasync();
    segment.footer = footer;
    segment.index = undefined;
  }

  async close(): Promise<void> {
    try {
      await this.#frames.close();
    } finally {
      await this.#file.close();
    }
  }

  /**
   * Makes the file grow by zeros, so that its size and extents change once for many frames. Page by page: the system counts, and
   * with some file systems writes, as a whole what was once written as a whole.
   */
  async #fillTo(offset: number): Promise<void> {
    const { segment } = this;
    const end = Math.min(offset, segment.header.sizeBytes);
    while (segment.fileBytes < end) {
      const pageEnd = Math.min(end, (Math.floor(segment.fileBytes / BLOCK_BYTES) + 1) * BLOCK_BYTES);
      await this.#file.write(ZEROS.subarray(0, pageEnd - segment.fileBytes), segment.fileBytes);
      segment.fileBytes = pageEnd;
    }
  }
}

const ZEROS = Buffer.alloc(BLOCK_BYTES);
