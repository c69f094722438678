import { invariant, WaystationError } from '#gateway/model/errors.ts';
import type { Stamp, StreamId } from '#gateway/model/message.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { Cursors } from './cursors.ts';
import { RETENTION_INTERVAL_MS } from './limits.ts';
import type { Reserve } from './reserve.ts';
import {
  type Drop,
  isOldestPassed,
  type KeptSegment,
  type KeptStream,
  planRetention,
  type RetentionLimits,
  sizeOf,
} from './retention.ts';
import type { Segment } from './segment.ts';
import { isStorageError } from './storage.ts';
import type { Stream } from './stream.ts';
import type { Room } from './stream-writer.ts';

/** What retention works on. */
export interface RetentionOptions {
  /** Of all streams together. */
  readonly maxBytes: number;
  readonly cursors: Cursors;
  readonly reserve: Reserve;
  readonly clock: Clock;
  /** The last trusted time at which a record may have been accepted, and now; undefined where it is not known. */
  readonly latestTrustedMsOf: (stamp: Stamp) => number | undefined;
  readonly trustedNow: () => number | undefined;
  readonly logger: Logger;
}

/**
 * Carries out what {@link planRetention} says: every minute, before a stream makes a new segment, and where the disk is full.
 * One after the other, over all streams.
 */
export class Retention implements AsyncDisposable {
  readonly #options: RetentionOptions;
  readonly #streams = new Map<StreamId, RetainedStream>();
  readonly #unreadDrops = new Map<StreamId, number>();
  #last: Promise<unknown> = Promise.resolve();
  #cancelTimer: Cancel | undefined;
  #isClosed = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** In the order of the configuration: the last one gives first. */
  add(stream: Stream, limits: RetentionLimits): void {
    this.#streams.set(stream.id, { stream, limits });
  }

  /** Looks at once, for a crash or an error may have left too much, and then every minute, beside what the writers ask for. */
  async start(): Promise<void> {
    await this.#tick();
  }

  /** What the writer of a stream asks. */
  roomFor(id: StreamId): Room {
    return {
      makeRoom: (sizeBytes) =>
        this.#inTurn(async () => {
          await this.#apply(id, sizeBytes);
          return this.#refusal(id, sizeBytes);
        }),
      freePassed: () =>
        this.#inTurn(() => this.#freePassed(id)).catch((error: unknown) => {
          if (!isStorageError(error)) throw error;
          return false;
        }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer?.();
    await this.#last;
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#last.then(action);
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #tick(): Promise<void> {
    const { reserve, logger } = this.#options;
    try {
      await this.#inTurn(() => this.#apply());
    } catch (error) {
      if (!isStorageError(error)) throw error;
      logger.warn({ error }, 'What is too old or too much could not be removed; it is tried again.');
    }
    await reserve.ensure();
    if (this.#isClosed) return;
    this.#cancelTimer = this.#options.clock.schedule(RETENTION_INTERVAL_MS, () => void this.#tick());
  }

  async #apply(growing?: StreamId, sizeBytes = 0): Promise<void> {
    const { maxBytes, trustedNow } = this.#options;
    for (const drop of planRetention(this.#look(growing, sizeBytes), maxBytes, trustedNow())) await this.#drop(drop);
  }

  /** Why a stream must not grow although everything went that may go. */
  #refusal(growing: StreamId, sizeBytes: number): WaystationError | undefined {
    const { maxBytes } = this.#options;
    const kept = this.#look(growing, sizeBytes);
    const own = kept.find(({ id }) => id === growing);
    const attempted = `Making room in stream ${growing}`;
    if (own !== undefined && own.segments.length > 0 && sizeOf(own) > own.limits.maxBytes) {
      const quota = `its quota of ${own.limits.maxBytes} bytes (retention.maxBytes, overflow: rejectNew)`;
      return new WaystationError('journal.quota', `${attempted}: ${quota} is used up; ${this.#holders([own])}.`);
    }
    const totalBytes = kept.reduce((sum, stream) => sum + sizeOf(stream), 0);
    if (totalBytes <= maxBytes || kept.every(({ segments }) => segments.length === 0)) return undefined;
    const quota = `the quota of ${maxBytes} bytes (journal.maxBytes)`;
    return new WaystationError('journal.quota', `${attempted}: ${quota} is used up; ${this.#holders(kept)}.`);
  }

  /** Who has not had the oldest of what is kept: `hub has not had all of it`. */
  #holders(kept: readonly KeptStream[]): string {
    const behind = kept.flatMap(({ id, segments: [oldest] }) =>
      oldest === undefined ? [] : this.#options.cursors.behind(id, oldest.lastSequence),
    );
    const names = behind.map(({ sink, isOrphan }) =>
      isOrphan ? `${sink} (not configured: ${forgetting(sink)})` : sink,
    );
    return `${[...new Set(names)].join(', ')} did not get all of it yet`;
  }

  /**
   * The disk is full: the oldest segment goes that every cursor has passed, never what is unread [J7]. That of the stream itself
   * first, for its file is used again in place.
   *
   * @returns whether there may be room now
   */
  async #freePassed(needy: StreamId): Promise<boolean> {
    const ids = [...this.#streams.keys()].toReversed();
    for (const id of [...ids.filter((each) => each === needy), ...ids.filter((each) => each !== needy)]) {
      const isPassed = isOldestPassed(this.#lookAt(id));
      if (isPassed) await this.#drop({ stream: id, reason: 'quota' });
      const isReleased = id !== needy && (await this.#retained(id).stream.store.releaseFree());
      if (isPassed || isReleased) return true;
    }
    return false;
  }

  #look(growing: StreamId | undefined, sizeBytes: number): readonly KeptStream[] {
    return [...this.#streams.keys()].map((id) => this.#lookAt(id, id === growing ? sizeBytes : 0));
  }

  #lookAt(id: StreamId, extraBytes = 0): KeptStream {
    const { stream, limits } = this.#retained(id);
    const { store } = stream;
    const { segments } = store;
    // The newest that holds a synced record stays: one behind it that holds none yet may go again, and the place in the stream with it.
    const newestAt = Math.max(
      0,
      segments.findLastIndex(({ endOffset, footer }) => (endOffset ?? footer) !== undefined),
    );
    const growthOf = ({ header, fileBytes }: Segment) => header.sizeBytes - fileBytes;
    return {
      id,
      limits,
      segments: segments
        .slice(0, newestAt)
        .map((segment, index) => this.#describe(segment, segments[index + 1], store.bytesAt(index))),
      fixedBytes: segments
        .slice(newestAt)
        .reduce((sum, segment, index) => sum + growthOf(segment) + store.bytesAt(newestAt + index), extraBytes),
      passedSequence: this.#options.cursors.passed(id),
    };
  }

  #describe(segment: Segment, next: Segment | undefined, sizeBytes: number): KeptSegment {
    // A segment that was not sealed is bounded by what came next.
    const stamp = segment.footer?.lastStamp ?? next?.firstStamp;
    return {
      lastSequence: lastOf(segment, next),
      sizeBytes,
      newestMs: stamp && this.#options.latestTrustedMsOf(stamp),
    };
  }

  /** A segment goes when it is durable that it went, and how far every sink had come [J9 J10]. */
  async #drop({ stream: id, reason }: Drop): Promise<void> {
    const { cursors } = this.#options;
    const { stream } = this.#retained(id);
    const [oldest, next] = stream.store.segments;
    if (oldest === undefined) return;
    const { epoch, firstSequence: from } = oldest.header;
    const to = lastOf(oldest, next);
    await cursors.persist(id);
    if (from <= to) await stream.lossLog.add({ from, to, epoch, reason });
    await stream.dropOldest();
    const unread = cursors.behind(id, to);
    if (unread.length > 0) this.#warn(id, { from, to, reason, sinks: unread.map(({ sink }) => sink) });
  }

  /** The 1st, 2nd, 4th, 8th … of a stream: an outage may last. */
  #warn(stream: StreamId, fields: object): void {
    const dropCount = (this.#unreadDrops.get(stream) ?? 0) + 1;
    this.#unreadDrops.set(stream, dropCount);
    if (!Number.isInteger(Math.log2(dropCount))) return;
    this.#options.logger.warn({ stream, ...fields, dropCount }, 'Records had to go before every sink had them.');
  }

  #retained(id: StreamId): RetainedStream {
    const retained = this.#streams.get(id);
    invariant(retained !== undefined, `Stream ${id} is retained.`);
    return retained;
  }
}

interface RetainedStream {
  readonly stream: Stream;
  readonly limits: RetentionLimits;
}

function forgetting(sink: string): string {
  return `waystation sinks forget ${sink}`;
}

/** Where two segments hold the same sequence, the later one is right [J6]. */
function lastOf(segment: Segment, next: Segment | undefined): number {
  return (next?.header.firstSequence ?? segment.header.firstSequence) - 1;
}
