/** So many at once, and one more each time that `refillMs` has passed. Whole numbers only: what it allows does not depend on how often it is asked. */
export class Allowance {
  readonly #max: number;
  readonly #refillMs: number;
  #usedCount = 0;
  /** When the last one came back; on the monotonic clock. */
  #sinceMs: number;

  constructor(max: number, refillMs: number, nowMs: number) {
    this.#max = max;
    this.#refillMs = refillMs;
    this.#sinceMs = nowMs;
  }

  usedCount(nowMs: number): number {
    const backCount = Math.floor((nowMs - this.#sinceMs) / this.#refillMs);
    this.#usedCount = Math.max(0, this.#usedCount - backCount);
    this.#sinceMs = this.#usedCount === 0 ? nowMs : this.#sinceMs + backCount * this.#refillMs;
    return this.#usedCount;
  }

  isUsedUp(nowMs: number): boolean {
    return this.usedCount(nowMs) >= this.#max;
  }

  take(nowMs: number): void {
    if (!this.isUsedUp(nowMs)) this.#usedCount++;
  }
}
