import type { Clock } from '#gateway/runtime/clock.ts';

/** A moment since a start of the host. */
export interface BootMark {
  readonly id: string;
  /** Rounded up: nothing seems longer ago than it is. */
  readonly atMs: number;
}

/** In which the time since boot is told: what is kept may seem so much later than it was. */
const BOOT_STEP_MS = 10;
/** The time since boot is exact to some hundredths of a second: only what is more was a sleep. */
const SLEEP_THRESHOLD_MS = 500;

/** Milliseconds since a mark; undefined where the host was started anew since then, or counts another time since. @param bootId of the start under way */
export function passedSince(mark: BootMark | undefined, bootId: string | undefined, clock: Clock): number | undefined {
  if (mark === undefined || mark.id !== bootId) return undefined;
  const passedMs = clock.bootMs() - mark.atMs;
  return passedMs < -2 * BOOT_STEP_MS ? undefined : Math.max(0, passedMs);
}

/** The time line of a link as `day-ledger.ts` has it: it goes on while the host sleeps, and whatever is done to its date. */
export class TimeLine {
  readonly #clock: Clock;
  readonly #bootId: string | undefined;
  /** Where the clocks of the host stood at the start. */
  readonly #origin: { readonly monotonicMs: number; readonly bootMs: number; readonly elapsedMs: number };
  #sleptMs = 0;

  /** @param elapsedMs where on the line it begins, now */
  constructor(clock: Clock, bootId: string | undefined, elapsedMs: number) {
    this.#clock = clock;
    this.#bootId = bootId;
    this.#origin = { monotonicMs: clock.monotonicMs(), bootMs: clock.bootMs(), elapsedMs };
  }

  elapsedAt(monotonicMs: number): number {
    return this.#origin.elapsedMs + (monotonicMs - this.#origin.monotonicMs) + this.#sleptMs;
  }

  /** To be called now and then: the monotonic clock stands still while the host sleeps. */
  noticeSleep(): void {
    const { bootMs, monotonicMs } = this.#origin;
    const sleptMs = this.#clock.bootMs() - bootMs - (this.#clock.monotonicMs() - monotonicMs);
    if (sleptMs > this.#sleptMs + SLEEP_THRESHOLD_MS) this.#sleptMs = sleptMs;
  }

  /** Now, for a process that comes later; undefined where the start of the host has no name. */
  mark(): BootMark | undefined {
    return this.#bootId === undefined ? undefined : { id: this.#bootId, atMs: this.#clock.bootMs() + BOOT_STEP_MS };
  }
}
