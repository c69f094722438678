import { uptime } from 'node:os';

/**
 * Time as a port: nothing in the gateway asks the system for the time or sets a timer but through this.
 * The fake beside it, `fake-clock.ts`, is stepped by hand.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch by the host's clock. May jump, may be decades off. */
  wallMs(): number;
  /** Milliseconds since some fixed moment; never jumps, never goes back. */
  monotonicMs(): number;
  /** Milliseconds since the host started. Unlike `monotonicMs` it counts the time that the host slept; hundredths of a second are enough. */
  bootMs(): number;
  /** Runs `action` once after `delayMs`. A pending timer does not keep the process alive. */
  schedule(delayMs: number, action: () => void): Cancel;
}

/** Stops a timer; harmless when it already fired. */
export type Cancel = () => void;

/** The host's clock and timers. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  bootMs: () => uptime() * 1000,
  schedule(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`, or as soon as the signal aborts: a wait that is cut short is not an error. */
export function wait(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.schedule(delayMs, finish);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
