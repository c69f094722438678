import type { StateMap } from '#gateway/journal/state/state-map.ts';
import type { DeadLettersStatus } from '#gateway/model/dead-letters-status.ts';
import type { Stamp, StoredRecord } from '#gateway/model/message.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { LaneSource } from '#gateway/sinks/delivery/lane-source.ts';
import type { DeadLetters, RefusedEvent } from './dead-letters.ts';
import { type Letter, letterId, sinkOf } from './letter.ts';
import { decodeLetter, encodeLetter } from './letter-codec.ts';
import { type LetterIndex, sizeInLog } from './letter-index.ts';
import { letterKeys } from './letter-keys.ts';
import { type LetterRoom, MAX_LETTERS, MAX_REASON_CHARS } from './limits.ts';
import { RedriveQueue } from './redrive-queue.ts';

/** What a store is made of. */
export interface DeadLetterStoreOptions {
  readonly map: StateMap;
  readonly index: LetterIndex;
  /** Those that an earlier process has marked, in the order of the marks. */
  readonly marked: readonly string[];
  readonly nextOrder: number;
  readonly nextMark: number;
  readonly room: LetterRoom;
  readonly maxBytes: number;
  /** Now. */
  readonly stamp: () => Stamp;
  /** An event was buried; called when that is durable. */
  readonly onBuried: (event: RefusedEvent) => void;
  readonly logger: Logger;
}

/**
 * The dead letters of all sinks: a map on a stream of the journal, and what must be known of it in memory.
 *
 * A letter is there once `bury` has resolved, and until a person drops it, its target takes it, or the quota does: the oldest go first,
 * and are counted in the same write.
 */
export class DeadLetterStore implements DeadLetters, AsyncDisposable {
  readonly index: LetterIndex;
  readonly #options: DeadLetterStoreOptions;
  readonly #queues = new Map<string, RedriveQueue>();
  /** What was known of letters before a burial that is not durable yet: who tries it again adds its attempts once. */
  readonly #before = new Map<string, Letter | undefined>();
  readonly #seen = new Map<string, Seen>();
  #nextOrder: number;
  #nextMark: number;

  constructor(options: DeadLetterStoreOptions) {
    this.#options = options;
    this.index = options.index;
    this.#nextOrder = options.nextOrder;
    this.#nextMark = options.nextMark;
    for (const id of options.marked) this.#queueOf(sinkOf(id)).add([id]);
  }

  queueOf(sink: string): LaneSource {
    return this.#queueOf(sink);
  }

  async bury(event: RefusedEvent): Promise<void> {
    const { sink, stored, error, attempts } = event;
    const id = letterId(sink, stored);
    const before = this.#before.has(id) ? this.#before.get(id) : await this.read(id);
    this.#before.set(id, before);
    const now = this.#options.stamp();
    this.#put(id, {
      order: this.index.get(id)?.order ?? before?.order ?? this.#nextOrder++,
      ...{ sink, stored, cutBytes: 0 },
      code: error.code,
      reason: error.message.slice(0, MAX_REASON_CHARS),
      attempts: attempts + (before?.attempts ?? 0),
      first: before?.first ?? now,
      last: now,
    });
    await this.settle();
    this.#before.delete(id);
    const seen = this.#seenOf(sink);
    seen.buried++;
    seen.lastReason = `${error.code}: ${error.message.slice(0, MAX_REASON_CHARS)}`;
    this.#options.onBuried(event);
  }

  /** A letter. @returns undefined where there is none, or none that can be read: then it is one no more */
  async read(id: string): Promise<Letter | undefined> {
    if (this.index.get(id) === undefined) return undefined;
    const value = await this.#options.map.get(letterKeys.letter(id));
    const letter = value === undefined ? 'unreadable' : letterOf(id, value);
    if (typeof letter === 'object') return letter;
    // Given up while it was read.
    if (this.index.get(id) === undefined) return undefined;
    this.#options.logger.error({ id, reason: letter }, 'A dead letter cannot be read any more; it is lost.');
    const seen = this.#seenOf(sinkOf(id));
    seen.unreadable++;
    this.#remove(id);
    return undefined;
  }

  /** Gives letters up. @returns how many there were; durable when it resolves. @throws WaystationError a storage error */
  async drop(ids: Iterable<string>): Promise<number> {
    let count = 0;
    for (const id of ids) if (this.#remove(id)) count++;
    await this.settle();
    return count;
  }

  /** Marks letters to be tried again. @returns those that were not marked before; durable when it resolves. @throws WaystationError a storage error */
  async redrive(ids: Iterable<string>): Promise<readonly string[]> {
    const { map } = this.#options;
    const marked: string[] = [];
    for (const id of ids) {
      if (this.index.get(id)?.isCut !== false || this.isMarked(id)) continue;
      marked.push(id);
      map.set(letterKeys.mark(id), Buffer.from(String(this.#nextMark++)));
    }
    try {
      await this.settle();
    } catch (error) {
      for (const id of marked) map.delete(letterKeys.mark(id));
      throw error;
    }
    // What was given up while the mark was written is in no queue.
    for (const id of marked) if (this.index.get(id) !== undefined) this.#queueOf(sinkOf(id)).add([id]);
    return marked;
  }

  isMarked(id: string): boolean {
    return this.#queues.get(sinkOf(id))?.has(id) ?? false;
  }

  status(): DeadLettersStatus {
    const { map, maxBytes } = this.#options;
    const { count, sizeBytes } = this.index;
    const { lastError } = map.status();
    const sinks = [...this.index.sinks].map(([sink, { waiting, evicted }]) => {
      const { buried, unreadable, lastReason } = this.#seenOf(sink);
      return {
        ...{ sink, count: waiting, redrivingCount: this.#queues.get(sink)?.count ?? 0 },
        ...{ buriedCount: buried, evictedCount: evicted },
        ...(unreadable === 0 ? {} : { unreadableCount: unreadable }),
        ...(lastReason === undefined ? {} : { lastReason }),
      };
    });
    return { count, sizeBytes, maxBytes, sinks, ...(lastError === undefined ? {} : { lastError }) };
  }

  settle(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#options.map.settle((error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.map[Symbol.asyncDispose]();
  }

  #put(id: string, whole: Letter): void {
    const { map, room } = this.#options;
    const value = encodeLetter(whole);
    const isCut = value.length > room.letterBytes;
    const kept = isCut ? encodeLetter(cut(whole, value.length)) : value;
    // It has been tried again, in vain.
    this.#queues.get(whole.sink)?.remove(id);
    map.delete(letterKeys.mark(id));
    map.set(letterKeys.letter(id), kept);
    this.index.set(id, { order: whole.order, sizeBytes: sizeInLog(id, kept.length), isCut });
    this.#makeRoom(id);
  }

  #makeRoom(newest: string): void {
    const { map, room, logger } = this.#options;
    while (this.index.sizeBytes > room.lettersBytes || this.index.count > MAX_LETTERS) {
      const id = this.index.oldestBut(newest);
      if (id === undefined) return;
      const sink = sinkOf(id);
      const evictedCount = this.index.evict(id);
      this.#forget(id);
      map.set(letterKeys.evicted(sink), Buffer.from(String(evictedCount)));
      // The 1st, 2nd, 4th, 8th …: a target may refuse for days.
      if (Number.isInteger(Math.log2(evictedCount)))
        logger.warn({ sink, id, evictedCount }, 'Dead letters had to go: there is no room for more.');
    }
  }

  #remove(id: string): boolean {
    const wasThere = this.index.delete(id);
    if (wasThere) this.#forget(id);
    return wasThere;
  }

  #forget(id: string): void {
    const { map } = this.#options;
    this.#before.delete(id);
    this.#queues.get(sinkOf(id))?.remove(id);
    map.delete(letterKeys.letter(id));
    map.delete(letterKeys.mark(id));
  }

  #queueOf(sink: string): RedriveQueue {
    let queue = this.#queues.get(sink);
    if (queue === undefined) {
      queue = new RedriveQueue({
        take: async (id): Promise<StoredRecord | undefined> => (await this.read(id))?.stored,
        taken: (ids) => {
          for (const id of ids) this.#remove(id);
        },
        settle: () => this.settle(),
      });
      this.#queues.set(sink, queue);
    }
    return queue;
  }

  #seenOf(sink: string): Seen {
    let seen = this.#seen.get(sink);
    if (seen === undefined) {
      seen = { buried: 0, unreadable: 0, lastReason: undefined };
      this.#seen.set(sink, seen);
    }
    return seen;
  }
}

/** Since the start of the process. */
interface Seen {
  buried: number;
  unreadable: number;
  lastReason: string | undefined;
}

/** @returns or why it is none */
function letterOf(id: string, value: Uint8Array): Letter | string {
  const letter = decodeLetter(Buffer.from(value.buffer, value.byteOffset, value.length));
  return typeof letter === 'object' && letterId(letter.sink, letter.stored) !== id ? 'wrong-key' : letter;
}

/** Of an event that is too large, what it was, and why it is here. */
function cut(letter: Letter, sizeBytes: number): Letter {
  const { topic, qos, isRetained, isDuplicate, clientId, stamp } = letter.stored.record;
  const record = { topic, qos, isRetained, isDuplicate, clientId, stamp, payload: Buffer.alloc(0) };
  return { ...letter, stored: { ...letter.stored, record }, cutBytes: sizeBytes };
}
