import type { Cancel, Clock } from './clock.ts';

/** A clock that stands still until it is told to move. Timers fire in order of their time, then of their setting. */
export class FakeClock implements Clock {
  #nowMs: number;
  #timers: { dueMs: number; readonly action: () => void }[] = [];

  constructor(nowMs = Date.UTC(2026, 10, 20, 12)) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, action: () => void): Cancel {
    const timer = { dueMs: this.#nowMs + delayMs, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((pending) => pending !== timer);
    };
  }

  /** Moves on, firing what falls due on the way. */
  advance(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    for (let next = this.#nextDue(endMs); next !== undefined; next = this.#nextDue(endMs)) {
      const due = next;
      this.#nowMs = Math.max(this.#nowMs, due.dueMs);
      this.#timers = this.#timers.filter((pending) => pending !== due);
      due.action();
    }
    this.#nowMs = endMs;
  }

  /** Sets the clock as a user would, or stands still as a held-up process does: timers keep their distance. */
  jump(stepMs: number): void {
    this.#nowMs += stepMs;
    for (const timer of this.#timers) timer.dueMs += stepMs;
  }

  #nextDue(endMs: number) {
    const due = this.#timers.filter((timer) => timer.dueMs <= endMs);
    return due.reduce<(typeof due)[number] | undefined>(
      (first, timer) => (first === undefined || timer.dueMs < first.dueMs ? timer : first),
      undefined,
    );
  }
}
