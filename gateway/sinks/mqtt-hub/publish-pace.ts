/**
 * Spreads publishes out where a hub allows only so many a second: a bucket that fills at that rate and holds what half a second
 * brings, so that no second sees more than one and a half times the rate, and on average none sees more than the rate.
 */
export class PublishPace {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #filledMs: number;

  constructor(maxPerSecond: number, nowMs: number) {
    this.#perMs = maxPerSecond / 1000;
    this.#capacity = Math.max(1, maxPerSecond / 2);
    this.#tokens = this.#capacity;
    this.#filledMs = nowMs;
  }

  /** @returns milliseconds until one more may go; 0 when it may go now, and then it counts */
  take(nowMs: number): number {
    this.#tokens = Math.min(this.#capacity, this.#tokens + (nowMs - this.#filledMs) * this.#perMs);
    this.#filledMs = nowMs;
    if (this.#tokens < 1) return (1 - this.#tokens) / this.#perMs;
    this.#tokens -= 1;
    return 0;
  }
}
