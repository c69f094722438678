import { Violation } from '#gateway/journal/histories/violation.ts';

/** Remembers what a map held at every moment since it was last durable: one of them must be found after a crash. */
export class StateObserver {
  #entries = new Map<string, string>();
  /** As text, from the moment on that is known to be durable. */
  #moments: string[] = [textOf(new Map())];
  #firstMoment = 0;
  #setCount = 0;
  #isExcused = false;

  /** Of the newest moment. */
  get now(): number {
    return this.#firstMoment + this.#moments.length - 1;
  }

  /** The disk has lied, or could not be read: nothing can be said of what it holds. */
  excuse(): void {
    this.#isExcused = true;
  }

  /** @returns the value, unlike any before */
  set(key: string, sizeBytes: number): string {
    const value = `${++this.#setCount} ${'x'.repeat(sizeBytes)}`;
    this.#entries.set(key, value);
    this.#moments.push(textOf(this.#entries));
    return value;
  }

  delete(key: string): void {
    this.#entries.delete(key);
    this.#moments.push(textOf(this.#entries));
  }

  /** What was there at a moment, or something later, is found from here on. */
  settled(moment: number): void {
    const passed = moment - this.#firstMoment;
    if (passed <= 0) return;
    this.#moments.splice(0, passed);
    this.#firstMoment = moment;
  }

  /** A new life begins with what is found. @throws Violation if the map has never been so since it was last durable */
  open(found: ReadonlyMap<string, string>): void {
    const text = textOf(found);
    if (!this.#moments.includes(text) && !this.#isExcused) {
      const [durable, newest] = [this.#moments[0], this.#moments.at(-1)];
      throw new Violation('J14', `found ${text}\nbetween ${durable}\nand ${newest}`);
    }
    this.#firstMoment = this.now + 1;
    this.#entries = new Map(found);
    this.#moments = [text];
  }
}

/** Values by the number that begins them. */
function textOf(entries: ReadonlyMap<string, string>): string {
  const parts = [...entries].map(([key, value]) => `${key}=${value.slice(0, value.indexOf(' '))}/${value.length}`);
  return parts.toSorted().join(' ');
}
