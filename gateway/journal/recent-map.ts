/** A map that holds at most `capacity` entries and forgets the one that was touched longest ago. */
export class RecentMap<Key, Value> {
  readonly #capacity: number;
  readonly #entries = new Map<Key, Value>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /** @returns the value that had to go, if any */
  set(key: Key, value: Value): Value | undefined {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#capacity) return undefined;
    const [oldest] = this.#entries;
    if (oldest !== undefined) this.#entries.delete(oldest[0]);
    return oldest?.[1];
  }

  /** Forgets some entries. @returns their values */
  deleteWhere(isUnwanted: (value: Value, key: Key) => boolean): readonly Value[] {
    const unwanted = [...this.#entries].filter(([key, value]) => isUnwanted(value, key));
    for (const [key] of unwanted) this.#entries.delete(key);
    return unwanted.map(([, value]) => value);
  }

  /** Empties the map. @returns what it held */
  clear(): readonly Value[] {
    const values = [...this.#entries.values()];
    this.#entries.clear();
    return values;
  }
}
