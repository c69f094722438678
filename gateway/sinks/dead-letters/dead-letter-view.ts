import { type ClockRuns, type RepairedTime, repairTime } from '#gateway/journal/clock-runs.ts';
import type { TimedRecord } from '#gateway/journal/journal-reader.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { DeadLetterStore } from './dead-letter-store.ts';
import type { Letter } from './letter.ts';
import { MAX_PAGE_BYTES, MAX_PAGE_LETTERS, MAX_PAGE_READ_BYTES } from './limits.ts';

/** Dead letters as people look at them: of a running gateway over its socket, or of a folder. */
export interface DeadLetterReader {
  list(query: LetterQuery): Promise<LetterPage>;
  /** @throws WaystationError `deadLetter.unknown` */
  show(id: string): Promise<ShownLetter>;
}

/** Which letters; the oldest first. */
export interface LetterQuery {
  readonly sink?: string;
  /** Those behind this place; 0, the first, unless stated. */
  readonly after?: number;
}

/** Some letters. */
export interface LetterPage {
  readonly letters: readonly LetterSummary[];
  /** What to ask for next; absent with the last page. */
  readonly next?: number;
  /** By sink, how many older ones went because there was no room; of those that have had any. */
  readonly evictedCounts: Readonly<Record<string, number>>;
}

/** A letter without its event. */
export interface LetterSummary {
  readonly id: string;
  /** Its place among all. */
  readonly order: number;
  readonly topic: string;
  readonly payloadBytes: number;
  /** See `Letter.cutBytes`; absent where all is kept. */
  readonly cutBytes?: number;
  readonly code: string;
  readonly reason: string;
  readonly attempts: number;
  readonly firstTime: RepairedTime;
  readonly lastTime: RepairedTime;
  /** A person wants it tried again, and its target has not taken it yet. */
  readonly isRedriving: boolean;
}

/** A letter with its event. */
export interface ShownLetter extends LetterSummary {
  readonly event: TimedRecord;
}

/** Reads the letters of a store, page by page: what is in memory at a time does not depend on how many there are. */
export class DeadLetterView implements DeadLetterReader {
  readonly #store: Pick<DeadLetterStore, 'index' | 'read' | 'isMarked'>;
  readonly #clockRuns: () => ClockRuns;

  constructor(store: Pick<DeadLetterStore, 'index' | 'read' | 'isMarked'>, clockRuns: () => ClockRuns) {
    this.#store = store;
    this.#clockRuns = clockRuns;
  }

  async list({ sink, after = 0 }: LetterQuery): Promise<LetterPage> {
    const letters: LetterSummary[] = [];
    let sizeBytes = 0;
    let readBytes = 0;
    let lastOrder = after;
    const evictedCounts = this.#evictedCounts(sink);
    for (const [id, entry] of this.#store.index.behind(after, sink)) {
      const isFull =
        letters.length >= MAX_PAGE_LETTERS || sizeBytes >= MAX_PAGE_BYTES || readBytes >= MAX_PAGE_READ_BYTES;
      if (isFull) return { letters, next: lastOrder, evictedCounts };
      lastOrder = entry.order;
      readBytes += entry.sizeBytes;
      const letter = await this.#store.read(id);
      // It cannot be read, or it went meanwhile.
      if (letter === undefined) continue;
      letters.push(this.#summaryOf(id, letter));
      sizeBytes += SUMMARY_BYTES + letter.stored.record.topic.length + letter.reason.length;
    }
    return { letters, evictedCounts };
  }

  async show(id: string): Promise<ShownLetter> {
    const letter = await this.#store.read(id);
    if (letter === undefined)
      throw new WaystationError('deadLetter.unknown', `Looking for the dead letter ${id}: there is none.`);
    const { stored } = letter;
    return { ...this.#summaryOf(id, letter), event: { ...stored, time: this.#timeOf(stored.record.stamp) } };
  }

  #evictedCounts(sink: string | undefined): Readonly<Record<string, number>> {
    const counts = [...this.#store.index.sinks].map(([id, { evicted }]) => [id, evicted] as const);
    return Object.fromEntries(counts.filter(([id, evicted]) => evicted > 0 && (sink === undefined || id === sink)));
  }

  #summaryOf(id: string, letter: Letter): LetterSummary {
    const { order, stored, cutBytes, code, reason, attempts, first, last } = letter;
    return {
      ...{ id, order, topic: stored.record.topic, payloadBytes: stored.record.payload.length },
      ...(cutBytes === 0 ? {} : { cutBytes }),
      ...{ code, reason, attempts, firstTime: this.#timeOf(first), lastTime: this.#timeOf(last) },
      isRedriving: this.#store.isMarked(id),
    };
  }

  #timeOf(stamp: Letter['first']): RepairedTime {
    return repairTime(this.#clockRuns(), stamp);
  }
}

/** Id, numbers and names, roughly. */
const SUMMARY_BYTES = 400;
