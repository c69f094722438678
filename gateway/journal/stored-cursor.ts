import { invariant, WaystationError } from '#gateway/model/errors.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { CursorPosition } from './cursor-position.ts';
import type { AcknowledgedRange, Cursor, CursorExtras, JournalStream } from './journal.ts';
import {
  CURSOR_GATHER_MS,
  CURSOR_PERSIST_INTERVAL_MS,
  CURSOR_RETRY_MS,
  MAX_CURSOR_RANGES,
  MAX_FILTER_STATE_BYTES,
} from './limits.ts';
import type { SlotFile } from './slot-file.ts';
import { isStorageError } from './storage.ts';

/** What a cursor is made of. */
export interface StoredCursorOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stream: JournalStream;
  readonly file: SlotFile<CursorPosition>;
  readonly position: CursorPosition;
  /** What the file holds; undefined if nothing that can be believed. */
  readonly persisted: CursorPosition | undefined;
}

/** One cursor: moves in memory, is written when asked, on closing, and soon after it moved, at most once a second. */
export class StoredCursor implements Cursor {
  readonly #options: StoredCursorOptions;
  #position: CursorPosition;
  #persisted: CursorPosition | undefined;
  #filterState: () => Uint8Array | undefined;
  #writing: Promise<void> = Promise.resolve();
  #cancelTimer: Cancel | undefined;
  #writtenAtMs = Number.NEGATIVE_INFINITY;
  #isFailing = false;

  constructor(options: StoredCursorOptions) {
    this.#options = options;
    this.#position = options.position;
    this.#persisted = options.persisted;
    this.#filterState = () => options.position.filterState;
  }

  get acknowledgedSequence(): number {
    return this.#position.acknowledgedSequence;
  }

  get forwardedSequence(): number {
    return this.#position.forwardedSequence;
  }

  get ranges(): readonly AcknowledgedRange[] {
    return this.#position.ranges;
  }

  get filterState(): Uint8Array | undefined {
    return this.#filterState();
  }

  advance(acknowledgedSequence: number, forwardedSequence: number, extras: CursorExtras = {}): void {
    const { syncedSequence, epoch } = this.#options.stream;
    const { ranges = [], filterState = () => undefined } = extras;
    invariant(acknowledgedSequence >= this.acknowledgedSequence, 'A cursor was moved back.');
    invariant(acknowledgedSequence <= syncedSequence, 'A cursor was moved past the records that there are.');
    invariant(ranges.length <= MAX_CURSOR_RANGES, 'A cursor holds a bounded number of ranges.');
    this.#position = { epoch, acknowledgedSequence, forwardedSequence, ranges };
    this.#filterState = filterState;
    const restMs = this.#writtenAtMs + CURSOR_PERSIST_INTERVAL_MS - this.#options.clock.monotonicMs();
    this.#persistIn(Math.max(CURSOR_GATHER_MS, restMs));
  }

  /** @throws WaystationError `journal.failed`; what was durable before still is */
  persist(): Promise<void> {
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** Writes what there is to write; if the disk does not take it, again later. */
  async persistOrRetry(): Promise<void> {
    try {
      await this.persist();
    } catch (error) {
      const { stream, logger } = this.#options;
      const fields = { stream: stream.id, error };
      if (!this.#isFailing) logger.warn(fields, 'A cursor could not be written. A restart would repeat events.');
      this.#isFailing = true;
      this.#persistIn(CURSOR_RETRY_MS);
    }
  }

  async close(): Promise<void> {
    await this.persistOrRetry();
    this.#cancelTimer?.();
    await this.#options.file.close();
  }

  /** Between two moves nothing of it changes: what is asked for late is that of the last position. */
  #withFilterState(position: CursorPosition): CursorPosition {
    const filterState = this.#filterState();
    if (filterState === undefined) return position;
    invariant(filterState.length <= MAX_FILTER_STATE_BYTES, 'The state of a filter is bounded.');
    return { ...position, filterState };
  }

  #persistIn(delayMs: number): void {
    this.#cancelTimer ??= this.#options.clock.schedule(delayMs, () => {
      this.#cancelTimer = undefined;
      void this.persistOrRetry();
    });
  }

  async #write(): Promise<void> {
    const position = this.#position;
    if (position === this.#persisted) return;
    const { clock, file, stream } = this.#options;
    // The write that makes the file is none of the moves that are spread over time.
    if (this.#persisted !== undefined) this.#writtenAtMs = clock.monotonicMs();
    try {
      await file.write(this.#withFilterState(position));
    } catch (cause) {
      if (!isStorageError(cause)) throw cause;
      throw new WaystationError('journal.failed', `Writing a cursor on ${stream.id}: the disk failed.`, { cause });
    }
    this.#persisted = position;
    this.#isFailing = false;
  }
}
