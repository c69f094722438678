import type { LinkMode } from '#gateway/model/link-status.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Allowance } from '#gateway/sinks/link/allowance.ts';
import type { Charge, Link } from '#gateway/sinks/link/link.ts';

/** A link for tests of the loop: what was sent comes back with time, up to a bound. */
export class FakeLink implements Link {
  readonly id = 'fake';
  /** More was taken than was there. */
  overdrawnCount = 0;
  readonly #clock: Clock;
  readonly #bytesPerSecond: number;
  readonly #listeners = new Set<() => void>();
  #mode: LinkMode = 'normal';
  #bytes: number;
  #filledMs = 0;

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
    this.#bytes = bytesPerSecond;
  }

  get mode(): LinkMode {
    return this.#mode;
  }

  set mode(mode: LinkMode) {
    this.#mode = mode;
    for (const listener of this.#listeners) listener();
  }

  allowance(nowMs: number): Allowance {
    const bytes = this.#fill(nowMs);
    const missing = Math.max(1, this.#bytesPerSecond - bytes);
    return {
      mode: this.#mode,
      ...{ bytes, urgentBytes: bytes, maxEventBytes: Infinity, maxUrgentEventBytes: Infinity, events: Infinity },
      ...{ burstBytes: this.#bytesPerSecond, burstEvents: Infinity, bytesPerSecond: this.#bytesPerSecond },
      ...{ dayBytes: Infinity, dayRestBytes: 0 },
      moreAtMs: nowMs + (1000 * missing) / this.#bytesPerSecond,
    };
  }

  charge({ bytes }: Charge): () => void {
    if (this.#fill(this.#clock.monotonicMs()) <= 0) this.overdrawnCount += 1;
    this.#bytes -= bytes;
    return () => {};
  }

  meter(): void {}

  wireShareOf(): undefined {}

  keepWireShare(): void {}

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #fill(nowMs: number): number {
    this.#bytes = Math.min(
      this.#bytesPerSecond,
      this.#bytes + ((nowMs - this.#filledMs) * this.#bytesPerSecond) / 1000,
    );
    this.#filledMs = nowMs;
    return this.#bytes;
  }
}
