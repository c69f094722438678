import type { StateMap } from '#gateway/journal/state/state-map.ts';

/** A map in memory, whose values outlive whoever uses it. */
export class MemoryMap implements StateMap {
  beforeWrite: (() => void) | undefined;
  readonly values = new Map<string, Buffer>();
  readonly isFull = false;

  async load(visit: (key: string, value: Buffer) => void): Promise<void> {
    for (const [key, value] of this.values) visit(key, value);
  }

  get(key: string): Promise<Buffer | undefined> {
    return Promise.resolve(this.values.get(key));
  }

  set(key: string, value: Uint8Array): void {
    this.values.set(key, Buffer.from(value));
  }

  delete(key: string): void {
    this.values.delete(key);
  }

  settle(done: () => void): void {
    this.beforeWrite?.();
    done();
  }

  status() {
    return {
      ...{ keyCount: this.values.size, pendingCount: 0, pendingBytes: 0 },
      ...{ sizeBytes: 0, liveBytes: 0, writtenBytes: 0, copiedBytes: 0 },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
