/** What any one queue may hold, however much the others do: so that a few clients that are away starve none of the rest. */
export const GUARANTEED_QUEUE_BYTES = 64 * 2 ** 10;

/** What the queues of all sessions hold together, and may hold. */
export class QueueBudget {
  readonly #maxBytes: number;
  #usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  hasRoomFor(sizeBytes: number): boolean {
    return this.#usedBytes + sizeBytes <= this.#maxBytes;
  }

  /** @param sizeBytes negative for what is given back */
  charge(sizeBytes: number): void {
    this.#usedBytes += sizeBytes;
  }
}
