/** First in, first out, each step in constant time. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The next to leave. */
  peek(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (this.#head === this.#items.length) return undefined;
    this.#items[this.#head++] = undefined;
    // What has left is cut off once it is half of the array: so each item is moved once at most.
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#head === this.#items.length ? [] : this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** In order; must not be changed meanwhile. */
  *[Symbol.iterator](): Generator<T> {
    for (let index = this.#head; index < this.#items.length; index++) yield this.#items[index] as T;
  }
}
