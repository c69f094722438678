import { WaystationError } from '#gateway/model/errors.ts';
import type { StoredRecord } from '#gateway/model/message.ts';
import { matchesTopic } from '#gateway/model/topic-filter.ts';
import { type Clock, wait } from '#gateway/runtime/clock.ts';
import { type RepairedTime, repairTime } from './clock-runs.ts';
import type { CursorPlace, JournalStream, StatefulJournal } from './journal.ts';
import type {
  CursorStat,
  JournalReader,
  JournalStat,
  ReadPart,
  ReadQuery,
  StreamStat,
  TimedRecord,
} from './journal-reader.ts';
import { MAX_READ_WAIT_MS, MAX_WAITING_READERS, VIEW_READ_LIMIT } from './limits.ts';
import { owedFrom } from './owed.ts';

/**
 * Reads an open journal for people. A read is one step of bounded size, so that a reader who wants everything leaves the event
 * loop to the writer between two of them, and nothing is remembered of a reader between its steps.
 */
export class JournalView implements JournalReader {
  readonly #journal: StatefulJournal;
  readonly #clock: Clock;
  readonly #restFactor: number;
  #waitingCount = 0;

  /** @param restFactor for so many times as long as a step took, nothing is done for its reader */
  constructor(journal: StatefulJournal, clock: Clock, restFactor = 0) {
    this.#journal = journal;
    this.#clock = clock;
    this.#restFactor = restFactor;
  }

  async stat(): Promise<JournalStat> {
    const streams: StreamStat[] = [];
    for (const each of this.#journal.status().streams) {
      const stream = this.#stream(each.id);
      const oldestTime = await this.#timeAt(stream, stream.oldestSequence);
      const newestTime = await this.#timeAt(stream, stream.syncedSequence);
      streams.push({
        ...each,
        lost: stream.losses,
        ...(oldestTime === undefined ? {} : { oldestTime }),
        ...(newestTime === undefined ? {} : { newestTime }),
      });
    }
    return { streams, cursors: this.#journal.cursorPlaces().map((place) => this.#withBacklog(place)) };
  }

  async read({ stream: id, from, topic = '#', waitMs = 0 }: ReadQuery, signal?: AbortSignal): Promise<ReadPart> {
    const stream = this.#stream(id);
    if (from > stream.syncedSequence && waitMs > 0) await this.#waitFor(stream, from, waitMs, signal);
    const startMs = this.#clock.monotonicMs();
    // Sequences start at 1: what is asked for before that is not lost.
    const { records, lost, nextSequence } = await stream.read(Math.max(1, from), VIEW_READ_LIMIT);
    const wanted = records.filter(({ record }) => matchesTopic(topic, record.topic));
    const part = { records: wanted.map((stored) => this.#withTime(stored)), lost, nextSequence };
    const restMs = (this.#clock.monotonicMs() - startMs) * this.#restFactor;
    if (restMs > 0) await wait(this.#clock, restMs, signal);
    return part;
  }

  async locate(id: string, unixMs: number): Promise<number> {
    return this.#stream(id).locate(unixMs);
  }

  #withBacklog(place: CursorPlace): CursorStat {
    const stream = this.#journal.streams.find(({ id }) => id === place.stream);
    if (stream === undefined) return place;
    const { backlogCount, lost } = owedFrom(stream, (place.acknowledgedSequence ?? 0) + 1);
    return { ...place, backlogCount, ...(lost === 0 ? {} : { lost }) };
  }

  #stream(id: string): JournalStream {
    const streams = [...this.#journal.streams, ...this.#journal.builtIn];
    const stream = streams.find((each) => each.id === id);
    if (stream !== undefined) return stream;
    const known = streams.map((each) => each.id).join(', ');
    throw new WaystationError('journal.unknownStream', `Reading the stream ${id}: there is ${known || 'none'}.`);
  }

  async #waitFor(stream: JournalStream, sequence: number, waitMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#waitingCount >= MAX_WAITING_READERS) {
      const found = `${MAX_WAITING_READERS} readers wait already`;
      throw new WaystationError('journal.busy', `Waiting for records of ${stream.id}: ${found}.`);
    }
    this.#waitingCount++;
    const over = new AbortController();
    const ended = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
    try {
      const timeout = wait(this.#clock, Math.min(waitMs, MAX_READ_WAIT_MS), ended);
      await Promise.race([stream.waitFor(sequence, ended), timeout]);
    } finally {
      over.abort();
      this.#waitingCount--;
    }
  }

  async #timeAt(stream: JournalStream, sequence: number): Promise<RepairedTime | undefined> {
    if (sequence < stream.oldestSequence || sequence > stream.syncedSequence) return undefined;
    const [record] = (await stream.read(sequence, { maxEvents: 1, maxBytes: 1 })).records;
    return record && this.#withTime(record).time;
  }

  #withTime(stored: StoredRecord): TimedRecord {
    return { ...stored, time: repairTime(this.#journal.clockRuns, stored.record.stamp) };
  }
}
