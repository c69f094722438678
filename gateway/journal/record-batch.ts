import { invariant, type WaystationError } from '#gateway/model/errors.ts';
import type { EventRecord, Stamp } from '#gateway/model/message.ts';
import { END_MARK_BYTES, FRAME_HEADER_BYTES, type FrameHeader, sealFrame } from './frame.ts';
import { compressBody, RECORDS_FIELD } from './frame-body.ts';
import type { AppendDone } from './journal.ts';
import { BATCH_BYTES, BATCH_RECORDS, MAX_RECORD_BYTES } from './limits.ts';
import { encodeRecord } from './record-codec.ts';
import { WireWriter } from './wire-writer.ts';

/**
 * The records of one group commit: gathered in order, then packed into one frame, written with one write.
 * The records are encoded where they will be written from.
 */
export class RecordBatch {
  readonly firstSequence: number;
  readonly #wire = new WireWriter(INITIAL_BYTES, FRAME_HEADER_BYTES);
  #done: (AppendDone | undefined)[] = [];
  #recordCount = 0;
  #isFull = false;
  #isPacked = false;
  #header: FrameHeader | undefined;
  #firstStamp: Stamp | undefined;
  #lastStamp: Stamp | undefined;

  readonly #maxFrameBytes: number;

  /** @param maxFrameBytes what a segment holds: no second record is taken that would need a larger one */
  constructor(firstSequence: number, maxFrameBytes: number) {
    this.firstSequence = firstSequence;
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Of its first record. */
  get firstStamp(): Stamp {
    invariant(this.#firstStamp !== undefined, 'An empty batch is not written.');
    return this.#firstStamp;
  }

  /** Of its last record. */
  get lastStamp(): Stamp {
    return this.#lastStamp ?? this.firstStamp;
  }

  get recordCount(): number {
    return this.#recordCount;
  }

  /** Bytes of its records before compression. */
  get rawBytes(): number {
    return this.#header?.rawBytes ?? this.#wire.sizeBytes;
  }

  get lastSequence(): number {
    return this.firstSequence + this.#recordCount - 1;
  }

  /** Whether more may be added. */
  get isOpen(): boolean {
    const isFull = this.#isFull || this.#wire.sizeBytes >= BATCH_BYTES || this.#recordCount >= BATCH_RECORDS;
    return !isFull && !this.#isPacked;
  }

  /** Whether its records have been answered. */
  get isAnswered(): boolean {
    return this.#done.length === 0;
  }

  /** @returns false if the record is larger than {@link MAX_RECORD_BYTES}, or belongs in the next batch; it is then not in this one */
  add(record: EventRecord, done: AppendDone | undefined): boolean {
    if (record.payload.length > MAX_RECORD_BYTES) return false;
    const before = this.#wire.sizeBytes;
    const expectedBytes = record.payload.length + record.topic.length + TYPICAL_OVERHEAD_BYTES;
    try {
      const start = this.#wire.beginMessage(RECORDS_FIELD, expectedBytes);
      encodeRecord(record, this.#wire);
      this.#wire.endMessage(start, expectedBytes);
    } catch (error) {
      // Half a record would cost the others of its frame.
      this.#wire.truncate(before);
      throw error;
    }
    const isTooMuch = this.#recordCount > 0 && this.frameBytes > this.#maxFrameBytes;
    if (isTooMuch || this.#wire.sizeBytes - before > MAX_RECORD_BYTES) {
      this.#wire.truncate(before);
      this.#isFull = isTooMuch;
      return false;
    }
    this.#done.push(done);
    this.#recordCount++;
    this.#firstStamp ??= record.stamp;
    this.#lastStamp = record.stamp;
    return true;
  }

  /** Compresses the body if that pays, the first time it is called. Nothing may be added from here on. */
  async pack(mayCompress: boolean): Promise<void> {
    if (this.#isPacked) return;
    this.#isPacked = true;
    const raw = this.#wire.message();
    const rawBytes = raw.length;
    const compressed = mayCompress ? await compressBody(raw) : undefined;
    if (compressed !== undefined) {
      this.#wire.truncate(0);
      this.#wire.raw(compressed);
    }
    this.#header = {
      codec: compressed === undefined ? 'none' : 'zstd',
      recordCount: this.#recordCount,
      firstSequence: this.firstSequence,
      rawBytes,
      storedBytes: this.#wire.sizeBytes,
    };
  }

  /** Bytes that the frame takes in a segment as it is now, and its end mark after it. */
  get frameBytes(): number {
    return FRAME_HEADER_BYTES + this.#wire.sizeBytes + END_MARK_BYTES;
  }

  /** The packed frame with its end mark, as it stands in a segment with this salt. */
  frame(saltChecksum: number): Buffer {
    const frame = this.#wire.buffer(END_MARK_BYTES).subarray(0, this.frameBytes);
    if (this.#header !== undefined) sealFrame(frame, this.#header, saltChecksum);
    return frame;
  }

  /** Answers every record, in order, once. */
  settle(error?: WaystationError): void {
    const answered = this.#done;
    this.#done = [];
    for (const done of answered) done?.(error);
  }
}

const INITIAL_BYTES = 16 * 1024;
/** Stamp, client id, tags and lengths of a record as they usually are. */
const TYPICAL_OVERHEAD_BYTES = 48;
