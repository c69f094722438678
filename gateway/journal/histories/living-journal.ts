import type { Cursor, Journal, JournalStream } from '#gateway/journal/journal.ts';
import { BLOCK_BYTES } from '#gateway/journal/memory-file.ts';
import type { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { sampleRecord, TEST_DIRECTORY } from '#gateway/journal/open-test-journal.ts';
import { invariant, WaystationError } from '#gateway/model/errors.ts';
import { MIN_SEGMENTS_PER_QUOTA } from '#gateway/model/quota.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import type { CursorObserver } from './cursor-observer.ts';
import { type Command, type Death, SINK_NAMES, STREAM_NAMES, type Trouble } from './history.ts';
import { liveThrough, rest, turn } from './live-through.ts';
import { makeTrouble } from './make-trouble.ts';
import { type LifeSettings, openHistoryJournal } from './open-history-journal.ts';
import { OpeningCost } from './opening-cost.ts';
import type { Excuses, StreamObserver } from './stream-observer.ts';
import { Violation } from './violation.ts';

/** All that is remembered over the lives of one journal. */
export interface Observers {
  readonly streams: readonly StreamObserver[];
  readonly cursors: readonly CursorObserver[];
  /** The disk has lied, or could not be read: records may be gone, but not in silence. */
  mayBeDamaged: boolean;
}

/** One life of the journal: obeys commands and asks the observers what they think of it. */
export class LivingJournal {
  storage: MemoryStorage;
  readonly #settings: LifeSettings;
  readonly #observers: Observers;
  readonly #clock = new FakeClock();
  #journal: Journal | undefined;
  #cursors: readonly (Cursor | undefined)[] = [];
  readonly #absentSink: number | undefined;
  #mayFail = false;
  #mayBeFull = false;
  /** Whether the disk was in trouble at any time of this life, or its syncs were slow. */
  #hadTrouble = false;
  #hadSlowSyncs = false;
  /** What runs beside the commands, and the first thing that went wrong there. */
  readonly #beside = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  /** @param absentSink the one that is not configured */
  constructor(storage: MemoryStorage, settings: LifeSettings, observers: Observers, absentSink?: number) {
    this.#absentSink = absentSink;
    this.storage = storage;
    this.#settings = settings;
    this.#observers = observers;
  }

  /** Runs until it is done, or the process has died. */
  async live(run: () => Promise<void>): Promise<void> {
    await liveThrough(Promise.race([run(), this.#died()]), () => this.storage, this.#clock);
    this.#throwFailure();
  }

  /** Opens journal and cursors; a second time, on a disk that is well, if the first may fail. */
  async open(): Promise<void> {
    this.#observers.mayBeDamaged ||= this.#mayFail || this.#mayBeFull;
    try {
      await this.#openOnce();
    } catch (error) {
      this.#throwUnlessExcused(error);
      this.storage = this.storage.kill();
      this.#mayFail = false;
      this.#mayBeFull = false;
      await this.#openOnce();
    }
  }

  async obey(command: Command): Promise<void> {
    if (this.storage.isDead) return await new Promise(() => undefined);
    this.#throwFailure();
    this.#checkSize();
    switch (command.do) {
      case 'append': {
        const answers = Array.from({ length: command.count }, () => this.#append(command.stream, command.sizeBytes));
        return command.isAwaited ? await Promise.all(answers).then(() => undefined) : undefined;
      }
      case 'drain':
        return await this.#forgive(() => this.#drain(command.sink, command.count, command.isPersisted));
      case 'jump':
        return this.#jump(command.sink, command.count);
      case 'forget':
        return await this.#forgive(() => this.#forget(command.sink));
      case 'read': {
        const read = this.#runBeside(this.#forgive(() => this.#readAll(command.stream, command.maxEvents)));
        return command.isAwaited ? await read : undefined;
      }
      case 'wait':
        return await this.#wait(command.durationMs);
      case 'stepClock':
        this.#clock.stepWall(this.#clock.wallMs() + command.byMs);
        return;
      case 'markClock':
        this.#journal?.markClock({ kind: 'anchor', stamp: sampleRecord('').stamp });
        return;
      case 'holdSyncs':
        this.#hadSlowSyncs = true;
        this.storage.holdSyncs();
        return;
      case 'heal':
        return await this.#heal();
      default:
        return this.trouble(command);
    }
  }

  trouble(trouble: Trouble): void {
    this.#hadTrouble = true;
    if (trouble.do === 'full' || (trouble.do === 'fail' && trouble.code === 'ENOSPC')) this.#mayBeFull = true;
    else if (trouble.do === 'fail' || trouble.do === 'readOnly') this.#mayFail = true;
    // Asked often enough in vain, it is damage.
    if (trouble.do === 'fail' && trouble.code === 'EIO' && trouble.operation === 'read') {
      this.#observers.mayBeDamaged = true;
    }
    makeTrouble(this.storage, trouble);
  }

  /** The life is over. What was written before it was answered outlives the process, synced or not; unless the disk failed. */
  end(death: Death['how']): void {
    for (const observer of this.#observers.streams) {
      if (death === 'close' && !this.#hadTrouble) observer.expectUpTo(observer.lastAnswered);
      else if (death === 'powerCut' || this.#hadTrouble) observer.forgetAnswered();
    }
  }

  /** Everything promised is there, and more is taken, without a restart. */
  async proveHealth(): Promise<void> {
    await this.#heal();
    for (const index of STREAM_NAMES.keys()) {
      await this.#readAll(index, 7);
      // Now nobody needs what there is, and what is full has room again.
      await this.#drainAll(index);
      await this.#append(index, 10);
      await this.#readAll(index, 1000);
    }
    this.#throwFailure();
  }

  async close(): Promise<void> {
    await this.#settle();
    await this.#journal?.[Symbol.asyncDispose]();
  }

  async #openOnce(): Promise<void> {
    const cost = new OpeningCost(this.storage);
    this.#journal = await openHistoryJournal(this.storage, this.#settings, this.#clock);
    if (!this.#hadTrouble && !this.#excuses().mayBeDamaged) cost.check();
    for (const [index, observer] of this.#observers.streams.entries()) {
      observer.open(this.#stream(index), this.#settings.machine, this.#excuses());
    }
    const cursors: (Cursor | undefined)[] = [];
    for (const index of SINK_NAMES.keys()) cursors.push(await this.#openCursor(index));
    this.#cursors = cursors;
  }

  async #openCursor(index: number): Promise<Cursor | undefined> {
    const { journal, stream, observer, cursorObserver } = this.#sink(index);
    const { name } = cursorObserver;
    const { oldestSequence } = stream;
    // Until its sink has come, every cursor is an orphan.
    const orphan = journal.orphans().find(({ sink }) => sink === name);
    cursorObserver.find(orphan !== undefined, this.#excuses());
    if (index === this.#absentSink) {
      if (orphan === undefined) observer.disown();
      else {
        cursorObserver.open({ ...orphan, ranges: [] }, oldestSequence, this.#excuses());
        observer.resume(orphan.acknowledgedSequence, oldestSequence);
      }
      return undefined;
    }
    if (orphan === undefined) cursorObserver.beginning(oldestSequence);
    const cursor = await journal.openCursor(name, stream.id, 'oldest');
    cursorObserver.open(cursor, oldestSequence, this.#excuses());
    observer.resume(cursor.acknowledgedSequence, oldestSequence);
    return cursor;
  }

  /** A sink that is configured cannot be forgotten, and one that is not known neither. */
  async #forget(index: number): Promise<void> {
    const { journal, cursor, cursorObserver, observer } = this.#sink(index);
    const { name } = cursorObserver;
    const isOrphan = journal.orphans().some(({ sink }) => sink === name);
    if (isOrphan) {
      cursorObserver.forgetting();
      observer.disowning();
      await journal.forget(name);
      cursorObserver.forgot();
      observer.disown();
      return;
    }
    const code = await journal.forget(name).then(
      () => undefined,
      (error: WaystationError) => error.code,
    );
    if (code === (cursor === undefined ? 'sink.unknown' : 'sink.configured')) return;
    throw new Violation('J10', `forgetting ${name} ended with ${code}`);
  }

  /** Never more than a segment over the quota, beside the small files [J8]; deleting may fail where a disk is in trouble. */
  #checkSize(): void {
    const { retention, segmentBytes } = this.#settings;
    if (this.#hadTrouble || this.#excuses().mayBeDamaged) return;
    for (const [index, limits] of retention.entries()) {
      if (limits === undefined) continue;
      const counts = this.storage.blockCounts(`${TEST_DIRECTORY}/streams/${STREAM_NAMES[index]}`);
      const sizeBytes = BLOCK_BYTES * (counts.reduce((sum, count) => sum + count, 0) - SMALL_FILES_BLOCKS);
      // A record that is larger than a segment gets one that is large enough; a commit of many never does.
      const usualBytes = Math.min(segmentBytes, limits.maxBytes / MIN_SEGMENTS_PER_QUOTA);
      if (sizeBytes <= limits.maxBytes + Math.max(usualBytes, LARGEST_RECORD_SEGMENT_BYTES)) continue;
      throw new Violation('J8', `${STREAM_NAMES[index]} takes ${sizeBytes} bytes, allowed are ${limits.maxBytes}`);
    }
  }

  #append(index: number, sizeBytes: number): Promise<void> {
    const { stream, observer } = this.#lane(index);
    return this.#runBeside(
      observer.append(stream, { sizeBytes, isAnsweredSynced: this.#settings.sync === 'always' || index > 0 }, () =>
        this.#excuses(),
      ),
    );
  }

  async #readAll(index: number, maxEvents: number): Promise<void> {
    const { stream, observer } = this.#lane(index);
    await observer.readAll(stream, maxEvents, () => this.#excuses());
  }

  /** What was appended before the linger is answered after it, and what was answered before the interval of the syncs is synced. */
  async #wait(durationMs: number): Promise<void> {
    const { sync, lingerMs, isCompressed } = this.#settings;
    const answered = this.#observers.streams.map(({ lastAnswered }) => lastAnswered);
    await this.#clock.advance(durationMs);
    await rest();
    if (this.#hadTrouble || this.#hadSlowSyncs || this.storage.isDead) return;
    for (const [index, observer] of this.#observers.streams.entries()) {
      // What is compressed in the thread pool is done at its own time.
      if (durationMs >= lingerMs && !isCompressed) observer.expectAnswers();
      if (sync !== 'always' && durationMs >= sync.everyMs) observer.expectUpTo(answered[index] ?? 0);
    }
  }

  async #drain(sink: number, count: number, isPersisted: boolean): Promise<void> {
    const { cursor, cursorObserver, stream, observer } = this.#sink(sink);
    if (cursor === undefined) return;
    const from = cursor.acknowledgedSequence + 1;
    const { nextSequence, lastForwarded } = await observer.read(stream, from, count, () => this.#excuses());
    observer.pass(nextSequence - 1);
    cursorObserver.advance(cursor, nextSequence - 1, lastForwarded ?? cursor.forwardedSequence);
    if (isPersisted) await cursorObserver.persist(cursor);
  }

  async #drainAll(sink: number): Promise<void> {
    const { cursor, stream } = this.#sink(sink);
    while (cursor !== undefined && cursor.acknowledgedSequence < stream.syncedSequence)
      await this.#drain(sink, 1000, true);
  }

  #jump(sink: number, count: number): void {
    const { cursor, cursorObserver, stream } = this.#sink(sink);
    if (cursor === undefined) return;
    const from = cursor.acknowledgedSequence + 2;
    const to = Math.min(stream.syncedSequence, from + count - 1);
    if (from <= to) cursorObserver.jump(cursor, { from, to });
  }

  #sink(index: number) {
    const journal = this.#journal;
    const cursorObserver = this.#observers.cursors[index];
    invariant(journal !== undefined && cursorObserver !== undefined, `There is a sink ${index}.`);
    return { journal, cursor: this.#cursors[index], cursorObserver, ...this.#lane(index) };
  }

  async #heal(): Promise<void> {
    this.storage.heal();
    await this.#settle();
    // Where answers come before the sync, a failure of before may still be dealt with: what comes now would share it.
    if (this.#settings.sync !== 'always') await rest();
    this.#mayFail = false;
    this.#mayBeFull = false;
  }

  async #settle(): Promise<void> {
    this.storage.releaseSyncs();
    await Promise.all(this.#beside);
  }

  /** The disk may be the reason why an action fails; the next one is not affected. */
  async #forgive(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#throwUnlessExcused(error);
    }
  }

  #throwUnlessExcused(error: unknown): void {
    const isExcused = error instanceof WaystationError && (this.#mayFail || this.#mayBeFull);
    if (!isExcused) throw error;
  }

  #runBeside(action: Promise<void>): Promise<void> {
    const running = action
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#beside.delete(running));
    this.#beside.add(running);
    return running;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #excuses(): Excuses {
    const mayBeDamaged = this.#observers.mayBeDamaged || this.storage.lieCount > 0;
    return { mayBeDamaged, mayFail: this.#mayFail, mayBeFull: this.#mayBeFull };
  }

  #lane(index: number) {
    const observer = this.#observers.streams[index];
    invariant(observer !== undefined, `There is a stream ${index}.`);
    return { stream: this.#stream(index), observer };
  }

  #stream(index: number): JournalStream {
    const stream = this.#journal?.streams[index];
    invariant(stream !== undefined, `Stream ${index} is open.`);
    return stream;
  }

  /** Opening again gives the life another storage; the death of the first, which is killed on the way, is none. */
  async #died(): Promise<void> {
    for (;;) {
      const { storage } = this;
      await storage.died;
      await turn();
      if (storage === this.storage) return;
    }
  }
}

/** The list of losses, and a new one that is being made. */
const SMALL_FILES_BLOCKS = 4;
/** What the largest record of a history needs for itself: 9000 bytes, header, its copy, index, footer. */
const LARGEST_RECORD_SEGMENT_BYTES = 5 * BLOCK_BYTES;
