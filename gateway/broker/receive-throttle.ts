import type { BrokerLimits } from '#gateway/model/broker-limits.ts';
import type { Clock } from '#gateway/runtime/clock.ts';

/** What one client may send over time; after a quiet second, as much at once as otherwise in a second. */
export type ReceiveRate = Pick<BrokerLimits, 'maxPublishesPerSecond' | 'maxReceivedBytesPerSecond'>;

/**
 * How fast one connection is read: a token bucket of publishes and one of bytes. On the way of every chunk, so it allocates nothing.
 *
 * Publishes are counted before they are passed on. Bytes are counted when they have come, so their bucket may be overdrawn by one chunk.
 */
export class ReceiveThrottle {
  readonly #publishesPerMs: number;
  readonly #bytesPerMs: number;
  readonly #clock: Clock;
  #publishTokens: number;
  #byteTokens: number;
  #filledMs: number;

  constructor({ maxPublishesPerSecond, maxReceivedBytesPerSecond }: ReceiveRate, clock: Clock) {
    this.#publishesPerMs = maxPublishesPerSecond / 1000;
    this.#bytesPerMs = maxReceivedBytesPerSecond / 1000;
    this.#clock = clock;
    this.#publishTokens = maxPublishesPerSecond;
    this.#byteTokens = maxReceivedBytesPerSecond;
    this.#filledMs = clock.monotonicMs();
  }

  /** How many publishes may pass now. */
  allowance(): number {
    const nowMs = this.#clock.monotonicMs();
    const sinceMs = nowMs - this.#filledMs;
    this.#filledMs = nowMs;
    this.#publishTokens = Math.min(1000 * this.#publishesPerMs, this.#publishTokens + sinceMs * this.#publishesPerMs);
    this.#byteTokens = Math.min(1000 * this.#bytesPerMs, this.#byteTokens + sinceMs * this.#bytesPerMs);
    return this.#byteTokens > 0 ? Math.floor(this.#publishTokens + ROUNDING) : 0;
  }

  /** That has come, and was passed on. */
  charge(publishCount: number, sizeBytes: number): void {
    this.#publishTokens -= publishCount;
    this.#byteTokens -= sizeBytes;
  }

  /** In how many milliseconds it is worth asking again; whole ones, so that a trickle does not make a timer per packet. */
  get waitMs(): number {
    const forPublishMs = (1 - this.#publishTokens) / this.#publishesPerMs;
    const forByteMs = -this.#byteTokens / this.#bytesPerMs;
    return Math.max(1, Math.ceil(Math.max(forPublishMs, forByteMs)));
  }
}

/** Sums of fractions fall a little short of the whole token that was waited for. */
const ROUNDING = 1e-6;
