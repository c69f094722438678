import type { Cancel, Clock } from './clock.ts';

/** A clock that stands still until it is told to move. Timers fire in order of their time, then of their setting. */
export class FakeClock implements Clock {
  #wallMs: number;
  #monotonicMs = 0;
  #sleptMs = 0;
  #timers: { readonly dueMs: number; readonly action: () => void }[] = [];

  constructor(wallMs = Date.UTC(2026, 10, 20, 12)) {
    this.#wallMs = wallMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  bootMs(): number {
    return this.#monotonicMs + this.#sleptMs;
  }

  schedule(delayMs: number, action: () => void): Cancel {
    const timer = { dueMs: this.#monotonicMs + delayMs, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((pending) => pending !== timer);
    };
  }

  /** How many timers wait. */
  get timerCount(): number {
    return this.#timers.length;
  }

  /** Moves both clocks on, firing what falls due on the way; lets promises settle between timers. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.#monotonicMs + durationMs;
    for (let next = this.#nextDue(endMs); next !== undefined; next = this.#nextDue(endMs)) {
      this.#moveTo(next.dueMs);
      this.#timers = this.#timers.filter((pending) => pending !== next);
      next.action();
      await settle();
    }
    this.#moveTo(endMs);
    await settle();
  }

  /** The host sleeps: only the wall clock and the time since boot go on. */
  sleep(durationMs: number): void {
    this.#wallMs += durationMs;
    this.#sleptMs += durationMs;
  }

  /** Sets the wall clock as a user or NTP would: monotonic time does not notice. */
  stepWall(wallMs: number): void {
    this.#wallMs = wallMs;
  }

  #nextDue(endMs: number) {
    const due = this.#timers.filter((timer) => timer.dueMs <= endMs);
    return due.reduce<(typeof due)[number] | undefined>(
      (first, timer) => (first === undefined || timer.dueMs < first.dueMs ? timer : first),
      undefined,
    );
  }

  #moveTo(monotonicMs: number): void {
    const stepMs = Math.max(0, monotonicMs - this.#monotonicMs);
    this.#wallMs += stepMs;
    this.#monotonicMs += stepMs;
  }
}

/** Lets every promise that can settle do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
