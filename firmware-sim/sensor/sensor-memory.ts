/** One message of a sensor. */
export interface SensorMessage {
  readonly count: number;
  /** When it was made, in milliseconds since the Unix epoch. */
  readonly at: number;
  readonly payload: string;
}

/**
 * What a sensor keeps until it is acknowledged: bounded, and in order. When it is full nothing new is measured, so what it holds stays
 * whole.
 */
export class SensorMemory {
  readonly #capacity: number;
  #pending: SensorMessage[] = [];
  /** How many of the pending ones were handed to the present connection, and how many to any. */
  #sentCount = 0;
  #everSentCount = 0;
  #refusedCount = 0;

  constructor(capacity = DEFAULT_CAPACITY) {
    this.#capacity = capacity;
  }

  get pendingCount(): number {
    return this.#pending.length;
  }

  /** In the order of making. */
  get pending(): readonly SensorMessage[] {
    return this.#pending;
  }

  /** How many could not be made because the memory was full. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  /** Asks for room for one more; a refusal is counted. */
  hasRoom(): boolean {
    const hasRoom = this.#pending.length < this.#capacity;
    this.#refusedCount += hasRoom ? 0 : 1;
    return hasRoom;
  }

  add(message: SensorMessage): void {
    this.#pending.push(message);
  }

  /** Begins again at the oldest pending one. @returns those that an earlier connection has sent already */
  beginConnection(): readonly SensorMessage[] {
    this.#sentCount = 0;
    return this.#pending.slice(0, this.#everSentCount);
  }

  /** The next to send, while fewer than `windowSize` wait for their acknowledgement. */
  takeNext(windowSize: number): SensorMessage | undefined {
    if (this.#sentCount >= windowSize) return undefined;
    const message = this.#pending[this.#sentCount];
    if (message === undefined) return undefined;
    this.#sentCount += 1;
    this.#everSentCount = Math.max(this.#everSentCount, this.#sentCount);
    return message;
  }

  /** One was acknowledged; what is not pending any more is passed over. */
  acknowledge(count: number): void {
    const index = this.#pending.findIndex((message) => message.count === count);
    if (index < 0) return;
    this.#pending.splice(index, 1);
    this.#sentCount = Math.max(0, this.#sentCount - 1);
    this.#everSentCount -= 1;
  }
}

/** Nearly three hours of one message a second. */
export const DEFAULT_CAPACITY = 10_000;
