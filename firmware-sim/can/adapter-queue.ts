import type { CanFrame } from '#devices/can/can-frame.ts';

/** A frame and what the host gets of it. */
export interface QueuedFrame {
  readonly frame: CanFrame;
  readonly piece: Uint8Array;
}

/** The memory of an adapter: frames that wait for the line, the oldest first. */
export class AdapterQueue {
  readonly #limit: number;
  #frames: QueuedFrame[] = [];
  #deepest = 0;

  /** @param limit in frames */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#frames.length;
  }

  /** The most that ever waited. */
  get deepest(): number {
    return this.#deepest;
  }

  /** @returns false when there is no room */
  push(queued: QueuedFrame): boolean {
    if (this.#frames.length >= this.#limit) return false;
    this.#frames.push(queued);
    this.#deepest = Math.max(this.#deepest, this.#frames.length);
    return true;
  }

  /** The oldest frames that fit into so many bytes; they stay until {@link drop}. */
  peek(maxBytes: number): readonly QueuedFrame[] {
    let sizeBytes = 0;
    let count = 0;
    for (const { piece } of this.#frames) {
      if (sizeBytes + piece.length > maxBytes) break;
      sizeBytes += piece.length;
      count += 1;
    }
    return this.#frames.slice(0, count);
  }

  /** Forgets the oldest. */
  drop(count: number): void {
    this.#frames.splice(0, count);
  }

  /** @returns what was in it */
  clear(): readonly QueuedFrame[] {
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }
}
