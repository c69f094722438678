import { invariant, WaystationError } from '#gateway/model/errors.ts';
import type { StreamId } from '#gateway/model/message.ts';
import { isSlug } from '#gateway/model/names.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { CursorFile, type CursorPosition, type LoadedCursor } from './cursor-file.ts';
import type { Cursor, CursorStart, JournalStream } from './journal.ts';
import { CURSOR_GATHER_MS, CURSOR_PERSIST_INTERVAL_MS } from './limits.ts';
import { isNoSpace, isStorageError, type Storage } from './storage.ts';

/** What the cursors of a journal need. */
export interface CursorsOptions {
  readonly storage: Storage;
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Every cursor of one journal, each in a file of its own: `<sink>.<stream>.cursor`. */
export class Cursors {
  readonly #options: CursorsOptions;
  readonly #loaded: ReadonlyMap<string, LoadedCursor>;
  readonly #open = new Map<string, Promise<StoredCursor>>();

  private constructor(options: CursorsOptions, loaded: ReadonlyMap<string, LoadedCursor>) {
    this.#options = options;
    this.#loaded = loaded;
  }

  /** Reads every cursor file there is, also those of sinks that are not configured now. */
  static async load(options: CursorsOptions): Promise<Cursors> {
    const { storage, folder, logger } = options;
    const loaded = new Map<string, LoadedCursor>();
    for (const name of await storage.list(folder)) {
      if (!NAME.test(name)) continue;
      const cursor = await CursorFile.load(storage, folder, name);
      if (cursor.position === undefined) logger.error({ cursor: name }, 'A cursor is damaged. Its sink starts over.');
      loaded.set(name, cursor);
    }
    return new Cursors(options, loaded);
  }

  /** The furthest position that any sink has reached on a stream: the journal must have come that far [J3]. */
  furthest(stream: StreamId): CursorPosition | undefined {
    let furthest: CursorPosition | undefined;
    for (const [name, { position }] of this.#loaded) {
      if (!name.endsWith(`.${stream}.cursor`) || position === undefined) continue;
      if (position.acknowledgedSequence > (furthest?.acknowledgedSequence ?? -1)) furthest = position;
    }
    return furthest;
  }

  /** See `Journal.openCursor`. */
  open(sink: string, stream: JournalStream, from: CursorStart): Promise<Cursor> {
    invariant(isSlug(sink), `A sink cannot be called ${sink}.`);
    const name = `${sink}.${stream.id}.cursor`;
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const cursor = this.#openFile(name, stream, from);
    this.#open.set(name, cursor);
    cursor.catch(() => this.#open.delete(name));
    return cursor;
  }

  /** Persists what has moved, and closes the files. */
  async close(): Promise<void> {
    const cursors = await Promise.all(this.#open.values());
    this.#open.clear();
    for (const cursor of cursors) await cursor.close();
  }

  async #openFile(name: string, stream: JournalStream, from: CursorStart): Promise<StoredCursor> {
    const { storage, folder } = this.#options;
    const loaded = this.#loaded.get(name);
    // A cursor that was damaged starts at the oldest record, whatever is configured: repeating is better than losing.
    const start = from === 'oldest' || loaded !== undefined ? stream.oldestSequence - 1 : stream.syncedSequence;
    const first = { epoch: stream.epoch, acknowledgedSequence: start, forwardedSequence: 0 };
    const file = loaded?.file ?? (await CursorFile.create(storage, folder, name, first).catch(refuse));
    return new StoredCursor(this.#options, file, stream, loaded?.position ?? first);
  }
}

function refuse(cause: unknown): never {
  if (!isStorageError(cause)) throw cause;
  const code = isNoSpace(cause) ? 'journal.full' : 'journal.failed';
  throw new WaystationError(code, `Made a cursor: ${cause.message}`, { cause });
}

const NAME = /^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*\.cursor$/;

/** One cursor: moves in memory, is written when asked, on closing, and soon after it moved, at most once a second. */
class StoredCursor implements Cursor {
  readonly #options: CursorsOptions;
  readonly #file: CursorFile;
  readonly #stream: JournalStream;
  #position: CursorPosition;
  #persisted: CursorPosition;
  #writing: Promise<void> = Promise.resolve();
  #cancelTimer: Cancel | undefined;
  #writtenAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: CursorsOptions, file: CursorFile, stream: JournalStream, position: CursorPosition) {
    this.#options = options;
    this.#file = file;
    this.#stream = stream;
    this.#position = position;
    this.#persisted = position;
  }

  get acknowledgedSequence(): number {
    return this.#position.acknowledgedSequence;
  }

  get forwardedSequence(): number {
    return this.#position.forwardedSequence;
  }

  advance(acknowledgedSequence: number, forwardedSequence: number): void {
    const { syncedSequence, epoch } = this.#stream;
    invariant(acknowledgedSequence >= this.acknowledgedSequence, 'A cursor was moved back.');
    invariant(acknowledgedSequence <= syncedSequence, 'A cursor was moved past the records that there are.');
    this.#position = { epoch, acknowledgedSequence, forwardedSequence };
    if (this.#cancelTimer !== undefined) return;
    const { clock } = this.#options;
    const restMs = this.#writtenAtMs + CURSOR_PERSIST_INTERVAL_MS - clock.monotonicMs();
    this.#cancelTimer = clock.schedule(Math.max(CURSOR_GATHER_MS, restMs), () => void this.#persistOrWarn());
  }

  /** @throws WaystationError `journal.failed`; what was durable before still is */
  persist(): Promise<void> {
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async close(): Promise<void> {
    this.#cancelTimer?.();
    await this.#persistOrWarn();
    await this.#file.close();
  }

  async #persistOrWarn(): Promise<void> {
    this.#cancelTimer = undefined;
    try {
      await this.persist();
    } catch (error) {
      this.#options.logger.warn({ error }, 'A cursor could not be written. A restart would repeat events.');
    }
  }

  async #write(): Promise<void> {
    const position = this.#position;
    if (position === this.#persisted) return;
    this.#writtenAtMs = this.#options.clock.monotonicMs();
    try {
      await this.#file.write(position);
    } catch (cause) {
      if (!isStorageError(cause)) throw cause;
      throw new WaystationError('journal.failed', `Wrote a cursor on ${this.#stream.id}: the disk failed.`, { cause });
    }
    this.#persisted = position;
  }
}
