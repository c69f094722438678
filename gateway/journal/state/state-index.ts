/** Where the newest value of a key stands. */
export interface StatePlace {
  /** Of its record. */
  readonly sequence: number;
  /** What it takes in there. */
  readonly sizeBytes: number;
}

/** Which value of each key is the newest: all that is kept in memory of a map. */
export class StateIndex {
  readonly #places = new Map<string, StatePlace>();
  #liveBytes = 0;

  get keyCount(): number {
    return this.#places.size;
  }

  /** What the newest values take in their records. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  /** Where the newest value of a key stands; the same object as long as it does. */
  placeOf(key: string): StatePlace | undefined {
    return this.#places.get(key);
  }

  /** Whether the value of a key in the record with this sequence is the newest. */
  isNewest(key: string, sequence: number): boolean {
    return this.#places.get(key)?.sequence === sequence;
  }

  /** @param place undefined where the key is deleted */
  apply(key: string, place: StatePlace | undefined): void {
    this.#liveBytes += (place?.sizeBytes ?? 0) - (this.#places.get(key)?.sizeBytes ?? 0);
    if (place === undefined) this.#places.delete(key);
    else this.#places.set(key, place);
  }
}
