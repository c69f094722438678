import { invariant, WaystationError } from '#gateway/model/errors.ts';
import type { StreamId } from '#gateway/model/message.ts';
import { isSlug, parseStreamId } from '#gateway/model/names.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { CURSOR_CODEC, type CursorPosition } from './cursor-position.ts';
import type { Cursor, CursorPlace, CursorStart, JournalStream } from './journal.ts';
import { CURSOR_GATHER_MS, CURSOR_PERSIST_INTERVAL_MS, CURSOR_RETRY_MS } from './limits.ts';
import { type LoadedSlot, SlotFile } from './slot-file.ts';
import { isStorageError, type Storage } from './storage.ts';

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
  readonly #loaded: ReadonlyMap<string, LoadedSlot<CursorPosition>>;
  readonly #open = new Map<string, Promise<StoredCursor>>();
  readonly #opened = new Map<string, Cursor>();

  private constructor(options: CursorsOptions, loaded: ReadonlyMap<string, LoadedSlot<CursorPosition>>) {
    this.#options = options;
    this.#loaded = loaded;
  }

  /** Reads every cursor file there is, also those of sinks that are not configured now. */
  static async load(options: CursorsOptions): Promise<Cursors> {
    const { storage, folder, logger } = options;
    const loaded = new Map<string, LoadedSlot<CursorPosition>>();
    // A name that a process left behind as it was killed may not be on disk yet: what is written under it would go with it.
    await storage.syncDirectory(folder);
    for (const name of await storage.list(folder)) {
      if (!NAME.test(name)) continue;
      const cursor = await SlotFile.load({ storage, folder, name }, CURSOR_CODEC);
      if (cursor.state === 'damaged') logger.error({ cursor: name }, 'A cursor is damaged. Its sink starts over.');
      loaded.set(name, cursor);
    }
    return new Cursors(options, loaded);
  }

  /** The furthest position that any sink has reached on a stream: the journal must have come that far [J3]. */
  furthest(stream: StreamId): CursorPosition | undefined {
    let furthest: CursorPosition | undefined;
    for (const [name, { value: position }] of this.#loaded) {
      if (!name.endsWith(`.${stream}.cursor`) || position === undefined) continue;
      if (position.acknowledgedSequence > (furthest?.acknowledgedSequence ?? -1)) furthest = position;
    }
    return furthest;
  }

  /** See `Journal.cursorPlaces`. */
  get places(): readonly CursorPlace[] {
    const places = new Map<string, CursorPlace>();
    for (const [name, { value }] of this.#loaded) places.set(name, placeOf(name, value));
    for (const [name, cursor] of this.#opened) places.set(name, placeOf(name, cursor));
    return [...places.keys()].toSorted().flatMap((name) => places.get(name) ?? []);
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
    const newcomer = from === 'oldest' ? stream.oldestSequence - 1 : stream.syncedSequence;
    // A cursor that was damaged starts at the very beginning: repeating is better than losing, and reading tells what is gone.
    const start = loaded === undefined ? newcomer : 0;
    const first = { epoch: stream.epoch, acknowledgedSequence: start, forwardedSequence: 0 };
    const file = loaded?.file ?? SlotFile.unmade({ storage, folder, name }, CURSOR_CODEC);
    const persisted = loaded?.value;
    const cursor = new StoredCursor(this.#options, file, stream, { position: persisted ?? first, persisted });
    // Where a new sink starts must stay so. A disk that has no room for that now must not stop the gateway.
    await cursor.persistOrRetry();
    this.#opened.set(name, cursor);
    return cursor;
  }
}

/** The file of a cursor is called by sink and stream, which are slugs. */
function placeOf(name: string, position: Pick<Cursor, 'acknowledgedSequence'> | undefined): CursorPlace {
  const [sink = '', id = ''] = name.split('.');
  const stream = parseStreamId(id);
  invariant(stream !== undefined, `${name} names a stream.`);
  return { sink, stream, ...(position && { acknowledgedSequence: position.acknowledgedSequence }) };
}

const NAME = /^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*\.cursor$/;

/** One cursor: moves in memory, is written when asked, on closing, and soon after it moved, at most once a second. */
class StoredCursor implements Cursor {
  readonly #options: CursorsOptions;
  readonly #file: SlotFile<CursorPosition>;
  readonly #stream: JournalStream;
  #position: CursorPosition;
  #persisted: CursorPosition | undefined;
  #writing: Promise<void> = Promise.resolve();
  #cancelTimer: Cancel | undefined;
  #writtenAtMs = Number.NEGATIVE_INFINITY;
  #isFailing = false;

  /** @param persisted what the file holds; undefined if nothing that can be believed */
  constructor(
    options: CursorsOptions,
    file: SlotFile<CursorPosition>,
    stream: JournalStream,
    { position, persisted }: { readonly position: CursorPosition; readonly persisted: CursorPosition | undefined },
  ) {
    this.#options = options;
    this.#file = file;
    this.#stream = stream;
    this.#position = position;
    this.#persisted = persisted;
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
    const restMs = this.#writtenAtMs + CURSOR_PERSIST_INTERVAL_MS - this.#options.clock.monotonicMs();
    this.#persistIn(Math.max(CURSOR_GATHER_MS, restMs));
  }

  /** @throws WaystationError `journal.failed`; what was durable before still is */
  persist(): Promise<void> {
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** Writes what there is to write; if the disk does not take it, again later. */
  async persistOrRetry(): Promise<void> {
    try {
      await this.persist();
    } catch (error) {
      const fields = { stream: this.#stream.id, error };
      if (!this.#isFailing)
        this.#options.logger.warn(fields, 'A cursor could not be written. A restart would repeat events.');
      this.#isFailing = true;
      this.#persistIn(CURSOR_RETRY_MS);
    }
  }

  async close(): Promise<void> {
    await this.persistOrRetry();
    this.#cancelTimer?.();
    await this.#file.close();
  }

  #persistIn(delayMs: number): void {
    this.#cancelTimer ??= this.#options.clock.schedule(delayMs, () => {
      this.#cancelTimer = undefined;
      void this.persistOrRetry();
    });
  }

  async #write(): Promise<void> {
    const position = this.#position;
    if (position === this.#persisted) return;
    // The write that makes the file is none of the moves that are spread over time.
    if (this.#persisted !== undefined) this.#writtenAtMs = this.#options.clock.monotonicMs();
    try {
      await this.#file.write(position);
    } catch (cause) {
      if (!isStorageError(cause)) throw cause;
      throw new WaystationError('journal.failed', `Wrote a cursor on ${this.#stream.id}: the disk failed.`, { cause });
    }
    this.#persisted = position;
    this.#isFailing = false;
  }
}
