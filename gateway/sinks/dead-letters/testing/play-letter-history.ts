import type { Death, Trouble } from '#gateway/journal/histories/history.ts';
import { liveThrough } from '#gateway/journal/histories/live-through.ts';
import { makeTrouble } from '#gateway/journal/histories/make-trouble.ts';
import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { seededRandom } from '#gateway/journal/open-test-journal.ts';
import { invariant, WaystationError } from '#gateway/model/errors.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import type { RefusedEvent } from '#gateway/sinks/dead-letters/dead-letters.ts';
import { letterId } from '#gateway/sinks/dead-letters/letter.ts';
import type { LetterCommand, LetterHistory } from './letter-history.ts';
import { LetterObserver } from './letter-observer.ts';
import { openTestLetters, refused, type TestLetters } from './open-test-letters.ts';

/** Plays a history. @returns what did not hold, if something did not */
export async function playLetterHistory(history: LetterHistory): Promise<Error | undefined> {
  const world = { observer: new LetterObserver(), nextSequence: 1 };
  let storage = new MemoryStorage();
  try {
    for (const { before, commands, death } of history.lives) {
      const life = new LivingLetters(storage, history, world);
      for (const trouble of before) life.trouble(trouble);
      if (death.how !== 'close') storage.dieAfter(death.atCall);
      await life.live(commands, death.how === 'close');
      storage = afterDeath(life.storage, death);
    }
    // Whatever happened, on a disk that works everything is found, and goes on.
    for (const _ of ['after what happened', 'after an orderly end']) {
      const life = new LivingLetters(storage, history, world);
      await life.live(
        [
          { do: 'bury', count: 2, sizeBytes: 100 },
          { do: 'drop', places: [0] },
        ],
        true,
      );
      storage = life.storage.kill();
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function afterDeath(storage: MemoryStorage, death: Death): MemoryStorage {
  return death.how === 'powerCut' ? storage.powerCut(seededRandom(death.seed)) : storage.kill();
}

interface World {
  readonly observer: LetterObserver;
  nextSequence: number;
}

/** One life of the dead letters: obeys commands and asks the observer what it thinks of it. */
class LivingLetters {
  storage: MemoryStorage;
  readonly #history: LetterHistory;
  readonly #world: World;
  readonly #clock = new FakeClock();
  #test: TestLetters | undefined;
  #mayFail = false;
  /** Letters whose last burial was not answered with success in this life. */
  readonly #failed = new Set<string>();

  constructor(storage: MemoryStorage, history: LetterHistory, world: World) {
    this.storage = storage;
    this.#history = history;
    this.#world = world;
  }

  async live(commands: readonly LetterCommand[], isClosed: boolean): Promise<void> {
    const run = async () => {
      await this.#open();
      for (const command of commands) await this.#obey(command);
      if (isClosed) await this.#close();
    };
    await liveThrough(Promise.race([run(), this.#died()]), () => this.storage, this.#clock);
  }

  trouble(trouble: Trouble): void {
    this.#mayFail ||= ['fail', 'full', 'readOnly'].includes(trouble.do);
    // Asked often enough in vain, it is damage.
    if (trouble.do === 'fail' && trouble.operation === 'read') this.#world.observer.excuse();
    makeTrouble(this.storage, trouble);
  }

  /** A second time, on a disk that is well, if the first may fail. */
  async #open(): Promise<void> {
    try {
      await this.#openOnce();
    } catch (error) {
      if (!(error instanceof WaystationError && this.#mayFail)) throw error;
      this.storage = this.storage.kill();
      this.#mayFail = false;
      await this.#openOnce();
    }
  }

  async #openOnce(): Promise<void> {
    const { seed, maxBytes } = this.#history;
    const test = await openTestLetters(this.storage, { seed, maxBytes, clock: this.#clock });
    if (this.storage.lieCount > 0) this.#world.observer.excuse();
    await this.#world.observer.open(test.store);
    this.#test = test;
  }

  async #obey(command: LetterCommand): Promise<void> {
    if (this.storage.isDead) return await new Promise(() => undefined);
    const { store } = this.#letters;
    const { ids } = this.#world.observer;
    switch (command.do) {
      case 'bury':
        for (let count = 0; count < command.count; count++)
          await this.#bury(refused(this.#world.nextSequence++, { payload: 'x'.repeat(command.sizeBytes) }));
        return;
      case 'buryAgain': {
        const id = ids[command.place];
        if (id !== undefined) await this.#bury(refused(sequenceIn(id), { payload: 'x'.repeat(command.sizeBytes) }));
        return;
      }
      case 'drop': {
        const dropped = ids.filter((_, place) => command.places.includes(place));
        this.#world.observer.removed(dropped);
        for (const id of dropped) this.#failed.delete(id);
        await this.#settled(store.drop(dropped));
        return;
      }
      case 'redrive':
        await this.#settled(store.redrive(ids.filter((_, place) => command.places.includes(place))));
        return;
      case 'deliver':
        return await this.#deliver(command.count, command.refusedAt);
      case 'settle':
        await this.#settled(store.settle());
        return;
      case 'wait':
        return await this.#clock.advance(command.durationMs);
      case 'heal':
        this.storage.heal();
        // What the trouble has caused is still told.
        for (const _ of [1, 2]) await this.#settled(store.settle());
        this.#mayFail = false;
        return;
      default:
        return this.trouble(command);
    }
  }

  /** As a lane does: what has failed is the same refusal when it comes again. */
  async #bury(event: RefusedEvent): Promise<void> {
    const { observer } = this.#world;
    const id = letterId(event.sink, event.stored);
    observer.buried(id, this.#failed.has(id) ? 0 : event.attempts);
    this.#failed.add(id);
    const burying = this.#letters.store.bury(event);
    // Awaited below.
    burying.catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    observer.compare(this.#letters.store, id);
    if (await this.#settled(burying)) this.#failed.delete(id);
    observer.compare(this.#letters.store, id);
  }

  async #deliver(count: number, refusedAt: number | undefined): Promise<void> {
    const { store } = this.#letters;
    const queue = store.queueOf('hub');
    const from = queue.acknowledgedSequence + 1;
    const { records, positions = [] } = await queue.read(from, { maxEvents: count, maxBytes: 1e6 });
    const refusedRecord = refusedAt === undefined ? undefined : records[refusedAt];
    if (refusedRecord !== undefined) await this.#bury(refused(refusedRecord.sequence));
    const last = positions.at(-1);
    if (last === undefined) return;
    // One that was evicted meanwhile is none.
    const taken = records.filter((record) => record !== refusedRecord);
    this.#world.observer.removed(taken.map((stored) => letterId('hub', stored)));
    queue.advance(last, 0);
  }

  /** @returns whether it is durable */
  async #settled(doing: Promise<unknown>): Promise<boolean> {
    const { observer } = this.#world;
    const { now } = observer;
    const mayFail = this.#mayFail;
    try {
      await doing;
      observer.settled(now);
      return true;
    } catch (error) {
      if (!(error instanceof WaystationError) || !(mayFail || this.#mayFail)) throw error;
      return false;
    }
  }

  async #close(): Promise<void> {
    this.storage.releaseSyncs();
    await this.#letters.store[Symbol.asyncDispose]();
    await this.#letters.journal[Symbol.asyncDispose]();
    if (!this.#mayFail) this.#world.observer.settled(this.#world.observer.now);
  }

  get #letters(): TestLetters {
    invariant(this.#test !== undefined, 'The letters are open.');
    return this.#test;
  }

  /** Opening again gives the life another storage; the death of the first, which is killed on the way, is none. */
  async #died(): Promise<void> {
    for (;;) {
      const { storage } = this;
      await storage.died;
      await new Promise((resolve) => setImmediate(resolve));
      if (storage === this.storage) return;
    }
  }
}

function sequenceIn(id: string): number {
  return Number(id.slice(id.lastIndexOf('/') + 1));
}
