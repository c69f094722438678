import { type ErrorCode, invariant, WaystationError } from '#gateway/model/errors.ts';
import type { StreamId } from '#gateway/model/message.ts';
import type { JournalStatus } from '#gateway/model/status.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { Cursors } from './cursors.ts';
import type { Cursor, CursorStart, Journal } from './journal.ts';
import { DEFAULT_SEGMENT_BYTES } from './limits.ts';
import { isNoSpace, isNotPermitted, isStorageError, type Storage } from './storage.ts';
import { openStream, type Stream } from './stream.ts';

/** What a journal is opened with. */
export interface OpenJournalOptions {
  /** Holds `streams/` and `cursors/`; made if missing. Absolute. */
  readonly directory: string;
  readonly storage: Storage;
  readonly clock: Clock;
  /** Random bytes for epochs and salts; in production from `node:crypto`. */
  readonly random: (count: number) => Uint8Array;
  readonly logger: Logger;
  readonly streams: readonly { readonly id: StreamId }[];
  /** A stream rolls to a new segment at this size; 16 MiB unless stated. */
  readonly segmentBytes?: number;
  /** Whether frames are stored as zstd when that is smaller; yes unless stated. */
  readonly compress?: boolean;
}

/**
 * Opens, and where necessary repairs or makes, the journal in a folder. One process at a time: the caller holds the lock.
 * Closing waits for what was appended; appends after that are refused with `journal.closed`.
 *
 * @throws WaystationError `journal.unknownFormat` if a newer version has written there [J13], `dataDir.unwritable`, `journal.full`, `journal.failed`
 */
export async function openJournal(options: OpenJournalOptions): Promise<Journal> {
  try {
    return await open(options);
  } catch (cause) {
    if (!isStorageError(cause)) throw cause;
    throw new WaystationError(codeOf(cause), `Opened the journal in ${options.directory}: ${cause.message}`, { cause });
  }
}

function codeOf(cause: Error): ErrorCode {
  if (isNotPermitted(cause)) return 'dataDir.unwritable';
  return isNoSpace(cause) ? 'journal.full' : 'journal.failed';
}

async function open(options: OpenJournalOptions): Promise<Journal> {
  const { directory, storage } = options;
  const cursorFolder = `${directory}/cursors`;
  const streamFolders = options.streams.map(({ id }) => `${directory}/streams/${id}`);
  for (const folder of [cursorFolder, ...streamFolders]) await storage.makeDirectory(folder);

  const cursors = await Cursors.load({ ...options, folder: cursorFolder });
  const streams = new Map<StreamId, Stream>();
  for (const { id } of options.streams) {
    const stream = await openStream({
      ...options,
      stream: id,
      folder: `${directory}/streams/${id}`,
      randomBytes: options.random,
      furthestCursor: cursors.furthest(id),
      segmentBytes: options.segmentBytes ?? DEFAULT_SEGMENT_BYTES,
      mayCompress: options.compress ?? true,
    });
    streams.set(id, stream);
  }
  return new OpenJournal(streams, cursors);
}

class OpenJournal implements Journal {
  readonly streams: readonly Stream[];
  readonly #streams: ReadonlyMap<StreamId, Stream>;
  readonly #cursors: Cursors;

  constructor(streams: ReadonlyMap<StreamId, Stream>, cursors: Cursors) {
    this.streams = [...streams.values()];
    this.#streams = streams;
    this.#cursors = cursors;
  }

  stream(id: StreamId): Stream {
    const stream = this.#streams.get(id);
    invariant(stream !== undefined, `Stream ${id} is not configured.`);
    return stream;
  }

  async openCursor(sink: string, stream: StreamId, from: CursorStart): Promise<Cursor> {
    return await this.#cursors.open(sink, this.stream(stream), from);
  }

  status(): JournalStatus {
    const sum = (count: (stream: Stream) => number) => this.streams.reduce((total, each) => total + count(each), 0);
    const worst = this.streams.find(({ state }) => state === 'failed') ?? this.streams.find((s) => s.state === 'full');
    return {
      state: worst?.state ?? 'ok',
      streams: this.streams.map((stream) => stream.status()),
      appendedCount: sum(({ counters }) => counters.appended),
      refusedCount: sum(({ counters }) => counters.refused),
      frameCount: sum(({ counters }) => counters.frames),
      syncCount: sum(({ counters }) => counters.syncs),
      writtenBytes: sum(({ counters }) => counters.writtenBytes),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of this.streams) await stream[Symbol.asyncDispose]();
    await this.#cursors.close();
  }
}
