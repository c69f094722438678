import { Violation } from '#gateway/journal/histories/violation.ts';
import type { DeadLetterStore } from '#gateway/sinks/dead-letters/dead-letter-store.ts';

/**
 * Knows which letters there must be, by what was done alone: one that was buried is there, until it is dropped, acknowledged, or the
 * oldest where a new one needs its room. Remembers every moment since the last that is known to be durable: one of them is found after a crash.
 */
export class LetterObserver {
  /** By id, oldest first, with what is known of its attempts at least. */
  #letters = new Map<string, number>();
  #evictedCount = 0;
  #moments: string[] = [textOf([], 0)];
  #firstMoment = 0;
  #isExcused = false;
  /** Durable, with so many attempts at least. */
  #attempts = new Map<string, number>();

  get now(): number {
    return this.#firstMoment + this.#moments.length - 1;
  }

  get ids(): readonly string[] {
    return [...this.#letters.keys()];
  }

  /** The disk has lied, or could not be read: nothing can be said of what it holds. */
  excuse(): void {
    this.#isExcused = true;
  }

  /** A letter is about to be buried; {@link compare} finds what that cost. */
  buried(id: string, attempts: number): void {
    this.#letters.set(id, (this.#letters.get(id) ?? 0) + attempts);
    this.#push();
  }

  /**
   * Of letters that are not there any more, only the oldest may have gone without having been asked to.
   *
   * @param buried the one that needed the room
   * @throws Violation
   */
  compare(store: DeadLetterStore, buried: string): void {
    for (const id of [...this.#letters.keys()].filter((each) => each !== buried)) {
      if (store.index.get(id) !== undefined) break;
      this.#letters.delete(id);
      this.#evictedCount++;
    }
    this.#push();
    const missing = [...this.#letters.keys()].filter((id) => store.index.get(id) === undefined);
    if (missing.length > 0 && !this.#isExcused)
      throw new Violation('D6', `gone, and not the oldest: ${missing.join()}`);
    const { evicted } = store.index.countsOf('hub');
    if (evicted !== this.#evictedCount && !this.#isExcused)
      throw new Violation('D6', `${this.#evictedCount} went for want of room, and ${evicted} are counted`);
  }

  removed(ids: readonly string[]): void {
    for (const id of ids) this.#letters.delete(id);
    this.#push();
  }

  /** What was there at a moment, or something later, is found from here on. */
  settled(moment: number): void {
    if (moment === this.now) this.#attempts = new Map(this.#letters);
    const passed = moment - this.#firstMoment;
    if (passed <= 0) return;
    this.#moments.splice(0, passed);
    this.#firstMoment = moment;
  }

  /** A new life begins with what is found. @throws Violation if it has never been so since it was last durable */
  async open(store: DeadLetterStore): Promise<void> {
    const { evicted } = store.index.countsOf('hub');
    const found = new Map<string, number>();
    for (const [id] of store.index.behind(0)) found.set(id, (await store.read(id))?.attempts ?? 0);
    const text = textOf([...found.keys()], evicted);
    if (!this.#isExcused) {
      if (!this.#moments.includes(text)) {
        const moments = [this.#moments[0], this.#moments.at(-1)].join('\nand ');
        throw new Violation('D6', `found ${text}\nbetween ${moments}`);
      }
      for (const [id, attempts] of found) {
        const known = this.#attempts.get(id) ?? 0;
        if (attempts < known) throw new Violation('D6', `${id} was sent ${known} times, and ${attempts} are known`);
      }
    }
    this.#firstMoment = this.now + 1;
    this.#letters = found;
    this.#attempts = new Map(found);
    this.#evictedCount = evicted;
    this.#moments = [text];
  }

  #push(): void {
    const text = textOf(this.ids, this.#evictedCount);
    if (text !== this.#moments.at(-1)) this.#moments.push(text);
  }
}

function textOf(ids: readonly string[], evictedCount: number): string {
  return `${ids.map((id) => id.slice(id.lastIndexOf('/') + 1)).join(' ')} less ${evictedCount}`;
}
