import type { TrimmableStream } from '#gateway/journal/journal.ts';
import { MAX_STATE_COPY_FACTOR, STATE_READ_EVENTS } from '#gateway/journal/limits.ts';
import { isStorageError } from '#gateway/journal/storage.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Stamp } from '#gateway/model/message.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { appendStateRecords } from './append-state-records.ts';
import type { StateIndex } from './state-index.ts';
import { decodeStateRecord } from './state-record.ts';

/** What a compaction works on. */
export interface StateCompactionOptions {
  readonly stream: TrimmableStream;
  readonly index: StateIndex;
  readonly stamp: () => Stamp;
  readonly logger: Logger;
  readonly minLogBytes: number;
  readonly maxRecordBytes: number;
  readonly logFactor: number;
}

/**
 * Keeps the log of a map short by copying forward: what is still true of its oldest records is appended again, and once that is
 * synced, they go. Deletions are not copied: what they deleted stood before them, and has gone for good before they go.
 */
export class StateCompaction {
  /** Appended again since the start. */
  copiedBytes = 0;
  readonly #options: StateCompactionOptions;
  /** Everything before it that is still true stands behind it as well. */
  #copiedTo: number;
  /** What may be read back: the log grows only by what is written, and where nothing is, nothing wears out. */
  #budgetBytes = 0;

  constructor(options: StateCompactionOptions) {
    this.#options = options;
    this.#copiedTo = options.stream.oldestSequence;
  }

  /** Something was written. */
  allow(writtenBytes: number): void {
    const { stream } = this.#options;
    this.#budgetBytes = Math.min(stream.sizeBytes, this.#budgetBytes + MAX_STATE_COPY_FACTOR * writtenBytes);
  }

  get isDue(): boolean {
    const { stream, index, minLogBytes, logFactor } = this.#options;
    return this.#budgetBytes > 0 && stream.sizeBytes > minLogBytes + logFactor * index.liveBytes;
  }

  /** Deals with some of the oldest records. What fails is tried again after the next writes. */
  async step(): Promise<void> {
    const { logger, stream } = this.#options;
    try {
      await this.#copyForward();
      await stream.trim(this.#copiedTo);
    } catch (error) {
      if (!(error instanceof WaystationError) && !isStorageError(error)) throw error;
      this.#budgetBytes = 0;
      logger.warn({ stream: stream.id, error }, 'The log of the state could not be made shorter; it is tried again.');
    }
  }

  async #copyForward(): Promise<void> {
    const { stream, index, stamp, maxRecordBytes } = this.#options;
    const limit = { maxEvents: STATE_READ_EVENTS, maxBytes: maxRecordBytes };
    const { records, nextSequence } = await stream.read(this.#copiedTo, limit);
    if (nextSequence === this.#copiedTo) this.#budgetBytes = 0;
    const changes = new Map<string, Uint8Array>();
    for (const { sequence, record } of records) {
      this.#budgetBytes -= record.payload.length;
      const decoded = decodeStateRecord(record);
      if (typeof decoded !== 'object') continue;
      for (const { key, value } of decoded.changes) {
        if (value !== undefined && index.isNewest(key, sequence)) changes.set(key, value);
      }
    }
    const result = await appendStateRecords(stream, changes, { stamp: stamp(), isCopy: true, maxRecordBytes });
    if (result instanceof WaystationError) throw result;
    for (const [key, place] of result.places) index.apply(key, place);
    this.copiedBytes += result.sizeBytes;
    this.#copiedTo = nextSequence;
  }
}
