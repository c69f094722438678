import type { StateChange } from './state-record.ts';

/** What a change takes in memory beside its key and its value, roughly. */
export const CHANGE_OVERHEAD_BYTES = 128;

/** Changes that are not written yet, one per key; undefined for a key that is to be deleted. */
export class PendingChanges implements Iterable<StateChange> {
  readonly #changes = new Map<string, Uint8Array | undefined>();
  #sizeBytes = 0;

  get count(): number {
    return this.#changes.size;
  }

  /** What they take in memory, roughly. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  [Symbol.iterator](): IterableIterator<StateChange> {
    return this.#changes[Symbol.iterator]();
  }

  keys(): IterableIterator<string> {
    return this.#changes.keys();
  }

  has(key: string): boolean {
    return this.#changes.has(key);
  }

  /** @returns undefined for a key that is to be deleted, or is not changed */
  get(key: string): Uint8Array | undefined {
    return this.#changes.get(key);
  }

  /** A key that is changed again keeps its place. */
  put(key: string, value: Uint8Array | undefined): void {
    this.#sizeBytes += sizeOf(key, value) - (this.#changes.has(key) ? sizeOf(key, this.#changes.get(key)) : 0);
    this.#changes.set(key, value);
  }

  /** As if the key had not been changed. */
  drop(key: string): void {
    if (!this.#changes.has(key)) return;
    this.#sizeBytes -= sizeOf(key, this.#changes.get(key));
    this.#changes.delete(key);
  }
}

function sizeOf(key: string, value: Uint8Array | undefined): number {
  return CHANGE_OVERHEAD_BYTES + key.length + (value?.length ?? 0);
}
