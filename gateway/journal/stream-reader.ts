import { setImmediate } from 'node:timers/promises';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Epoch, EventRecord, StoredRecord } from '#gateway/model/message.ts';
import { type Clock, wait } from '#gateway/runtime/clock.ts';
import { type FrameBody, openBody } from './frame-body.ts';
import { FrameScanner, type ScannedFrame } from './frame-scanner.ts';
import type { LostRange, ReadLimit, ReadResult } from './journal.ts';
import {
  FRAMES_PER_TURN,
  MAX_CACHED_BYTES,
  MAX_CACHED_FRAMES,
  MAX_READ_FILES,
  MAX_READ_POSITIONS,
  READ_LEASE_MS,
} from './limits.ts';
import type { StreamPlace } from './load-segment.ts';
import type { LossLog } from './loss-log.ts';
import { RecentMap } from './recent-map.ts';
import type { Segment } from './segment.ts';
import { loadSegmentIndex } from './segment-footer.ts';
import type { SegmentIndex } from './segment-index.ts';
import { isStorageError, type StorageFile } from './storage.ts';

/** What a reader shares with the writer of its stream. */
export interface StreamReaderOptions extends StreamPlace {
  readonly epoch: Epoch;
  /** By number; the writer adds to it. */
  readonly segments: readonly Segment[];
  readonly clock: Clock;
  /** Knows why records are missing, and is told where they are found to be. */
  readonly losses: LossLog;
  /** The highest sequence that may be read. */
  readonly syncedSequence: () => number;
}

/**
 * Reads records by sequence. It remembers where each read stopped, and the frame there, so that reading on costs no search and
 * decompresses nothing again, however many readers there are at different places. What it remembers is bounded, whatever the
 * backlog [J8]. Reads of one stream run one after the other and never hold up the writer.
 */
export class StreamReader {
  readonly #options: StreamReaderOptions;
  readonly #positions = new RecentMap<number, Position>(MAX_READ_POSITIONS);
  readonly #frames = new RecentMap<string, OpenFrame>(MAX_CACHED_FRAMES, {
    maxWeight: MAX_CACHED_BYTES,
    weightOf: ({ body }) => body.sizeBytes,
  });
  readonly #files = new RecentMap<number, StorageFile>(MAX_READ_FILES);
  #lastRead: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: StreamReaderOptions) {
    this.#options = options;
  }

  /** See `JournalStream.read`. @throws WaystationError `journal.failed` if the disk cannot be read, `journal.closed` */
  read(from: number, limit: ReadLimit): Promise<ReadResult> {
    const read = this.#lastRead.then(() => this.#read(from, limit));
    this.#lastRead = read.catch(() => undefined);
    return read;
  }

  /**
   * Lets go of the oldest segment and runs `drop`, before all reads that are asked for later. A read that takes longer than its
   * lease is not waited for: it finds nothing more in the segment, whose salt is no longer that of the file.
   */
  dropOldest(drop: () => Promise<void>): Promise<void> {
    const dropped = this.#leaseEnd().then(async () => {
      const [oldest] = this.#options.segments;
      this.#positions.deleteWhere(({ segment }) => segment === oldest);
      this.#frames.deleteWhere(({ segment }) => segment === oldest);
      const files = this.#files.deleteWhere((_, number) => number === oldest?.header.number);
      for (const file of files) await file.close();
      await drop();
    });
    this.#lastRead = dropped.catch(() => undefined);
    return dropped;
  }

  async #leaseEnd(): Promise<void> {
    const isDone = new AbortController();
    await Promise.race([this.#lastRead, wait(this.#options.clock, READ_LEASE_MS, isDone.signal)]);
    isDone.abort();
  }

  /** Waits for the reads that have begun. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#lastRead;
    for (const file of this.#files.clear()) await file.close();
  }

  async #read(from: number, limit: ReadLimit): Promise<ReadResult> {
    const { stream, syncedSequence } = this.#options;
    if (this.#isClosed) throw new WaystationError('journal.closed', `Read ${stream}: the journal is closed.`);
    const lastSequence = syncedSequence();
    const selection = new Selection(from, lastSequence, limit);
    if (from > lastSequence) return { records: [], lost: [], nextSequence: from };
    try {
      let isWanted = true;
      let last: OpenFrame | undefined;
      for await (const frame of this.#framesFrom(from)) {
        last = frame;
        isWanted = selection.add(stream, frame);
        if (!isWanted) break;
      }
      if (last !== undefined) this.#remember(last, selection);
      if (isWanted) selection.passTo(lastSequence + 1);
      const { records, nextSequence } = selection;
      return { records, lost: await this.#explain(selection.gaps), nextSequence };
    } catch (cause) {
      if (!isStorageError(cause)) throw cause;
      throw new WaystationError('journal.failed', `Read ${stream} from sequence ${from}: the disk failed.`, { cause });
    }
  }

  /** One frame and one place for each read, however many frames it crossed: more would throw out those of other readers. */
  #remember(last: OpenFrame, selection: Selection): void {
    this.#frames.set(keyOf(last), last);
    this.#positions.set(selection.nextSequence, selection.isPast(last) ? behind(last) : placeOf(last));
  }

  async #explain(gaps: readonly Gap[]): Promise<readonly LostRange[]> {
    const lost: LostRange[] = [];
    for (const { from, to } of gaps) lost.push(...(await this.#options.losses.explain(from, to, this.#epochAt(from))));
    return lost;
  }

  #epochAt(sequence: number): Epoch {
    const { segments, epoch } = this.#options;
    const segment = segments.findLast(({ header }) => header.firstSequence <= sequence) ?? segments[0];
    return segment?.header.epoch ?? epoch;
  }

  /** The frame that holds `sequence`, or the next one there is, and all after it. */
  async *#framesFrom(sequence: number): AsyncGenerator<OpenFrame> {
    let position = await this.#locate(sequence);
    const cached = position === undefined ? undefined : this.#frames.get(keyOf(position));
    if (cached !== undefined) {
      yield cached;
      position = behind(cached);
    }
    while (position !== undefined) {
      yield* this.#framesIn(position, sequence);
      position = this.#after(position.segment);
    }
  }

  /** Where to look for a sequence: where a reader stopped, else by the index of its segment. */
  async #locate(sequence: number): Promise<Position | undefined> {
    const known = this.#positions.get(sequence);
    if (known !== undefined) return known;
    const { segments } = this.#options;
    const segment = segments.findLast(({ header }) => header.firstSequence <= sequence) ?? segments[0];
    if (segment === undefined) return undefined;
    const entry = (await this.#indexOf(segment))?.find(sequence);
    return entry ? { segment, offset: entry.offset, lastSequence: entry.firstSequence - 1 } : startOf(segment);
  }

  /** @returns nothing for a segment that a crash left unsealed */
  async #indexOf(segment: Segment): Promise<SegmentIndex | undefined> {
    if (segment.footer === undefined) return segment.index;
    return loadSegmentIndex(await this.#open(segment), segment.header.salt, segment.footer);
  }

  #after(segment: Segment): Position | undefined {
    const next = this.#options.segments.find(({ header }) => header.number > segment.header.number);
    // A segment without a synced frame may be taken away again.
    return next !== undefined && next.header.firstSequence <= this.#options.syncedSequence()
      ? startOf(next)
      : undefined;
  }

  /** What ends before `from` is known by its header, and passed over as it is. */
  async *#framesIn({ segment, offset, lastSequence }: Position, from: number): AsyncGenerator<OpenFrame> {
    const scanner = new FrameScanner(await this.#open(segment), segment, { offset, lastSequence });
    const successor = this.#after(segment)?.segment.header;
    let known = lastSequence;
    let openedCount = 0;
    for (let frame = await scanner.next(); frame !== undefined; frame = await scanner.next()) {
      const { firstSequence, recordCount } = frame.header;
      // Where two segments hold the same sequence, the later one is right [J6].
      if (successor !== undefined && firstSequence >= successor.firstSequence) return;
      const before = known;
      known = firstSequence + recordCount - 1;
      if (known < from) continue;
      const cached = this.#frames.get(keyOf({ segment, offset: frame.offset }));
      if (cached === undefined && ++openedCount % FRAMES_PER_TURN === 0) await setImmediate();
      const open = cached ?? openFrame(segment, frame, before);
      if (open !== undefined) yield open;
    }
    if (scanner.endReason !== 'unreadable') segment.endOffset ??= scanner.offset;
  }

  async #open(segment: Segment): Promise<StorageFile> {
    const known = this.#files.get(segment.header.number);
    if (known !== undefined) return known;
    const file = await this.#options.storage.open(segment.path, 'read');
    for (const old of this.#files.set(segment.header.number, file)) await old.close();
    return file;
  }
}

/** Where a frame begins, and the last sequence before it. */
interface Position {
  readonly segment: Segment;
  readonly offset: number;
  readonly lastSequence: number;
}

interface Gap {
  readonly from: number;
  readonly to: number;
}

interface OpenFrame extends Position {
  readonly firstSequence: number;
  readonly endOffset: number;
  readonly body: FrameBody;
}

/** @returns nothing if it cannot be read whole */
function openFrame(segment: Segment, { header, offset, endOffset, stored }: ScannedFrame, lastSequence: number) {
  // What is kept must not hold on to all that was read with it.
  const body = openBody(header, header.codec === 'none' ? Buffer.copyBytesFrom(stored) : stored);
  if (typeof body === 'string') return undefined;
  return { segment, offset, endOffset, lastSequence, firstSequence: header.firstSequence, body } satisfies OpenFrame;
}

function startOf(segment: Segment | undefined): Position | undefined {
  return segment && { segment, offset: segment.header.framesOffset, lastSequence: segment.header.firstSequence - 1 };
}

/** Without the body, which the bound on places does not count. */
function placeOf({ segment, offset, lastSequence }: OpenFrame): Position {
  return { segment, offset, lastSequence };
}

function behind(frame: OpenFrame): Position {
  return { segment: frame.segment, offset: frame.endOffset, lastSequence: lastSequenceOf(frame) };
}

function lastSequenceOf({ firstSequence, body }: OpenFrame): number {
  return firstSequence + body.recordCount - 1;
}

function keyOf({ segment, offset }: Pick<Position, 'segment' | 'offset'>): string {
  return `${segment.header.number}:${offset}`;
}

/** What one read takes, within its limits. */
class Selection {
  readonly records: StoredRecord[] = [];
  /** What was passed over because it is not there. */
  readonly gaps: Gap[] = [];
  /** The first sequence neither taken nor passed over. */
  nextSequence: number;
  readonly #lastSequence: number;
  readonly #limit: ReadLimit;
  #sizeBytes = 0;

  constructor(from: number, lastSequence: number, limit: ReadLimit) {
    this.nextSequence = from;
    this.#lastSequence = lastSequence;
    this.#limit = limit;
  }

  /** A record that cannot be read is passed over as one that is not there. @returns whether more is wanted */
  add(stream: StoredRecord['stream'], { segment, firstSequence, body }: OpenFrame): boolean {
    this.passTo(Math.min(firstSequence, this.#lastSequence + 1));
    const end = Math.min(firstSequence + body.recordCount, this.#lastSequence + 1);
    for (let sequence = this.nextSequence; sequence < end; sequence++) {
      if (this.records.length >= this.#limit.maxEvents) return false;
      const record = body.record(sequence - firstSequence);
      if (typeof record === 'string') continue;
      if (!this.#hasRoomFor(record)) return false;
      this.passTo(sequence);
      this.records.push({ stream, epoch: segment.header.epoch, sequence, record });
      this.#sizeBytes += sizeOf(record);
      this.nextSequence = sequence + 1;
    }
    this.passTo(end);
    return this.nextSequence <= this.#lastSequence && this.records.length < this.#limit.maxEvents;
  }

  /** What lies before `sequence` and was not taken is not there. */
  passTo(sequence: number): void {
    if (sequence <= this.nextSequence) return;
    this.gaps.push({ from: this.nextSequence, to: sequence - 1 });
    this.nextSequence = sequence;
  }

  isPast(frame: OpenFrame): boolean {
    return this.nextSequence > lastSequenceOf(frame);
  }

  #hasRoomFor(record: EventRecord): boolean {
    return this.records.length === 0 || this.#sizeBytes + sizeOf(record) <= this.#limit.maxBytes;
  }
}

function sizeOf(record: EventRecord): number {
  return record.payload.length + record.topic.length;
}
