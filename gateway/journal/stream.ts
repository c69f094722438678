import { invariant, type WaystationError } from '#gateway/model/errors.ts';
import type { Epoch, EventRecord, Stamp, StreamId } from '#gateway/model/message.ts';
import { parseEpoch } from '#gateway/model/names.ts';
import type { StreamStatus } from '#gateway/model/status.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import { type ClockRuns, latestMsOf } from './clock-runs.ts';
import { type CursorPosition, reachOf } from './cursor-position.ts';
import { createEpochRecord } from './epoch-record.ts';
import type { AppendDone, LostRange, ReadLimit, ReadResult, SyncMode, TrimmableStream } from './journal.ts';
import type { StreamPlace } from './load-segment.ts';
import { locateInTime } from './locate-in-time.ts';
import { LossLog } from './loss-log.ts';
import { type RecoveredStream, recoverStream } from './recover-stream.ts';
import type { Segment } from './segment.ts';
import type { SegmentHeader } from './segment-header.ts';
import { SegmentStore } from './segment-store.ts';
import { StreamReader } from './stream-reader.ts';
import { type Room, StreamWriter, type StreamWriterOptions, type WriterCounters } from './stream-writer.ts';

/** What a stream is opened with. */
export interface OpenStreamOptions extends StreamPlace {
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** The furthest cursor on this stream. */
  readonly furthestCursor: CursorPosition | undefined;
  /** See `OpenJournalOptions.machine`. */
  readonly machine: string | undefined;
  readonly sync: SyncMode;
  readonly lingerMs: number;
  readonly segmentBytes: number;
  readonly mayCompress: boolean;
  /** For looking up by time. */
  readonly clockRuns: () => ClockRuns;
  /** Who sees to it that there is room. */
  readonly room: Room;
  /** See `SlotPlace`: for the list of losses. */
  readonly makeRoom: () => Promise<boolean>;
}

/** Recovers a stream and makes it ready for appending and reading. @throws WaystationError `journal.unknownFormat` */
export async function openStream(options: OpenStreamOptions): Promise<Stream> {
  const recovered = await recoverStream(options);
  const losses = await LossLog.open(options);
  for (const range of recovered.damaged) await losses.report(range);
  const start = continueOrBeginEpoch(options, recovered);
  if (start.lost !== undefined) await losses.report(start.lost);
  const store = new SegmentStore({ ...options, ...start, recovered });
  const tail = start.epoch === recovered.active?.segment.header.epoch ? recovered.active : undefined;
  const active = tail && (await store.reopen(tail));
  return new Stream(options, recovered, losses, { ...start, store, active });
}

/** One durable lane: a writer and a reader over the same segments. */
export class Stream implements TrimmableStream, AsyncDisposable {
  readonly id: StreamId;
  readonly epoch: Epoch;
  /** Its files: what retention works on. */
  readonly store: SegmentStore;
  readonly #options: OpenStreamOptions;
  readonly #wasTailCut: boolean;
  /** What it has lost for good: retention adds to it. */
  readonly lossLog: LossLog;
  readonly #writer: StreamWriter;
  readonly #reader: StreamReader;
  readonly #waiting = new Set<Waiting>();

  constructor(options: OpenStreamOptions, recovered: RecoveredStream, losses: LossLog, start: StreamStart) {
    this.id = options.stream;
    this.epoch = start.epoch;
    this.store = start.store;
    this.#options = options;
    this.#wasTailCut = recovered.wasTailCut;
    this.lossLog = losses;
    this.#writer = new StreamWriter({
      ...options,
      ...start,
      epochRecord: createEpochRecord(options.stream, start),
      onSynced: () => this.#wake(),
    });
    this.#reader = new StreamReader({
      ...options,
      epoch: start.epoch,
      losses,
      segments: start.store.segments,
      syncedSequence: () => this.#writer.syncedSequence,
    });
  }

  get syncedSequence(): number {
    return this.#writer.syncedSequence;
  }

  get oldestSequence(): number {
    const [oldest] = this.store.segments;
    const behindLast = this.syncedSequence + 1;
    return Math.min(oldest?.header.firstSequence ?? behindLast, behindLast);
  }

  get losses(): readonly LostRange[] {
    return this.lossLog.ranges;
  }

  get unsyncedCount(): number {
    return this.#writer.unsyncedCount;
  }

  get refusal(): WaystationError | undefined {
    return this.#writer.failure;
  }

  append(record: EventRecord, done: AppendDone): number {
    return this.#writer.append(record, done);
  }

  read(from: number, limit: ReadLimit): Promise<ReadResult> {
    return this.#reader.read(from, limit);
  }

  locate(unixMs: number): Promise<number> {
    const { clockRuns } = this.#options;
    const mayBeBefore = (stamp: Stamp) => latestMsOf(clockRuns(), stamp) < unixMs;
    const firstSequences = this.store.segments.map(({ header }) => header.firstSequence);
    return locateInTime(this, firstSequences, mayBeBefore);
  }

  waitFor(sequence: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted || this.syncedSequence >= sequence) return resolve();
      const waiting = {
        sequence,
        finish: () => {
          this.#waiting.delete(waiting);
          signal.removeEventListener('abort', waiting.finish);
          resolve();
        },
      };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', waiting.finish);
    });
  }

  /** Takes the oldest segment away, once nobody reads it: see `SegmentStore.dropOldest`. */
  dropOldest(): Promise<void> {
    return this.#reader.dropOldest(() => this.store.dropOldest());
  }

  get sizeBytes(): number {
    return this.store.sizeBytes;
  }

  async trim(beforeSequence: number): Promise<void> {
    const isPast = (next: Segment | undefined) => next !== undefined && next.header.firstSequence <= beforeSequence;
    while (isPast(this.store.segments[1])) await this.dropOldest();
  }

  /** Counted since the start, over all that was appended. */
  get counters(): Readonly<WriterCounters> {
    return this.#writer.counters;
  }

  /** Whether it is its quota alone that keeps records out. */
  get isAtQuota(): boolean {
    return this.#writer.failure?.code === 'journal.quota';
  }

  get state(): StreamStatus['state'] {
    const { failure } = this.#writer;
    if (failure === undefined) return 'ok';
    return failure.code === 'journal.failed' ? 'failed' : 'full';
  }

  status(): StreamStatus {
    const { segments, sizeBytes, freeBytes } = this.store;
    const { sync } = this.#options;
    const { failure } = this.#writer;
    return {
      id: this.id,
      state: this.state,
      epoch: this.epoch,
      oldestSequence: this.oldestSequence,
      syncedSequence: this.syncedSequence,
      sizeBytes: sizeBytes + freeBytes,
      segmentCount: segments.length,
      wasTailCut: this.#wasTailCut,
      lossBoundMs: sync === 'always' ? 0 : sync.everyMs,
      ...(failure === undefined ? {} : { lastError: failure.summary }),
    };
  }

  /** Refuses new records, waits for those accepted and for running reads. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#reader.close();
    await this.lossLog.close();
  }

  #wake(): void {
    for (const waiting of this.#waiting) {
      if (this.syncedSequence >= waiting.sequence) waiting.finish();
    }
  }
}

interface Waiting {
  readonly sequence: number;
  readonly finish: () => void;
}

interface StreamStart extends EpochStart {
  readonly store: SegmentStore;
  readonly active: StreamWriterOptions['active'];
}

/** Under which epoch, and from where, a stream goes on. */
export interface EpochStart {
  readonly epoch: Epoch;
  readonly previous: SegmentHeader['previous'];
  readonly syncedSequence: number;
  /** What the previous epoch once held and the journal does not. */
  readonly lost?: LostRange;
}

/**
 * The epoch goes on if the journal has come as far as every cursor, its newest segment can be read, and this is the machine that
 * wrote it: a copy that runs elsewhere gives the same sequences to other records [J3].
 */
function continueOrBeginEpoch(options: OpenStreamOptions, recovered: RecoveredStream): EpochStart {
  const { furthestCursor, machine } = options;
  const { lastSequence, claimedSequence, isTailKnown } = recovered;
  const last = recovered.segments.at(-1)?.header;
  const seenSequence = furthestCursor === undefined ? 0 : reachOf(furthestCursor);
  const isBehind = seenSequence > lastSequence;
  const isElsewhere = machine !== undefined && last?.machine !== undefined && machine !== last.machine;
  if (last !== undefined && isTailKnown && !isBehind && !isElsewhere) {
    return { epoch: last.epoch, previous: last.previous, syncedSequence: lastSequence };
  }
  const epoch = randomEpoch(options);
  const syncedSequence = Math.max(lastSequence, claimedSequence, seenSequence);
  const previousEpoch = isBehind ? furthestCursor?.epoch : last?.epoch;
  const previous = previousEpoch && { epoch: previousEpoch, lastSequence: syncedSequence };
  if (syncedSequence === lastSequence) return { epoch, previous, syncedSequence };
  const reason = claimedSequence > lastSequence ? ('damaged' as const) : ('epoch' as const);
  const lost = { from: lastSequence + 1, to: syncedSequence, epoch: previousEpoch ?? epoch, reason };
  return { epoch, previous, syncedSequence, lost };
}

function randomEpoch({ randomBytes }: OpenStreamOptions): Epoch {
  const epoch = parseEpoch(Buffer.from(randomBytes(EPOCH_BYTES)).toString('hex'));
  invariant(epoch !== undefined, `An epoch is drawn from ${EPOCH_BYTES} random bytes.`);
  return epoch;
}

const EPOCH_BYTES = 8;
