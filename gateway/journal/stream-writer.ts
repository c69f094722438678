import { WaystationError } from '#gateway/model/errors.ts';
import type { EventRecord } from '#gateway/model/message.ts';
import type { ActiveSegment } from './active-segment.ts';
import type { AppendDone } from './journal.ts';
import { MAX_COMMIT_ATTEMPTS, MAX_PENDING_BYTES, MAX_PENDING_RECORDS, MAX_RECORD_BYTES } from './limits.ts';
import { RecordBatch } from './record-batch.ts';
import type { StreamPlace } from './recover-stream.ts';
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
  /** Called after each group commit, when its records have been answered. */
  readonly onSynced: () => void;
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
 * frame has returned, and that of the folder when the segment is new [J1].
 */
export class StreamWriter {
  readonly counters: WriterCounters = { appended: 0, refused: 0, logicalBytes: 0, frames: 0 };
  readonly #options: StreamWriterOptions;
  /** In the order of their sequences; the first is in flight while `#isWriting`, the last gathers. */
  #batches: RecordBatch[] = [];
  #isWriting = false;
  #pendingBytes = 0;
  #assignedSequence: number;
  #syncedSequence: number;
  #active: ActiveSegment | undefined;
  #running: Promise<void> | undefined;
  #isClosed = false;
  #failure: WaystationError | undefined;

  constructor(options: StreamWriterOptions) {
    this.#options = options;
    this.#assignedSequence = options.syncedSequence;
    this.#syncedSequence = options.syncedSequence;
    this.#active = options.active;
  }

  get syncedSequence(): number {
    return this.#syncedSequence;
  }

  /** Why the last commit failed; until the next one that succeeds. */
  get failure(): WaystationError | undefined {
    return this.#failure;
  }

  /** See `JournalStream.append`. */
  append(record: EventRecord, done: AppendDone): number {
    const refusal = this.#refusal();
    if (refusal !== undefined) return this.#refuse(refusal, done);
    if (this.#assignedSequence === this.#options.previous?.lastSequence) {
      this.#add({ ...this.#options.epochRecord, stamp: record.stamp }, undefined);
    }
    if (!this.#add(record, done)) return this.#refuse(tooLarge(record), done);
    return this.#assignedSequence;
  }

  /** Refuses what comes, and waits for what was accepted. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
    const active = this.#active;
    this.#active = undefined;
    await active?.close();
    await this.#options.store.close();
  }

  #refusal(): WaystationError | undefined {
    if (this.#isClosed) return new WaystationError('journal.closed', 'Appended a record: the journal is closed.');
    const pendingCount = this.#assignedSequence - this.#syncedSequence;
    if (this.#pendingBytes < MAX_PENDING_BYTES && pendingCount < MAX_PENDING_RECORDS) return undefined;
    const waiting = `${pendingCount} records with ${this.#pendingBytes} bytes wait for the disk.`;
    return new WaystationError('journal.full', `Appended a record: ${waiting}`);
  }

  #refuse(error: WaystationError, done: AppendDone): 0 {
    this.counters.refused++;
    done(error);
    return 0;
  }

  #add(record: EventRecord, done: AppendDone | undefined): boolean {
    const batch = this.#gatheringBatch();
    const before = batch.rawBytes;
    if (!batch.add(record, done)) return false;
    this.#pendingBytes += batch.rawBytes - before;
    this.#assignedSequence++;
    this.#running ??= this.#run();
    return true;
  }

  #gatheringBatch(): RecordBatch {
    const last = this.#batches.at(-1);
    const isInFlight = this.#isWriting && this.#batches.length === 1;
    if (last !== undefined && !last.isFull && !isInFlight) return last;
    const batch = new RecordBatch(this.#assignedSequence + 1);
    this.#batches.push(batch);
    return batch;
  }

  /** Commits batch after batch until none is left. */
  async #run(): Promise<void> {
    await endOfTurn();
    for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
      this.#isWriting = true;
      const failure = batch.recordCount === 0 ? undefined : await this.#commit(batch);
      this.#isWriting = false;
      if (failure === undefined) this.#acknowledge(batch);
      else this.#refuseAll(failure);
    }
    this.#running = undefined;
  }

  #acknowledge(batch: RecordBatch): void {
    this.#batches.shift();
    this.#pendingBytes -= batch.rawBytes;
    this.#syncedSequence = batch.lastSequence;
    if (this.#failure !== undefined) {
      this.#failure = undefined;
      this.#options.logger.info({ stream: this.#options.stream }, 'The disk takes records again.');
    }
    this.counters.appended += batch.recordCount;
    this.counters.logicalBytes += batch.rawBytes;
    batch.settle();
    this.#options.onSynced();
  }

  /** Gives the sequences of everything unresolved back: the next record gets the first of them [J3]. */
  #refuseAll(failure: WaystationError): void {
    const refused = this.#batches;
    this.#batches = [];
    this.#pendingBytes = 0;
    this.#assignedSequence = this.#syncedSequence;
    // Clients try again all the time: one line when it begins and one when it ends, however long it lasts.
    if (this.#failure?.code !== failure.code) {
      const fields = { stream: this.#options.stream, error: failure };
      this.#options.logger.error(fields, 'Records are refused until the disk takes them again.');
    }
    this.#failure = failure;
    for (const batch of refused) {
      this.counters.refused += batch.recordCount;
      batch.settle(failure);
    }
  }

  /** Writes one frame, each time somewhere else, until it is synced or there is no hope. */
  async #commit(batch: RecordBatch): Promise<WaystationError | undefined> {
    await batch.pack(this.#options.mayCompress);
    const attempted = `Wrote ${batch.recordCount} records to ${this.#options.folder}`;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#write(batch);
        return undefined;
      } catch (cause) {
        if (!isStorageError(cause)) throw cause;
        if (isNoSpace(cause)) return new WaystationError('journal.full', `${attempted}: the disk is full.`, { cause });
        if (this.#failure === undefined) {
          const fields = { stream: this.#options.stream, attempt, error: cause };
          this.#options.logger.error(fields, 'A write or sync failed.');
        }
        if (attempt < MAX_COMMIT_ATTEMPTS) continue;
        const found = `failed ${attempt} times in a row: ${cause.message}`;
        return new WaystationError('journal.failed', `${attempted}: ${found}.`, { cause });
      }
    }
  }

  async #write(batch: RecordBatch): Promise<void> {
    const active = await this.#activeSegmentFor(batch);
    try {
      await active.write(batch);
    } catch (error) {
      // A write that found no space leaves nothing to distrust: its bytes are overwritten, or cut as a torn tail.
      if (!isNoSpace(error)) await this.#abandon(active);
      throw error;
    }
    try {
      await active.sync();
    } catch (error) {
      await this.#abandon(active);
      throw error;
    }
    this.counters.frames++;
  }

  async #activeSegmentFor(batch: RecordBatch): Promise<ActiveSegment> {
    const { store } = this.#options;
    const active = this.#active;
    if (active?.hasRoomFor(batch)) return active;
    this.#active = undefined;
    if (active !== undefined) store.seal(active);
    this.#active = await store.create(batch);
    return this.#active;
  }

  /** A file whose write or sync failed is never written again; what was acknowledged from it stays readable [J6]. */
  async #abandon(active: ActiveSegment): Promise<void> {
    this.#active = undefined;
    await active.close().catch(() => undefined);
    if (active.segment.endOffset === undefined) await this.#options.store.discard(active.segment);
  }
}

/** Lets everything that this turn of the event loop still brings join the batch. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function tooLarge(record: EventRecord): WaystationError {
  const found = `${record.payload.length} bytes of payload on ${record.topic}`;
  return new WaystationError('journal.recordTooLarge', `Appended ${found}: a record holds ${MAX_RECORD_BYTES} bytes.`);
}
