import type { Stamp } from '#gateway/model/message.ts';

/** When a batch is full, or old enough by the time of its events. */
export interface BatchBounds {
  readonly maxEvents: number;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** Gathers what goes together, as a lane does that is caught up. */
export class Gatherer<T> {
  readonly #bounds: BatchBounds;
  readonly #flush: (parts: readonly T[]) => void;
  #parts: T[] = [];
  #sizeBytes = 0;
  #first: Stamp | undefined;

  constructor(bounds: BatchBounds, flush: (parts: readonly T[]) => void) {
    this.#bounds = bounds;
    this.#flush = flush;
  }

  add(part: T, sizeBytes: number, stamp: Stamp): void {
    const { maxAgeMs, maxBytes, maxEvents } = this.#bounds;
    const isOld = this.#first !== undefined && ageMs(this.#first, stamp) >= maxAgeMs;
    if (isOld || (this.#parts.length > 0 && this.#sizeBytes + sizeBytes > maxBytes)) this.end();
    this.#first ??= stamp;
    this.#parts.push(part);
    this.#sizeBytes += sizeBytes;
    if (this.#parts.length >= maxEvents) this.end();
  }

  end(): void {
    if (this.#parts.length > 0) this.#flush(this.#parts);
    this.#parts = [];
    this.#sizeBytes = 0;
    this.#first = undefined;
  }
}

/** Another clock run is another start, and nothing waits over it. */
function ageMs(first: Stamp, stamp: Stamp): number {
  return first.clockRun === stamp.clockRun ? stamp.monotonicMs - first.monotonicMs : Number.POSITIVE_INFINITY;
}

/** HTTP sinks that are caught up: a request for what came within so long. */
export const REQUEST_INTERVAL_MS = 1000;
