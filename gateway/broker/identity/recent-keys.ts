/** A map of bounded size: what was not asked for longest makes way for the next. */
export class RecentKeys<T> {
  readonly #maxCount: number;
  /** The longest unasked first. */
  readonly #values = new Map<string, T>();

  constructor(maxCount: number) {
    this.#maxCount = maxCount;
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: string): T | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  /** @returns what is there, or what `make` gives */
  getOrAdd(key: string, make: () => T): T {
    const known = this.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.#values.keys();
    if (oldest !== undefined && this.#values.size >= this.#maxCount) this.#values.delete(oldest);
    const made = make();
    this.#values.set(key, made);
    return made;
  }
}
