import type { AcknowledgedRange, CursorExtras, ReadLimit, ReadResult } from '#gateway/journal/journal.ts';
import type { StreamExtent } from '#gateway/journal/owed.ts';
import type { StreamId } from '#gateway/model/message.ts';

/**
 * What a lane reads, and where it keeps how far the sink has come: a stream of the journal with the cursor of the sink, or the
 * dead letters that a person wants tried again. Positions start at 1 and rise; those of a stream are its sequences.
 */
export interface LaneSource {
  /** Names the lane. */
  readonly lane: StreamId;
  /** What is in here was refused before: it is marked as replayed, not filtered again, and told of to nobody if it is refused again. */
  readonly isRedrive: boolean;
  /** What there is now. */
  readonly extent: StreamExtent;
  /** Everything up to here needs no sending any more; 0 before the first. */
  readonly acknowledgedSequence: number;
  /** The last at or before it that was really forwarded, 0 for none. */
  readonly forwardedSequence: number;
  /** Acknowledged beyond `acknowledgedSequence`; in order, bounded. */
  readonly ranges: readonly AcknowledgedRange[];
  readonly filterState?: Uint8Array | undefined;
  /** As `JournalStream.read`. */
  read(from: number, limit: ReadLimit): Promise<LaneRead>;
  /** Resolves when there is something at or after `position`, or when the signal aborts. */
  waitFor(position: number, signal: AbortSignal): Promise<void>;
  /** As `Cursor.advance`. */
  advance(acknowledgedSequence: number, forwardedSequence: number, extras?: CursorExtras): void;
  /** As `Cursor.persist`. */
  persist(): Promise<void>;
}

/** What was read of a lane. */
export interface LaneRead extends ReadResult {
  /** Where each record stands in the lane; absent where that is its sequence. */
  readonly positions?: readonly number[];
}
