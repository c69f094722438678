/** What a {@link RecentMap} may hold beside a number of entries. */
export interface WeightLimit<Value> {
  readonly maxWeight: number;
  readonly weightOf: (value: Value) => number;
}

/**
 * A map that holds at most `capacity` entries, and where asked so much weight, and forgets those that were touched longest ago.
 * One entry alone may weigh more.
 */
export class RecentMap<Key, Value> {
  readonly #capacity: number;
  readonly #limit: WeightLimit<Value> | undefined;
  readonly #entries = new Map<Key, Value>();
  #weight = 0;

  constructor(capacity: number, limit?: WeightLimit<Value>) {
    this.#capacity = capacity;
    this.#limit = limit;
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /** @returns the values that had to go for it */
  set(key: Key, value: Value): readonly Value[] {
    this.#delete(key);
    this.#entries.set(key, value);
    this.#weight += this.#weightOf(value);
    const gone: Value[] = [];
    for (const [oldest, old] of this.#entries) {
      if (this.#isWithinLimits) break;
      this.#delete(oldest);
      gone.push(old);
    }
    return gone;
  }

  /** Forgets some entries. @returns their values */
  deleteWhere(isUnwanted: (value: Value, key: Key) => boolean): readonly Value[] {
    const unwanted = [...this.#entries].filter(([key, value]) => isUnwanted(value, key));
    for (const [key] of unwanted) this.#delete(key);
    return unwanted.map(([, value]) => value);
  }

  /** Empties the map. @returns what it held */
  clear(): readonly Value[] {
    const values = [...this.#entries.values()];
    this.#entries.clear();
    this.#weight = 0;
    return values;
  }

  get #isWithinLimits(): boolean {
    const maxWeight = this.#limit?.maxWeight ?? Number.POSITIVE_INFINITY;
    return this.#entries.size <= this.#capacity && (this.#weight <= maxWeight || this.#entries.size === 1);
  }

  #delete(key: Key): void {
    const value = this.#entries.get(key);
    if (value !== undefined) this.#weight -= this.#weightOf(value);
    this.#entries.delete(key);
  }

  #weightOf(value: Value): number {
    return this.#limit?.weightOf(value) ?? 0;
  }
}
