/**
 * The journal is the memory of the gateway: what was acknowledged is in here, synced, and stays until every sink has it.
 *
 * It never decides what to keep (admission does) or where to send it (sinks do), and it never blocks the event loop on a disk.
 * Start reading here: these are the seams. The bytes are drawn in `docs/journal-format.md`; the writer is `stream-writer.ts`.
 */
import type { ClockMark } from '#gateway/model/clock-mark.ts';
import type { WaystationError } from '#gateway/model/errors.ts';
import type { Epoch, EventRecord, StoredRecord, StreamId } from '#gateway/model/message.ts';
import type { JournalStatus, OrphanedCursor } from '#gateway/model/status.ts';
import type { ClockRuns } from './clock-runs.ts';

/** Every configured stream of one `dataDir`, and what the clock was. Made by `openJournal`. */
export interface Journal extends AsyncDisposable {
  /** @throws InvariantError if the stream is not configured */
  stream(id: StreamId): JournalStream;
  readonly streams: readonly JournalStream[];
  /** The reading position of one sink on one stream, made if it does not exist yet. */
  openCursor(sink: string, stream: StreamId, from: CursorStart): Promise<Cursor>;
  /** What is known of the clock runs that records were stamped in: see `repairTime`. */
  readonly clockRuns: ClockRuns;
  /** Writes down what became known of the clock; `clockRuns` has it at once. */
  markClock(mark: ClockMark): void;
  /** Calls back after each change of `clockRuns`. @returns what ends it */
  watchClock(listener: () => void): () => void;
  /** Every cursor there is, also those of sinks that are not configured now. */
  cursorPlaces(): readonly CursorPlace[];
  /** Cursors that no sink has opened since the start: a backlog without an owner. */
  orphans(): readonly OrphanedCursor[];
  /** Gives up what the orphaned cursors of a sink have not acknowledged; durable when this resolves. */
  forget(sink: string): Promise<void>;
  status(): JournalStatus;
}

/** A journal with its built-in streams of what is neither event nor clock: see `state/`. No sink reads them, and retention leaves them alone. */
export interface StatefulJournal extends Journal {
  /**
   * Opens one of them, once; it is closed with the journal.
   *
   * @param segmentBytes `STATE_SEGMENT_BYTES` unless stated, and never more
   * @param mayCompress whether frames are stored as zstd when that is smaller, if those of the journal may be; yes unless stated
   * @throws WaystationError as `openJournal`
   */
  openBuiltIn(id: StreamId, segmentBytes?: number, mayCompress?: boolean): Promise<TrimmableStream>;
  /** Those that are open, in the order of their opening. */
  readonly builtIn: readonly TrimmableStream[];
}

/** How far a sink is on a stream. */
export interface CursorPlace {
  readonly sink: string;
  readonly stream: StreamId;
  /** Absent where its file is damaged: the sink starts over. */
  readonly acknowledgedSequence?: number;
}

/** Where a sink that has no cursor yet begins. */
export type CursorStart = 'oldest' | 'now';

/** One durable lane. Sequences start at 1, rise by one, and go on rising over epochs, so a position is one number [J3]. */
export interface JournalStream {
  readonly id: StreamId;
  readonly epoch: Epoch;
  /** The highest sequence that may be read: synced, and 0 when the stream is empty. */
  readonly syncedSequence: number;
  /** The lowest sequence still kept; `syncedSequence + 1` when there is none. */
  readonly oldestSequence: number;
  /** What is known to be lost, in order. */
  readonly losses: readonly LostRange[];
  /** Taken in and not synced yet, whether answered or not. */
  readonly unsyncedCount: number;
  /** Why records are refused now. */
  readonly refusal: WaystationError | undefined;
  /**
   * Assigns the next sequence at once, in the order of the calls, and answers once the frame is synced, or as {@link SyncMode} says [J1].
   * The payload must not be changed until then.
   *
   * @returns the sequence, or 0 if the record was refused at once (`done` has then been called)
   */
  append(record: EventRecord, done: AppendDone): number;
  /**
   * What there is from `from` on, in order, at most `limit`, never beyond `syncedSequence`: every sequence from `from` to before
   * `nextSequence` is that of a record or lies in a range that is lost. Comes further than `from` if `syncedSequence` has.
   */
  read(from: number, limit: ReadLimit): Promise<ReadResult>;
  /**
   * The first sequence that may have been accepted at or after an instant: by repaired time, else by what bounds it, else by the
   * date of the host, which may lead astray. `syncedSequence + 1` when all is older.
   */
  locate(unixMs: number): Promise<number>;
  /** Resolves when `syncedSequence >= sequence`, or when the signal aborts. */
  waitFor(sequence: number, signal: AbortSignal): Promise<void>;
}

/** A stream that is no log of events: whoever writes it sees to its size. */
export interface TrimmableStream extends JournalStream {
  /** What its segments take on disk. */
  readonly sizeBytes: number;
  /**
   * Gives up what lies before a sequence, in whole segments, the oldest first: none goes before those older than it have gone for
   * good. The newest stays. @throws a storage error; what is left goes the next time
   */
  trim(beforeSequence: number): Promise<void>;
}

/** See `JournalStream.read`. */
export interface ReadResult {
  readonly records: readonly StoredRecord[];
  /** What nobody will get any more, cut to what was read; in order. */
  readonly lost: readonly LostRange[];
  /** Where to read on. */
  readonly nextSequence: number;
}

/** Records that are gone. */
export interface LostRange extends SequenceRange {
  readonly epoch: Epoch;
  readonly reason: LossReason;
}

/**
 * `quota` and `age`: retention removed them. `damaged`: the medium did. `epoch`: the journal had come further once than what it
 * holds now (a restored backup, a flash that lied).
 */
export type LossReason = 'quota' | 'age' | 'damaged' | 'epoch';

/** When an append is answered: once its record is synced, or once it is written, and synced within so many milliseconds [J1]. */
export type SyncMode = 'always' | { readonly everyMs: number };

/** Codes: `journal.full`, `journal.quota`, `journal.failed`, `journal.closed`, `journal.recordTooLarge`. */
export type AppendDone = (error?: WaystationError) => void;

/** How much one read may return; at least one record is returned if there is any. */
export interface ReadLimit {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** How far a sink has come on one stream. It never leads what the sink said [J10]; it may lag, which costs repeats. */
export interface Cursor {
  /** Everything up to this sequence needs no sending any more; 0 before the first. */
  readonly acknowledgedSequence: number;
  /** The last sequence at or before it that was really forwarded, 0 for none: the `prev` of the next event. */
  readonly forwardedSequence: number;
  /** Acknowledged beyond `acknowledgedSequence`; in order, bounded. */
  readonly ranges: readonly AcknowledgedRange[];
  /** What the filter of the sink said at the last move that it must remember. */
  readonly filterState?: Uint8Array | undefined;
  /** Moves on in memory; the disk follows lazily. What `extras` does not state is none. */
  advance(acknowledgedSequence: number, forwardedSequence: number, extras?: CursorExtras): void;
  /** Resolves when what `advance` said last is durable. */
  persist(): Promise<void>;
}

/** What a cursor keeps beside its sequences. */
export interface CursorExtras {
  /** At most `MAX_CURSOR_RANGES`. */
  readonly ranges?: readonly AcknowledgedRange[];
  /** What the filter remembers as far as is acknowledged, at most `MAX_FILTER_STATE_BYTES`; asked for when the disk is written. */
  readonly filterState?: () => Uint8Array | undefined;
}

/** Both ends belong to it. */
export interface SequenceRange {
  readonly from: number;
  readonly to: number;
}

/** What a sink has beyond the sequence of its cursor. */
export interface AcknowledgedRange extends SequenceRange {
  /** The last sequence at or before its end that was really forwarded, 0 for none: the `prev` of the next event behind it. */
  readonly forwardedSequence: number;
}
