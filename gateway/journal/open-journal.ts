import { CLOCK_STREAM } from '#gateway/model/built-in-streams.ts';
import type { ClockMark } from '#gateway/model/clock-mark.ts';
import { type ErrorCode, invariant, WaystationError } from '#gateway/model/errors.ts';
import type { StreamId } from '#gateway/model/message.ts';
import { MIN_SEGMENTS_PER_QUOTA } from '#gateway/model/quota.ts';
import type { JournalStatus, OrphanedCursor } from '#gateway/model/status.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { DiskCounters, DiskSample } from '#gateway/runtime/disk-counters.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { ClockLog } from './clock-log.ts';
import { type ClockRuns, latestTrustedMsOf } from './clock-runs.ts';
import { Cursors } from './cursors.ts';
import type { Cursor, CursorPlace, CursorStart, StatefulJournal, SyncMode } from './journal.ts';
import { CLOCK_SEGMENT_BYTES, DEFAULT_SEGMENT_BYTES, STATE_SEGMENT_BYTES } from './limits.ts';
import { MeteredStorage } from './metered-storage.ts';
import { owedFrom } from './owed.ts';
import { Reserve } from './reserve.ts';
import type { RetentionLimits } from './retention.ts';
import { Retention } from './retention-driver.ts';
import { BLOCK_BYTES } from './segment-header.ts';
import { isNoSpace, isNotPermitted, isObstructed, isStorageError, type Storage } from './storage.ts';
import { openStream, type Stream } from './stream.ts';
import type { Room } from './stream-writer.ts';
import { wearOf } from './wear.ts';

/** What a journal is opened with. */
export interface OpenJournalOptions {
  /** Holds `streams/` and `cursors/`; made if missing. Absolute. */
  readonly directory: string;
  readonly storage: Storage;
  readonly clock: Clock;
  /** Random bytes for epochs and salts; in production from `node:crypto`. */
  readonly random: (count: number) => Uint8Array;
  readonly logger: Logger;
  /** In the order of the configuration: where all together are too large, the last one gives first. */
  readonly streams: readonly JournalStreamOptions[];
  /** Of all streams together; no bound unless stated. */
  readonly maxBytes?: number;
  readonly diskCounters: DiskCounters;
  /** A stream rolls to a new segment at this size; 16 MiB unless stated. */
  readonly segmentBytes?: number;
  /** Whether frames are stored as zstd when that is smaller; yes unless stated. */
  readonly compress?: boolean;
  /** Terabytes that the card may be written with over its life, as its data sheet states them. */
  readonly enduranceTB?: number | undefined;
  /**
   * Names the machine, 16 hex digits. A journal that another one wrote goes on in a new epoch [J3]. Undefined says nothing: where
   * a machine has no name, a copy cannot be told from the original.
   */
  readonly machine?: string | undefined;
}

/** One stream of a journal. */
export interface JournalStreamOptions {
  readonly id: StreamId;
  /** No bound unless stated. */
  readonly retention?: RetentionLimits;
  /** `always` unless stated. */
  readonly sync?: SyncMode;
  /** How long a batch gathers from its first record on; 0, to the end of the turn, unless stated. */
  readonly lingerMs?: number;
}

/**
 * Opens, and where necessary repairs or makes, the journal in a folder. One process at a time: the caller holds the lock.
 * Closing waits for what was appended; appends after that are refused with `journal.closed`.
 *
 * @throws WaystationError `journal.unknownFormat` if a newer version has written there [J13], `dataDir.unwritable`, `dataDir.obstructed`, `journal.full`, `journal.failed`
 */
export function openJournal(options: OpenJournalOptions): Promise<StatefulJournal> {
  return orExplained(open(options), options);
}

async function orExplained<T>(opening: Promise<T>, { directory }: Pick<OpenJournalOptions, 'directory'>): Promise<T> {
  try {
    return await opening;
  } catch (cause) {
    if (!isStorageError(cause)) throw cause;
    throw new WaystationError(codeOf(cause), `Opening the journal in ${directory}: ${cause.message}`, { cause });
  }
}

function codeOf(cause: Error): ErrorCode {
  if (isNotPermitted(cause)) return 'dataDir.unwritable';
  if (isObstructed(cause)) return 'dataDir.obstructed';
  return isNoSpace(cause) ? 'journal.full' : 'journal.failed';
}

async function open(asked: OpenJournalOptions): Promise<StatefulJournal> {
  const meter = startMeter(asked);
  const { storage } = meter;
  const options = { ...asked, storage };
  const { directory } = options;
  const cursorFolder = `${directory}/cursors`;
  const streamIds = [CLOCK_STREAM, ...options.streams.map(({ id }) => id)];
  const streamFolders = streamIds.map((id) => `${directory}/streams/${id}`);
  for (const folder of [cursorFolder, ...streamFolders]) await storage.makeDirectory(folder);

  const reserve = new Reserve(options);
  const makeRoom = () => reserve.giveUp();
  const cursors = await Cursors.load({ ...options, folder: cursorFolder, makeRoom });
  let clock: ClockLog | undefined;
  const retention = new Retention({
    ...options,
    ...{ cursors, reserve, maxBytes: options.maxBytes ?? Infinity },
    latestTrustedMsOf: (stamp) => latestTrustedMsOf(clock?.runs ?? [], stamp),
    trustedNow: () => clock?.trustedNow(options.clock.monotonicMs()),
  });
  const openOne = (
    { id, sync, lingerMs }: JournalStreamOptions,
    segmentBytes: number,
    room: Room,
    mayCompress = true,
  ) =>
    openStream({
      ...options,
      stream: id,
      folder: `${directory}/streams/${id}`,
      randomBytes: options.random,
      furthestCursor: cursors.furthest(id),
      segmentBytes,
      mayCompress: mayCompress && (options.compress ?? true),
      machine: options.machine,
      clockRuns: () => clock?.runs ?? [],
      sync: sync ?? 'always',
      lingerMs: lingerMs ?? 0,
      room,
      makeRoom,
    });
  const streams = new Map<StreamId, Stream>();
  for (const each of options.streams) {
    const { id, retention: limits = NO_LIMITS } = each;
    const quotaShare = blocksOf(limits.maxBytes / MIN_SEGMENTS_PER_QUOTA);
    const segmentBytes = Math.min(options.segmentBytes ?? DEFAULT_SEGMENT_BYTES, quotaShare);
    const stream = await openOne(each, segmentBytes, retention.roomFor(id));
    streams.set(id, stream);
    retention.add(stream, limits);
  }
  // The built-in streams see to their size themselves: they know what of them is still needed.
  const selfKept = (id: StreamId) => ({ ...retention.roomFor(id), makeRoom: async () => undefined });
  const clockStream = await openOne({ id: CLOCK_STREAM }, CLOCK_SEGMENT_BYTES, selfKept(CLOCK_STREAM));
  clock = await ClockLog.load(clockStream, options.logger);
  // Last of all, and with it the reserve: what has a file of its own is worth more.
  await retention.start();
  const openBuiltIn = async (id: StreamId, segmentBytes: number, mayCompress: boolean) => {
    await storage.makeDirectory(`${directory}/streams/${id}`);
    const bytes = blocksOf(Math.min(options.segmentBytes ?? segmentBytes, segmentBytes));
    return openOne({ id }, bytes, selfKept(id), mayCompress);
  };
  const parts = { streams, cursors, clock, retention, reserve, meter };
  return new OpenJournal({ ...parts, openBuiltIn: (...asked) => orExplained(openBuiltIn(...asked), options) });
}

const NO_LIMITS: RetentionLimits = { maxBytes: Infinity, overflow: 'dropOldest' };
/** As many whole blocks as fit; a segment has at least a header, a footer and something between. */
function blocksOf(sizeBytes: number): number {
  return Math.max(MIN_SEGMENT_BLOCKS, Math.floor(sizeBytes / BLOCK_BYTES)) * BLOCK_BYTES;
}

const MIN_SEGMENT_BLOCKS = 4;

interface Parts {
  readonly streams: ReadonlyMap<StreamId, Stream>;
  readonly cursors: Cursors;
  readonly clock: ClockLog;
  readonly openBuiltIn: (id: StreamId, segmentBytes: number, mayCompress: boolean) => Promise<Stream>;
  readonly retention: Retention;
  readonly reserve: Reserve;
  readonly meter: Meter;
}

/** What the status needs to tell the wear of the card. */
interface Meter extends Pick<OpenJournalOptions, 'diskCounters' | 'clock' | 'enduranceTB'> {
  readonly storage: MeteredStorage;
  readonly startedMs: number;
  readonly first: DiskSample;
}

function startMeter({ storage, diskCounters, clock, enduranceTB }: OpenJournalOptions): Meter {
  const started = { startedMs: clock.monotonicMs(), first: diskCounters.sample() };
  return { storage: new MeteredStorage(storage), diskCounters, clock, enduranceTB, ...started };
}

class OpenJournal implements StatefulJournal {
  readonly streams: readonly Stream[];
  readonly builtIn: Stream[] = [];
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.streams = [...parts.streams.values()];
    this.#parts = parts;
  }

  get clockRuns(): ClockRuns {
    return this.#parts.clock.runs;
  }

  async openBuiltIn(id: StreamId, segmentBytes = STATE_SEGMENT_BYTES, mayCompress = true): Promise<Stream> {
    const known = this.builtIn.find((stream) => stream.id === id);
    if (known !== undefined) return known;
    const stream = await this.#parts.openBuiltIn(id, Math.min(segmentBytes, STATE_SEGMENT_BYTES), mayCompress);
    this.builtIn.push(stream);
    return stream;
  }

  markClock(mark: ClockMark): void {
    this.#parts.clock.add(mark);
  }

  watchClock(listener: () => void): () => void {
    return this.#parts.clock.watch(listener);
  }

  stream(id: StreamId): Stream {
    const stream = this.#parts.streams.get(id);
    invariant(stream !== undefined, `Stream ${id} is not configured.`);
    return stream;
  }

  async openCursor(sink: string, stream: StreamId, from: CursorStart): Promise<Cursor> {
    return await this.#parts.cursors.open(sink, this.stream(stream), from);
  }

  cursorPlaces(): readonly CursorPlace[] {
    return this.#parts.cursors.places;
  }

  orphans(): readonly OrphanedCursor[] {
    const { cursors, streams } = this.#parts;
    return cursors.orphans().map((orphan) => {
      const stream = streams.get(orphan.stream);
      if (stream === undefined) return orphan;
      return { ...orphan, backlogCount: owedFrom(stream, orphan.acknowledgedSequence + 1).backlogCount };
    });
  }

  async forget(sink: string): Promise<void> {
    if (!this.orphans().some((orphan) => orphan.sink === sink)) {
      const isKnown = this.cursorPlaces().some((place) => place.sink === sink);
      if (!isKnown) throw new WaystationError('sink.unknown', `Forgetting ${sink}: there is no such sink.`);
      throw new WaystationError('sink.configured', `Forgetting ${sink}: it is configured.`);
    }
    await this.#parts.cursors.forget(sink).catch((cause: unknown) => {
      if (!isStorageError(cause)) throw cause;
      throw new WaystationError('journal.failed', `Forgetting the cursors of ${sink}: ${cause.message}`, { cause });
    });
  }

  status(): JournalStatus {
    const orphans = this.orphans();
    const sum = (count: (stream: Stream) => number) => this.streams.reduce((total, each) => total + count(each), 0);
    const { meter, reserve } = this.#parts;
    const { storage, diskCounters, clock, startedMs, first, enduranceTB } = meter;
    const appendedCount = sum(({ counters }) => counters.appended);
    // What found no room at the start may have been wrong: whoever gets a record in knows better.
    const shortage = appendedCount === 0 ? reserve.shortage : undefined;
    return {
      state: shortage === undefined ? commonState(this.#allStreams) : 'full',
      ...(shortage && { lastError: shortage.summary }),
      streams: [
        ...this.streams.map((stream) => stream.status()),
        ...this.builtIn.map((stream) => ({ ...stream.status(), isBuiltIn: true as const })),
      ],
      ...(orphans.length === 0 ? {} : { orphans }),
      appendedCount,
      refusedCount: sum(({ counters }) => counters.refused),
      frameCount: sum(({ counters }) => counters.frames),
      syncCount: storage.syncCount,
      writtenBytes: storage.writtenBytes,
      wear: wearOf({
        observedMs: clock.monotonicMs() - startedMs,
        logicalBytes: sum(({ counters }) => counters.logicalBytes),
        journalBytes: storage.writtenBytes,
        deviceName: diskCounters.deviceName,
        first,
        now: diskCounters.sample(),
        enduranceTB,
      }),
    };
  }

  get #allStreams(): readonly Stream[] {
    return [...this.streams, ...this.builtIn];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { clock, cursors, retention } = this.#parts;
    await retention[Symbol.asyncDispose]();
    for (const part of [...this.#allStreams, clock]) await part[Symbol.asyncDispose]();
    await cursors.close();
  }
}

/** The disk is that of all streams, a quota that of one. */
function commonState(streams: readonly Stream[]): JournalStatus['state'] {
  const states = streams.filter(({ isAtQuota }) => !isAtQuota).map(({ state }) => state);
  if (states.includes('failed')) return 'failed';
  return states.includes('full') || (states.length === 0 && streams.length > 0) ? 'full' : 'ok';
}
