import { invariant, WaystationError } from '#gateway/model/errors.ts';
import type { EventRecord } from '#gateway/model/message.ts';
import { type Clock, wait } from '#gateway/runtime/clock.ts';
import type { ActiveSegment } from './active-segment.ts';
import { CommitQueue } from './commit-queue.ts';
import type { AppendDone, SyncMode } from './journal.ts';
import {
  COMMIT_RETRY_MS,
  MAX_COMMIT_ATTEMPTS,
  MAX_PENDING_BYTES,
  MAX_PENDING_RECORDS,
  MAX_RECORD_BYTES,
  MAX_UNSYNCED_BYTES,
  MAX_UNSYNCED_RECORDS,
} from './limits.ts';
import type { StreamPlace } from './load-segment.ts';
import type { RecordBatch } from './record-batch.ts';
import type { SegmentHeader } from './segment-header.ts';
import type { SegmentStore } from './segment-store.ts';
import { isNoSpace, isStorageError } from './storage.ts';

/** What a writer starts from. */
export interface StreamWriterOptions extends StreamPlace {
  readonly store: SegmentStore;
  /** The segment to go on in. */
  readonly active: ActiveSegment | undefined;
  /** The epoch before, if there was one: its last sequence is where this one goes on. */
  readonly previous: SegmentHeader['previous'];
  /** Opens an epoch that has a predecessor: the first record [J3]. */
  readonly epochRecord: Omit<EventRecord, 'stamp'>;
  /** The highest sequence known at the start. */
  readonly syncedSequence: number;
  readonly mayCompress: boolean;
  readonly room: Room;
  readonly sync: SyncMode;
  /** How long a batch gathers from its first record on; 0: to the end of the turn. */
  readonly lingerMs: number;
  readonly clock: Clock;
  /** Called after each sync, when its records have been answered. */
  readonly onSynced: () => void;
}

/** Who sees to it that there is room: retention. */
export interface Room {
  /** Before a segment of `sizeBytes` is made. @returns why it must not be; @throws a storage error */
  makeRoom(sizeBytes: number): Promise<WaystationError | undefined>;
  /** When the disk is full. @returns whether there may be room now */
  freePassed(): Promise<boolean>;
}

/** Counted since the start. */
export interface WriterCounters {
  appended: number;
  refused: number;
  /** Records before compression: topic, payload, attributes. */
  logicalBytes: number;
  frames: number;
}

/**
 * Group commit: one frame is being written and synced while the next batch gathers. A record is answered when the sync of its
 * frame has returned, and that of the folder when the segment is new [J1]; where the stream syncs every so often, when the frame
 * is written. Only what is synced may be read, so that nobody has seen what a power cut takes.
 */
export class StreamWriter {
  readonly counters: WriterCounters = { appended: 0, refused: 0, logicalBytes: 0, frames: 0 };
  readonly #options: StreamWriterOptions;
  readonly #queue: CommitQueue;
  #active: ActiveSegment | undefined;
  #running: Promise<void> | undefined;
  #isClosed = false;
  #failure: WaystationError | undefined;
  /** Failures since the last sync. */
  #failureCount = 0;
  /** Whether records were refused since the last sync. */
  #hasGivenUp = false;
  /** What was asked for when the quota was used up. */
  #refusedBytes = 0;
  /** When the batch that is written next has gathered long enough, and what is written has waited long enough for its sync. */
  #writeDueMs = 0;
  #syncDueMs = 0;
  /** When what was answered, and then failed to be synced, is tried again. */
  #resumeMs = 0;
  #hurry: () => void = () => undefined;

  constructor(options: StreamWriterOptions) {
    this.#options = options;
    this.#queue = new CommitQueue(options.syncedSequence, options.store.maxFrameBytes);
    this.#active = options.active;
  }

  get syncedSequence(): number {
    return this.#queue.syncedSequence;
  }

  get unsyncedCount(): number {
    return this.#queue.pendingCount;
  }

  /** Why records are refused; until a commit succeeds, and where the quota was used up, until there is room for a segment. */
  get failure(): WaystationError | undefined {
    return this.#failure;
  }

  /** See `JournalStream.append`. */
  append(record: EventRecord, done: AppendDone): number {
    const refusal = this.#refusal();
    if (refusal !== undefined) return this.#refuse(refusal, done);
    if (this.#queue.assignedSequence === this.#options.previous?.lastSequence) {
      this.#add({ ...this.#options.epochRecord, stamp: record.stamp }, undefined);
    }
    if (!this.#add(record, done)) return this.#refuse(tooLarge(record), done);
    return this.#queue.assignedSequence;
  }

  /** Refuses what comes, and waits for what was accepted. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#hurry();
    await this.#running;
    this.#tellUnsynced();
    const active = this.#active;
    this.#active = undefined;
    await active?.close();
    await this.#options.store.close();
  }

  /** What was answered before its sync, and then never synced. */
  #tellUnsynced(): void {
    const { pendingCount, syncedSequence, assignedSequence } = this.#queue;
    if (pendingCount === 0) return;
    const { stream, logger } = this.#options;
    const fields = { stream, from: syncedSequence + 1, to: assignedSequence, count: pendingCount };
    logger.error(fields, 'Records that were acknowledged could not be synced at closing: a power cut takes them.');
  }

  #refusal(): WaystationError | undefined {
    if (this.#isClosed) return new WaystationError('journal.closed', 'Appending a record: the journal is closed.');
    const { pendingBytes, pendingCount } = this.#queue;
    if (pendingBytes < MAX_PENDING_BYTES && pendingCount < MAX_PENDING_RECORDS) return undefined;
    const waiting = `${pendingCount} records with ${pendingBytes} bytes wait for the disk.`;
    return new WaystationError('journal.full', `Appending a record: ${waiting}`);
  }

  #refuse(error: WaystationError, done: AppendDone): 0 {
    this.counters.refused++;
    done(error);
    return 0;
  }

  #add(record: EventRecord, done: AppendDone | undefined): boolean {
    const { lingerMs, clock } = this.#options;
    const batch = this.#queue.add(record, done);
    if (batch === undefined) return false;
    const isFirst = batch.recordCount === 1;
    if (isFirst) this.#writeDueMs = clock.monotonicMs() + lingerMs;
    // A pause may be for the sync of what came before, which may be due much later.
    if (isFirst || !batch.isOpen) this.#hurry();
    this.#running ??= this.#run();
    return true;
  }

  /** Writes and syncs, each when it is due, until everything is synced. */
  async #run(): Promise<void> {
    await endOfTurn();
    while (this.#queue.pendingCount > 0 && !this.#isHopeless()) {
      try {
        await this.#step();
      } catch (error) {
        await this.#fail(error);
      }
    }
    this.#running = undefined;
  }

  /** The last chance is gone: the stream closes, and what is left cannot be written. What is written is still synced. */
  #isHopeless(): boolean {
    return this.#isClosed && this.#hasGivenUp && !this.#queue.hasWritten;
  }

  async #step(): Promise<void> {
    const { next, hasWritten } = this.#queue;
    if (hasWritten && this.#isSyncDue()) return await this.#sync();
    const restMs = next === undefined ? Number.POSITIVE_INFINITY : this.#restOf(next);
    if (next !== undefined && restMs <= 0) return await this.#write(next);
    const untilSyncMs = hasWritten ? this.#syncDueMs - this.#options.clock.monotonicMs() : Number.POSITIVE_INFINITY;
    await this.#pause(Math.min(restMs, untilSyncMs));
  }

  #isSyncDue(): boolean {
    const { sync, clock } = this.#options;
    if (sync === 'always' || this.#isClosed) return true;
    const unsyncedBytes = this.#active?.unsyncedBytes ?? 0;
    if (unsyncedBytes >= MAX_UNSYNCED_BYTES || this.#queue.pendingCount >= MAX_UNSYNCED_RECORDS) return true;
    return clock.monotonicMs() >= this.#syncDueMs;
  }

  /** How long a batch is still to wait. */
  #restOf(batch: RecordBatch): number {
    if (this.#isClosed) return 0;
    const gatheredMs = batch.isOpen ? this.#writeDueMs : 0;
    const dueMs = batch.isAnswered ? this.#resumeMs : gatheredMs;
    return dueMs === 0 ? 0 : dueMs - this.#options.clock.monotonicMs();
  }

  async #pause(durationMs: number): Promise<void> {
    const waiting = new AbortController();
    this.#hurry = () => waiting.abort();
    await wait(this.#options.clock, durationMs, waiting.signal);
    this.#hurry = () => undefined;
    await endOfTurn();
  }

  /** Writes one frame; after a failure the next attempt goes somewhere else. */
  async #write(batch: RecordBatch): Promise<void> {
    const { mayCompress, sync, clock } = this.#options;
    await batch.pack(mayCompress);
    const active = await this.#activeSegmentFor(batch);
    try {
      await active.write(batch, sync === 'always');
    } catch (error) {
      // A write that found no space leaves nothing to distrust: its bytes are overwritten, or cut as a torn tail.
      if (!isNoSpace(error)) await this.#abandon(active);
      throw error;
    }
    this.counters.frames++;
    if (sync !== 'always') {
      if (!this.#queue.hasWritten) this.#syncDueMs = clock.monotonicMs() + sync.everyMs;
      batch.settle();
    }
    this.#queue.wrote();
  }

  async #sync(): Promise<void> {
    const active = this.#active;
    invariant(active !== undefined, 'What is written stands in the active segment.');
    try {
      await active.sync();
    } catch (error) {
      await this.#abandon(active);
      throw error;
    }
    this.#failureCount = 0;
    this.#hasGivenUp = false;
    if (this.#failure?.code !== 'journal.quota') this.#takeAgain();
    for (const batch of this.#queue.takeSynced()) {
      this.counters.appended += batch.recordCount;
      this.counters.logicalBytes += batch.rawBytes;
      batch.settle();
    }
    this.#options.onSynced();
    if (this.#failure?.code === 'journal.quota') await this.#askForRoom(this.#refusedBytes);
  }

  /** What is small may still fit into the newest segment while the quota is used up: that alone is no end of it. */
  async #askForRoom(sizeBytes: number): Promise<WaystationError | undefined> {
    const refusal = await this.#options.room.makeRoom(sizeBytes);
    this.#refusedBytes = sizeBytes;
    if (this.#failure?.code !== 'journal.quota') return refusal;
    if (refusal === undefined) this.#takeAgain();
    else this.#failure = refusal;
    return refusal;
  }

  #takeAgain(): void {
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#options.logger.info({ stream: this.#options.stream }, 'The stream takes records again.');
  }

  /** @throws WaystationError `journal.quota` if the quota does not allow another segment */
  async #activeSegmentFor(batch: RecordBatch): Promise<ActiveSegment> {
    if (this.#active?.hasRoomFor(batch)) return this.#active;
    if (this.#queue.hasWritten) await this.#sync();
    const { store } = this.#options;
    const refusal = await this.#askForRoom(store.sizeFor(batch));
    if (refusal !== undefined) throw refusal;
    const full = this.#active;
    this.#active = undefined;
    if (full !== undefined) store.seal(full);
    this.#active = await store.create(batch);
    return this.#active;
  }

  /** A file whose write or sync failed is never written again; what was synced in it stays readable [J6]. */
  async #abandon(active: ActiveSegment): Promise<void> {
    this.#active = undefined;
    this.#queue.rewrite();
    await active.close().catch(() => undefined);
    if (active.segment.endOffset === undefined) await this.#options.store.discard(active.segment);
  }

  /** Leaves what failed to the next attempt, or gives up all that nobody has had an answer for. */
  async #fail(cause: unknown): Promise<void> {
    if (cause instanceof WaystationError) return this.#giveUp(cause);
    if (!isStorageError(cause)) throw cause;
    if (isNoSpace(cause) && (await this.#findRoom())) return;
    const { stream, folder, logger } = this.#options;
    const attempt = ++this.#failureCount;
    const attempted = `Writing ${this.#queue.pendingCount} records to ${folder}`;
    if (isNoSpace(cause)) {
      this.#giveUp(new WaystationError('journal.full', `${attempted}: the disk is full.`, { cause }));
      return;
    }
    if (this.#failure === undefined) logger.error({ stream, attempt, error: cause }, 'A write or sync failed.');
    if (attempt < MAX_COMMIT_ATTEMPTS) return;
    const found = `failed ${attempt} times in a row: ${cause.message}`;
    this.#giveUp(new WaystationError('journal.failed', `${attempted}: ${found}.`, { cause }));
  }

  /** On a full disk a file that is used again needs no space: it is gone on in, though the segment is not at its end. */
  async #findRoom(): Promise<boolean> {
    const { room, store } = this.#options;
    const active = this.#active;
    const canGoOn = active !== undefined && store.freeBytes > 0;
    if (!canGoOn && !(await room.freePassed())) return false;
    if (active !== undefined && store.freeBytes > 0) {
      // What holds nothing yet goes, so that each time there is one file less to try.
      if (this.#queue.hasWritten || active.segment.endOffset === undefined) await this.#abandon(active);
      else store.seal(active);
      this.#active = undefined;
    }
    return true;
  }

  #giveUp(failure: WaystationError): void {
    const { stream, logger, clock } = this.#options;
    this.#failureCount = 0;
    this.#hasGivenUp = true;
    // Clients try again all the time: one line when it begins and one when it ends, however long it lasts.
    if (this.#failure?.code !== failure.code) {
      logger.error({ stream, error: failure }, 'The stream refuses records.');
    }
    this.#failure = failure;
    const refused = this.#queue.takeUnanswered();
    this.#resumeMs = clock.monotonicMs() + COMMIT_RETRY_MS;
    for (const batch of refused) {
      this.counters.refused += batch.recordCount;
      batch.settle(failure);
    }
  }
}

/** Lets everything that this turn of the event loop still brings join the batch. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function tooLarge(record: EventRecord): WaystationError {
  const found = `${record.payload.length} bytes of payload on ${record.topic}`;
  return new WaystationError('journal.recordTooLarge', `Appending ${found}: a record holds ${MAX_RECORD_BYTES} bytes.`);
}
