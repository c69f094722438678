import type { Death, Trouble } from '#gateway/journal/histories/history.ts';
import { liveThrough } from '#gateway/journal/histories/live-through.ts';
import { makeTrouble } from '#gateway/journal/histories/make-trouble.ts';
import { Violation } from '#gateway/journal/histories/violation.ts';
import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { seededRandom } from '#gateway/journal/open-test-journal.ts';
import { invariant, WaystationError } from '#gateway/model/errors.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { openTestState, settled, type TestState } from './open-test-state.ts';
import type { StateCommand, StateHistory } from './state-history.ts';
import { StateObserver } from './state-observer.ts';

/** Plays a history. @returns what did not hold, if something did not */
export async function playStateHistory(history: StateHistory): Promise<Error | undefined> {
  const observer = new StateObserver();
  let storage = new MemoryStorage();
  try {
    for (const { before, commands, death } of history.lives) {
      const life = new LivingState(storage, history, observer);
      for (const trouble of before) life.trouble(trouble);
      if (death.how !== 'close') storage.dieAfter(death.atCall);
      await life.live(async () => {
        await life.open();
        for (const command of commands) await life.obey(command);
        if (death.how === 'close') await life.close();
      });
      storage = afterDeath(life.storage, death);
    }
    // Whatever happened, on a disk that works everything is found, and goes on.
    for (const _ of ['after what happened', 'after an orderly end']) {
      const life = new LivingState(storage, history, observer);
      await life.live(async () => {
        await life.open();
        await life.obey({ do: 'set', keys: [1, 2, 3], sizeBytes: 100 });
        await life.obey({ do: 'delete', keys: [4, 5, 6] });
        await life.close();
      });
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

/** One life of a map: obeys commands and asks the observer what it thinks of it. */
class LivingState {
  storage: MemoryStorage;
  readonly #history: StateHistory;
  readonly #observer: StateObserver;
  readonly #clock = new FakeClock();
  #test: TestState | undefined;
  #mayFail = false;
  #failure: Error | undefined;
  #markCount = 0;

  constructor(storage: MemoryStorage, history: StateHistory, observer: StateObserver) {
    this.storage = storage;
    this.#history = history;
    this.#observer = observer;
  }

  async live(run: () => Promise<void>): Promise<void> {
    await liveThrough(Promise.race([run(), this.#died()]), () => this.storage, this.#clock);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** A second time, on a disk that is well, if the first may fail. */
  async open(): Promise<void> {
    try {
      await this.#openOnce();
    } catch (error) {
      if (!(error instanceof WaystationError && this.#mayFail)) throw error;
      this.storage = this.storage.kill();
      this.#mayFail = false;
      await this.#openOnce();
    }
  }

  async obey(command: StateCommand): Promise<void> {
    if (this.storage.isDead) return await new Promise(() => undefined);
    if (this.#failure !== undefined) throw this.#failure;
    switch (command.do) {
      case 'set':
        for (const key of command.keys) this.#set(`key/${key}`, command.sizeBytes);
        return;
      case 'delete':
        for (const key of command.keys) this.#delete(`key/${key}`);
        return;
      case 'settle': {
        const settling = this.#settle();
        return command.isAwaited ? await settling : undefined;
      }
      case 'wait':
        return await this.#clock.advance(command.durationMs);
      case 'holdSyncs':
        return this.storage.holdSyncs();
      case 'heal':
        this.storage.heal();
        // What the trouble has caused is still told.
        await this.#settle();
        await this.#settle();
        this.#mayFail = false;
        return;
      default:
        return this.trouble(command);
    }
  }

  trouble(trouble: Trouble): void {
    this.#mayFail ||= ['fail', 'full', 'readOnly'].includes(trouble.do);
    // Asked often enough in vain, it is damage.
    if (trouble.do === 'fail' && trouble.operation === 'read') this.#observer.excuse();
    makeTrouble(this.storage, trouble);
  }

  async close(): Promise<void> {
    if (this.#test === undefined) return;
    this.storage.releaseSyncs();
    await this.#test.state[Symbol.asyncDispose]();
    await this.#test.journal[Symbol.asyncDispose]();
    if (!this.#mayFail) this.#observer.settled(this.#observer.now);
  }

  async #openOnce(): Promise<void> {
    const { seed, minLogBytes, maxRecordBytes } = this.#history;
    const test = await openTestState(this.storage, { seed, minLogBytes, maxRecordBytes, clock: this.#clock });
    if (this.storage.lieCount > 0) this.#observer.excuse();
    this.#observer.open(test.found);
    test.state.beforeWrite = () => {
      // The dead would go on until they touch the disk.
      if (!this.storage.isDead) this.#set('mark', ++this.#markCount);
    };
    this.#test = test;
  }

  #set(key: string, sizeBytes: number): void {
    const value = this.#observer.set(key, sizeBytes);
    this.#state.set(key, Buffer.from(value));
  }

  #delete(key: string): void {
    this.#observer.delete(key);
    this.#state.delete(key);
  }

  async #settle(): Promise<void> {
    const { now } = this.#observer;
    const mayFail = this.#mayFail;
    try {
      await settled(this.#state);
      this.#observer.settled(now);
    } catch (error) {
      if (error instanceof WaystationError && (mayFail || this.#mayFail)) return;
      this.#failure ??= error instanceof Error ? error : new Violation('J1', String(error));
    }
  }

  get #state() {
    invariant(this.#test !== undefined, 'The map is open.');
    return this.#test.state;
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
