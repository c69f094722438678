import { invariant } from '#gateway/model/errors.ts';
import type { StreamId } from '#gateway/model/message.ts';
import { isSlug, parseStreamId } from '#gateway/model/names.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { CURSOR_CODEC, type CursorPosition, reachOf } from './cursor-position.ts';
import type { Cursor, CursorPlace, CursorStart, JournalStream } from './journal.ts';
import { SlotFile, type SlotPlace } from './slot-file.ts';
import type { Storage } from './storage.ts';
import { StoredCursor } from './stored-cursor.ts';

/** What the cursors of a journal need. */
export interface CursorsOptions extends Pick<SlotPlace, 'makeRoom'> {
  readonly storage: Storage;
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A cursor file, and the cursor if a sink has opened it. */
interface KnownCursor {
  readonly sink: string;
  readonly stream: StreamId;
  readonly file: SlotFile<CursorPosition>;
  /** As found at the start; undefined if damaged. */
  readonly found: CursorPosition | undefined;
  cursor?: StoredCursor;
}

/** Every cursor of one journal, each in a file of its own: `<sink>.<stream>.cursor`. */
export class Cursors {
  readonly #options: CursorsOptions;
  readonly #known = new Map<string, KnownCursor>();

  private constructor(options: CursorsOptions) {
    this.#options = options;
  }

  /** Reads every cursor file there is, also those of sinks that are not configured now. */
  static async load(options: CursorsOptions): Promise<Cursors> {
    const cursors = new Cursors(options);
    // A name that a process left behind as it was killed may not be on disk yet: what is written under it would go with it.
    await options.storage.syncDirectory(options.folder);
    const { storage, folder } = options;
    for (const name of [...(await storage.list(folder)), ...(await storage.listOthers(folder))]) {
      const owner = parseCursorName(name);
      if (owner === undefined) continue;
      const { file, state, value, putAway } = await SlotFile.load({ ...options, name }, CURSOR_CODEC);
      if (state === 'damaged')
        options.logger.error({ cursor: name, putAway }, 'A cursor is damaged. Its sink starts over.');
      cursors.#known.set(name, { ...owner, file, found: value });
    }
    return cursors;
  }

  /** The furthest position that any sink has reached on a stream: the journal must have come that far [J3]. */
  furthest(stream: StreamId): CursorPosition | undefined {
    const positions = this.#on(stream).flatMap(({ found }) => found ?? []);
    return positions.toSorted((a, b) => reachOf(a) - reachOf(b)).at(-1);
  }

  /** How far every sink has come on a stream, also those that are not configured now; Infinity if there is none. */
  passed(stream: StreamId): number {
    return Math.min(Infinity, ...this.#on(stream).map(acknowledgedBy));
  }

  /** The sinks that have not come as far as `sequence`; an orphan is one that no sink has opened since the start. */
  behind(stream: StreamId, sequence: number): readonly { readonly sink: string; readonly isOrphan: boolean }[] {
    const late = this.#on(stream).filter((known) => acknowledgedBy(known) < sequence);
    return late.map(({ sink, cursor }) => ({ sink, isOrphan: cursor === undefined }));
  }

  /** Those that no sink has opened since the start. */
  orphans(): readonly { readonly sink: string; readonly stream: StreamId; readonly acknowledgedSequence: number }[] {
    return [...this.#known.values()]
      .filter(({ cursor }) => cursor === undefined)
      .map((known) => ({ sink: known.sink, stream: known.stream, acknowledgedSequence: acknowledgedBy(known) }));
  }

  /** Removes the cursors of a sink that it has not opened; durably when this resolves. */
  async forget(sink: string): Promise<void> {
    const { storage, folder } = this.#options;
    for (const [name, known] of this.#known) {
      if (known.sink !== sink || known.cursor !== undefined) continue;
      await storage.unlink(`${folder}/${name}`);
      this.#known.delete(name);
    }
    await storage.syncDirectory(folder);
  }

  /** Writes down how far the sinks have come on a stream, if the disk allows it. */
  async persist(stream: StreamId): Promise<void> {
    for (const { cursor } of this.#on(stream)) await cursor?.persistOrRetry();
  }

  /** See `Journal.cursorPlaces`. */
  get places(): readonly CursorPlace[] {
    return [...this.#known]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { sink, stream, cursor, found }]) => {
        const position = cursor ?? found;
        return { sink, stream, ...(position && { acknowledgedSequence: position.acknowledgedSequence }) };
      });
  }

  /** See `Journal.openCursor`. */
  async open(sink: string, stream: JournalStream, from: CursorStart): Promise<Cursor> {
    invariant(isSlug(sink), `A sink cannot be called ${sink}.`);
    const name = `${sink}.${stream.id}.cursor`;
    const found = this.#known.get(name);
    if (found?.cursor !== undefined) return found.cursor;
    const newcomer = from === 'oldest' ? stream.oldestSequence - 1 : stream.syncedSequence;
    // A cursor that was damaged starts at the very beginning: repeating is better than losing, and reading tells what is gone.
    const acknowledgedSequence = found === undefined ? newcomer : 0;
    const first = { epoch: stream.epoch, acknowledgedSequence, forwardedSequence: 0, ranges: [] };
    const file = found?.file ?? SlotFile.unmade({ ...this.#options, name }, CURSOR_CODEC);
    const persisted = found?.found;
    const cursor = new StoredCursor({ ...this.#options, stream, file, position: persisted ?? first, persisted });
    this.#known.set(name, { sink, stream: stream.id, file, found: persisted, cursor });
    // Where a new sink starts must stay so. A disk that has no room for that now must not stop the gateway.
    await cursor.persistOrRetry();
    return cursor;
  }

  /** Persists what has moved, and closes the files. */
  async close(): Promise<void> {
    for (const { cursor } of this.#known.values()) await cursor?.close();
    this.#known.clear();
  }

  #on(stream: StreamId): readonly KnownCursor[] {
    return [...this.#known.values()].filter((known) => known.stream === stream);
  }
}

/** @returns whose cursor has this file name, or undefined if it is none */
export function parseCursorName(name: string): { readonly sink: string; readonly stream: StreamId } | undefined {
  const [, sink = '', streamText = ''] = /^([^.]+)\.([^.]+)\.cursor$/.exec(name) ?? [];
  const stream = parseStreamId(streamText);
  return isSlug(sink) && stream !== undefined ? { sink, stream } : undefined;
}

function acknowledgedBy({ cursor, found }: KnownCursor): number {
  return (cursor ?? found)?.acknowledgedSequence ?? 0;
}
