import { type ClockRuns, withMark } from '#gateway/journal/clock-runs.ts';
import type {
  AcknowledgedRange,
  Cursor,
  CursorExtras,
  CursorPlace,
  CursorStart,
  Journal,
  JournalStream,
  LostRange,
  ReadLimit,
  ReadResult,
} from '#gateway/journal/journal.ts';
import type { ClockMark } from '#gateway/model/clock-mark.ts';
import { invariant } from '#gateway/model/errors.ts';
import type { Epoch, EventRecord, StoredRecord, StreamId } from '#gateway/model/message.ts';
import type { JournalStatus, OrphanedCursor } from '#gateway/model/status.ts';

/** A journal in memory, for tests of what reads it: everything appended is synced at once, and cursors remember their history. */
export class FakeJournal implements Journal {
  readonly streams: readonly FakeStream[];
  readonly cursors = new Map<string, FakeCursor>();
  clockRuns: ClockRuns = [];
  readonly #clockListeners = new Set<() => void>();

  constructor(ids: readonly StreamId[]) {
    this.streams = ids.map((id) => new FakeStream(id));
  }

  stream(id: StreamId): FakeStream {
    const stream = this.streams.find((candidate) => candidate.id === id);
    invariant(stream !== undefined, `no stream ${id}`);
    return stream;
  }

  async openCursor(sink: string, stream: StreamId, from: CursorStart): Promise<FakeCursor> {
    const key = `${sink}/${stream}`;
    const start = from === 'oldest' ? 0 : this.stream(stream).syncedSequence;
    const cursor = this.cursors.get(key) ?? new FakeCursor(start);
    this.cursors.set(key, cursor);
    return cursor;
  }

  /** The process dies: what the cursors did not persist is forgotten, and the old ones no longer count. */
  crash(): void {
    for (const [key, { persisted }] of this.cursors) {
      this.cursors.set(key, new FakeCursor(persisted.acknowledgedSequence, persisted.forwardedSequence, persisted));
    }
  }

  markClock(mark: ClockMark): void {
    this.clockRuns = withMark(this.clockRuns, mark);
    for (const listener of this.#clockListeners) listener();
  }

  watchClock(listener: () => void): () => void {
    this.#clockListeners.add(listener);
    return () => this.#clockListeners.delete(listener);
  }

  cursorPlaces(): readonly CursorPlace[] {
    return [];
  }

  orphans(): readonly OrphanedCursor[] {
    return [];
  }

  async forget(): Promise<void> {}

  status(): JournalStatus {
    const counts = { appendedCount: 0, refusedCount: 0, frameCount: 0, syncCount: 0, writtenBytes: 0 };
    const wear = { observedSeconds: 0, logicalBytes: 0, basis: 'journal' } as const;
    return { state: 'ok', streams: [], ...counts, wear };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** See {@link FakeJournal}. */
export class FakeStream implements JournalStream {
  readonly id: StreamId;
  // A brand is only a type: any 16 hex digits will do here.
  readonly epoch = '00000000000000aa' as Epoch;
  readonly oldestSequence = 1;
  readonly records: StoredRecord[] = [];
  /** What is not read any more; in order. */
  readonly lost: LostRange[] = [];
  /** Reads that fail before the next that succeeds. */
  failingReads = 0;
  readonly #waiting = new Set<() => void>();

  constructor(id: StreamId) {
    this.id = id;
  }

  get losses(): readonly LostRange[] {
    return this.lost;
  }

  get syncedSequence(): number {
    return this.records.length;
  }

  readonly unsyncedCount = 0;
  readonly refusal = undefined;

  append(record: EventRecord, done: () => void = () => {}): number {
    const sequence = this.records.length + 1;
    this.records.push({ stream: this.id, epoch: this.epoch, sequence, record });
    for (const wake of this.#waiting) wake();
    done();
    return sequence;
  }

  async read(from: number, limit: ReadLimit): Promise<ReadResult> {
    if (this.failingReads > 0) {
      this.failingReads -= 1;
      throw new Error('the disk does not answer');
    }
    const records: StoredRecord[] = [];
    let bytes = 0;
    let nextSequence = from;
    for (const stored of this.records.slice(from - 1)) {
      if (!this.isLost(stored.sequence)) {
        bytes += stored.record.payload.length;
        if (records.length === limit.maxEvents || (records.length > 0 && bytes > limit.maxBytes)) break;
        records.push(stored);
      }
      nextSequence = stored.sequence + 1;
    }
    const passed = this.lost.filter((range) => range.to >= from && range.from < nextSequence);
    const lost = passed.map((range) => ({
      ...range,
      from: Math.max(range.from, from),
      to: Math.min(range.to, nextSequence - 1),
    }));
    return { records, lost, nextSequence };
  }

  /** Retention takes what is left up to `to`. */
  lose(to: number): void {
    const from = (this.lost.at(-1)?.to ?? 0) + 1;
    if (from <= to) this.lost.push({ from, to, epoch: this.epoch, reason: 'quota' });
  }

  isLost(sequence: number): boolean {
    return this.lost.some((range) => range.from <= sequence && sequence <= range.to);
  }

  locate(): Promise<number> {
    return Promise.reject(new Error('no sink looks anything up'));
  }

  waitFor(sequence: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.syncedSequence < sequence && !signal.aborted) return;
        this.#waiting.delete(check);
        signal.removeEventListener('abort', check);
        resolve();
      };
      this.#waiting.add(check);
      signal.addEventListener('abort', check);
      check();
    });
  }
}

/** See {@link FakeJournal}. */
export class FakeCursor implements Cursor {
  acknowledgedSequence: number;
  forwardedSequence: number;
  ranges: readonly AcknowledgedRange[];
  #filterState: () => Uint8Array | undefined;
  /** What a restart would find. */
  persisted: CursorMemory;
  onAdvance: (acknowledgedSequence: number, forwardedSequence: number, ranges: readonly AcknowledgedRange[]) => void =
    () => {};

  constructor(acknowledgedSequence: number, forwardedSequence = 0, extras: Partial<CursorMemory> = {}) {
    this.acknowledgedSequence = acknowledgedSequence;
    this.forwardedSequence = forwardedSequence;
    this.ranges = extras.ranges ?? [];
    this.#filterState = () => extras.filterState;
    this.persisted = { acknowledgedSequence, forwardedSequence, ranges: this.ranges, filterState: extras.filterState };
  }

  get filterState(): Uint8Array | undefined {
    return this.#filterState();
  }

  advance(acknowledgedSequence: number, forwardedSequence: number, extras: CursorExtras = {}): void {
    invariant(acknowledgedSequence >= this.acknowledgedSequence, 'a cursor never goes back');
    this.acknowledgedSequence = acknowledgedSequence;
    this.forwardedSequence = forwardedSequence;
    this.ranges = extras.ranges ?? [];
    this.#filterState = extras.filterState ?? (() => undefined);
    this.onAdvance(acknowledgedSequence, forwardedSequence, this.ranges);
  }

  async persist(): Promise<void> {
    const { acknowledgedSequence, forwardedSequence, ranges, filterState } = this;
    this.persisted = { acknowledgedSequence, forwardedSequence, ranges, filterState };
  }
}

/** What a cursor has on disk. */
interface CursorMemory {
  readonly acknowledgedSequence: number;
  readonly forwardedSequence: number;
  readonly ranges: readonly AcknowledgedRange[];
  readonly filterState: Uint8Array | undefined;
}
