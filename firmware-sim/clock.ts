/** Time as a port: nothing in the simulator asks the system for the time or sets a timer but through this. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Runs `action` once after `delayMs`. */
  schedule(delayMs: number, action: () => void): Cancel;
}

/** Stops a timer; harmless when it already fired. */
export type Cancel = () => void;

/** The host's clock and timers. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  schedule(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Runs `action` every `intervalMs`, the first time after one interval, until cancelled. */
export function repeat(clock: Clock, intervalMs: number, action: () => void): Cancel {
  let isCancelled = false;
  let cancel = clock.schedule(intervalMs, tick);
  function tick() {
    action();
    if (!isCancelled) cancel = clock.schedule(intervalMs, tick);
  }
  return () => {
    isCancelled = true;
    cancel();
  };
}

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
