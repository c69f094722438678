import type { EventRecord } from '#gateway/model/message.ts';
import type { AppendDone } from './journal.ts';
import { RecordBatch } from './record-batch.ts';

/**
 * The records that are not synced yet, in the order of their sequences: batches that stand in a segment, then those that do not,
 * the last of which gathers.
 */
export class CommitQueue {
  #batches: RecordBatch[] = [];
  #writtenCount = 0;
  #assignedSequence: number;
  #syncedSequence: number;
  #pendingBytes = 0;
  readonly #maxFrameBytes: number;

  /**
   * @param sequence the highest there is
   * @param maxFrameBytes what a segment holds: a batch of more than one record fits into it
   */
  constructor(sequence: number, maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#assignedSequence = sequence;
    this.#syncedSequence = sequence;
  }

  get assignedSequence(): number {
    return this.#assignedSequence;
  }

  get syncedSequence(): number {
    return this.#syncedSequence;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get pendingCount(): number {
    return this.#assignedSequence - this.#syncedSequence;
  }

  /** The batch to be written next. */
  get next(): RecordBatch | undefined {
    return this.#batches[this.#writtenCount];
  }

  /** Whether anything stands in a segment and is not synced. */
  get hasWritten(): boolean {
    return this.#writtenCount > 0;
  }

  /** Gives the record the next sequence. @returns the batch it is in; undefined if it is too large for any */
  add(record: EventRecord, done: AppendDone | undefined): RecordBatch | undefined {
    const last = this.#batches.at(-1);
    if (last?.isOpen && this.#addTo(last, record, done)) return last;
    const batch = new RecordBatch(this.#assignedSequence + 1, this.#maxFrameBytes);
    if (!this.#addTo(batch, record, done)) return undefined;
    this.#batches.push(batch);
    return batch;
  }

  #addTo(batch: RecordBatch, record: EventRecord, done: AppendDone | undefined): boolean {
    const before = batch.rawBytes;
    if (!batch.add(record, done)) return false;
    this.#pendingBytes += batch.rawBytes - before;
    this.#assignedSequence++;
    return true;
  }

  /** {@link next} has been written. */
  wrote(): void {
    this.#writtenCount++;
  }

  /** What stands in a segment does so no longer: it is to be written again, with the same sequences [J6]. */
  rewrite(): void {
    this.#writtenCount = 0;
  }

  /** What has been written is synced. @returns it */
  takeSynced(): readonly RecordBatch[] {
    const synced = this.#batches.splice(0, this.#writtenCount);
    this.#writtenCount = 0;
    for (const batch of synced) this.#pendingBytes -= batch.rawBytes;
    this.#syncedSequence = synced.at(-1)?.lastSequence ?? this.#syncedSequence;
    return synced;
  }

  /** Takes out what nobody has had an answer for: the next record gets the first of its sequences [J3]. @returns it */
  takeUnanswered(): readonly RecordBatch[] {
    const firstIndex = this.#batches.findIndex(({ isAnswered }) => !isAnswered);
    const unanswered = firstIndex === -1 ? [] : this.#batches.splice(firstIndex);
    this.#writtenCount = Math.min(this.#writtenCount, this.#batches.length);
    for (const batch of unanswered) this.#pendingBytes -= batch.rawBytes;
    this.#assignedSequence = this.#batches.at(-1)?.lastSequence ?? this.#syncedSequence;
    return unanswered;
  }
}
