import type { AppendDone, TrimmableStream } from '#gateway/journal/journal.ts';
import {
  LAZY_WRITE_MS,
  MAX_PENDING_STATE_BYTES,
  MAX_STATE_RECORD_BYTES,
  MAX_STATE_VALUE_BYTES,
  MIN_STATE_LOG_BYTES,
  STATE_LOG_FACTOR,
  STATE_READ_LIMIT,
} from '#gateway/journal/limits.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Stamp } from '#gateway/model/message.ts';
import type { StateStatus } from '#gateway/model/status.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { appendStateRecords } from './append-state-records.ts';
import { PendingChanges } from './pending-changes.ts';
import { type OnChange, recoverState } from './recover-state.ts';
import { StateCompaction } from './state-compaction.ts';
import type { StateIndex } from './state-index.ts';
import type { StateMap } from './state-map.ts';
import { StateReader } from './state-reader.ts';
import { decodeStateRecord } from './state-record.ts';

/** What a map is opened with. */
export interface StateMapOptions {
  /** Holds nothing but this map: see `StatefulJournal.openBuiltIn`. It is closed by its owner, after the map. */
  readonly stream: TrimmableStream;
  readonly clock: Clock;
  readonly stamp: () => Stamp;
  readonly logger: Logger;
  /** How long a change may wait for others before it is written; `LAZY_WRITE_MS` unless stated. */
  readonly lazyWriteMs?: number;
  /** What the log may take beside its newest values and the room above them; `MIN_STATE_LOG_BYTES` unless stated. */
  readonly minLogBytes?: number;
  /** What is written as one record, and copied at a time; `MAX_STATE_RECORD_BYTES` unless stated. */
  readonly maxRecordBytes?: number;
  /** What the log may take for each byte of its newest values, above `minLogBytes`; `STATE_LOG_FACTOR` unless stated. */
  readonly logFactor?: number;
  /**
   * Is told of every change that the log holds while it is read through, in their order: the last one of a key counts. For who needs
   * no values, and so no second reading by `load`.
   */
  readonly onChange?: OnChange;
}

/** Reads the log of a map through, and makes it ready. Closing writes what is pending. @throws WaystationError `journal.failed` */
export async function openStateMap({ onChange = () => {}, ...options }: StateMapOptions): Promise<StateMap> {
  const bounds = {
    lazyWriteMs: LAZY_WRITE_MS,
    minLogBytes: MIN_STATE_LOG_BYTES,
    maxRecordBytes: MAX_STATE_RECORD_BYTES,
    logFactor: STATE_LOG_FACTOR,
  };
  const index = await recoverState(options.stream, options.logger, onChange);
  return new LoggedStateMap({ ...bounds, ...options }, index);
}

type MapOptions = Required<Omit<StateMapOptions, 'onChange'>>;

/** One thing at a time: a write of all that is pending, then a step of compaction. */
class LoggedStateMap implements StateMap {
  beforeWrite: (() => void) | undefined;
  readonly #options: MapOptions;
  readonly #index: StateIndex;
  readonly #compaction: StateCompaction;
  readonly #reader: StateReader;
  #pending = new PendingChanges();
  #waiting: AppendDone[] = [];
  /** What is being written, and who waits for nothing more. */
  #writing = new PendingChanges();
  #waitingForWrite: AppendDone[] = [];
  /** Of writes that failed: nobody knows whether they stand in the log, until the next one does. */
  #doubtful = new Set<string>();
  #running: Promise<void> | undefined;
  #cancelTimer: Cancel | undefined;
  #isDue = false;
  #isClosed = false;
  #failure: WaystationError | undefined;
  #writtenBytes = 0;

  constructor(options: MapOptions, index: StateIndex) {
    this.#options = options;
    this.#index = index;
    this.#compaction = new StateCompaction({ ...options, index });
    this.#reader = new StateReader(options.stream, index);
  }

  async load(visit: (key: string, value: Buffer) => void): Promise<void> {
    const { stream } = this.#options;
    for (let from = stream.oldestSequence; from <= stream.syncedSequence; ) {
      const { records, nextSequence } = await stream.read(from, STATE_READ_LIMIT);
      for (const { sequence, record } of records) {
        const decoded = decodeStateRecord(record);
        if (typeof decoded !== 'object') continue;
        for (const { key, value } of decoded.changes) {
          if (value !== undefined && this.#index.isNewest(key, sequence)) visit(key, value);
        }
      }
      from = nextSequence;
    }
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    for (const changes of [this.#pending, this.#writing]) if (changes.has(key)) return changes.get(key);
    return await this.#reader.read(key);
  }

  set(key: string, value: Uint8Array): void {
    if (value.length > MAX_STATE_VALUE_BYTES) {
      this.#forget(key, value.length);
      return;
    }
    this.#pending.put(key, value);
    this.#writeLater();
  }

  delete(key: string): void {
    if (this.#mayBeStored(key)) this.#pending.put(key, undefined);
    else this.#pending.drop(key);
    this.#writeLater();
  }

  settle(done: AppendDone): void {
    if (this.#isClosed) done(new WaystationError('journal.closed', 'Keeping a change: the state is closed.'));
    else if (this.#pending.count > 0 || this.#waiting.length > 0) {
      this.#waiting.push(done);
      this.#hurry();
    } else if (this.#writing.count > 0) this.#waitingForWrite.push(done);
    else done();
  }

  get isFull(): boolean {
    return this.#failure !== undefined && this.#pendingBytes >= MAX_PENDING_STATE_BYTES;
  }

  status(): StateStatus {
    return {
      keyCount: this.#index.keyCount,
      pendingCount: this.#pending.count + this.#writing.count,
      pendingBytes: this.#pendingBytes,
      sizeBytes: this.#options.stream.sizeBytes,
      liveBytes: this.#index.liveBytes,
      writtenBytes: this.#writtenBytes,
      copiedBytes: this.#compaction.copiedBytes,
      ...(this.#failure === undefined ? {} : { lastError: this.#failure.summary }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#pending.count > 0) this.#hurry();
    this.#isClosed = true;
    await this.#running;
    this.#cancelTimer?.();
    if (this.#pending.count === 0) return;
    const fields = { count: this.#pending.count, error: this.#failure };
    this.#options.logger.error(fields, 'Changes of the state could not be written at closing; they are lost.');
  }

  /** What no record holds is not remembered; nor is what it replaces. */
  #forget(key: string, sizeBytes: number): void {
    const fields = { key, sizeBytes, maxBytes: MAX_STATE_VALUE_BYTES };
    this.#options.logger.warn(fields, 'A value is too large for the state: it does not outlive the process.');
    this.delete(key);
  }

  /** Whether the log may say that the key has a value, once what is under way has come to its end. */
  #mayBeStored(key: string): boolean {
    if (this.#doubtful.has(key)) return true;
    return this.#writing.has(key) ? this.#writing.get(key) !== undefined : this.#index.has(key);
  }

  get #pendingBytes(): number {
    return this.#pending.sizeBytes + this.#writing.sizeBytes;
  }

  #writeLater(): void {
    if (this.#cancelTimer !== undefined || this.#pending.count === 0 || this.#isClosed) return;
    const { clock, lazyWriteMs } = this.#options;
    this.#cancelTimer = clock.schedule(lazyWriteMs, () => this.#hurry());
  }

  #hurry(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#isDue = true;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    do {
      await endOfTurn();
      if (this.#isDue) await this.#write();
      // In turns: whoever writes without a pause must not keep the log from becoming shorter.
      if (this.#compaction.isDue && !this.#isClosed) await this.#compaction.step();
    } while (this.#isDue || (this.#compaction.isDue && !this.#isClosed));
    this.#running = undefined;
    // What failed, and what came without anybody who waits for it.
    this.#writeLater();
  }

  async #write(): Promise<void> {
    this.#isDue = false;
    if (this.#pending.count > 0) this.beforeWrite?.();
    this.#writing = this.#pending;
    this.#waitingForWrite = this.#waiting;
    this.#pending = new PendingChanges();
    this.#waiting = [];
    const { stream, stamp, maxRecordBytes } = this.#options;
    const result = await appendStateRecords(stream, this.#writing, { stamp: stamp(), isCopy: false, maxRecordBytes });
    if (result instanceof WaystationError) this.#takeBack(result);
    else {
      for (const [key, place] of result.places) this.#index.apply(key, place);
      this.#doubtful.clear();
      this.#writtenBytes += result.sizeBytes;
      this.#compaction.allow(result.sizeBytes);
      this.#failure = undefined;
    }
    this.#writing = new PendingChanges();
    const answered = this.#waitingForWrite;
    this.#waitingForWrite = [];
    for (const done of answered) done(this.#failure);
  }

  /** What could not be written is pending again, less what has been changed since. */
  #takeBack(failure: WaystationError): void {
    this.#failure = failure;
    const changed = this.#pending;
    this.#pending = this.#writing;
    for (const key of this.#writing.keys()) this.#doubtful.add(key);
    for (const [key, value] of changed) this.#pending.put(key, value);
  }
}

/** Lets everything that this turn of the event loop still brings join the write. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
