import type { Clock } from '#gateway/runtime/clock.ts';

/** Work that is over sooner says nothing. */
const SILENT_MS = 1000;
const INTERVAL_MS = 250;

/** What a {@link Progress} writes to: standard error. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** One line on a terminal that says how far a command is, once it has taken more than a second. */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #clock: Clock;
  readonly #unit: string;
  readonly #total: number;
  readonly #startedMs: number;
  #shownMs: number;
  #done = 0;

  /** @param unit what is counted: `records`, or `bytes`, which is printed as MiB */
  constructor(output: ProgressOutput, clock: Clock, unit: string, total: number) {
    this.#output = output;
    this.#clock = clock;
    this.#unit = unit;
    this.#total = total;
    this.#startedMs = clock.monotonicMs();
    this.#shownMs = this.#startedMs + SILENT_MS - INTERVAL_MS;
  }

  add(count: number): void {
    this.#done += count;
    const nowMs = this.#clock.monotonicMs();
    if (this.#output.isTTY !== true || nowMs - this.#shownMs < INTERVAL_MS) return;
    this.#shownMs = nowMs;
    const state = { unit: this.#unit, done: this.#done, total: this.#total, elapsedMs: nowMs - this.#startedMs };
    this.#output.write(`${CLEAR_LINE}${formatProgress(state)}`);
  }

  /** Leaves the line empty for what comes after. */
  end(): void {
    if (this.#output.isTTY === true && this.#shownMs > this.#startedMs + SILENT_MS - INTERVAL_MS)
      this.#output.write(CLEAR_LINE);
  }
}

const CLEAR_LINE = '\r\x1b[K';

/** How far, how fast, and how long it will still take at this rate. */
export function formatProgress(state: {
  readonly unit: string;
  readonly done: number;
  readonly total: number;
  readonly elapsedMs: number;
}): string {
  const { unit, done, total, elapsedMs } = state;
  const perSecond = (done / Math.max(1, elapsedMs)) * 1000;
  const percent = total === 0 ? 100 : Math.floor((Math.min(done, total) / total) * 100);
  const restSeconds = perSecond === 0 ? undefined : Math.ceil(Math.max(0, total - done) / perSecond);
  const rest = restSeconds === undefined ? '' : `, ${formatRest(restSeconds)} left`;
  return `${percent} % of ${count(total, unit)}, ${count(Math.round(perSecond), unit)}/s${rest}`;
}

function count(number: number, unit: string): string {
  return unit === 'bytes' ? `${(number / 2 ** 20).toFixed(1)} MiB` : `${number} ${unit}`;
}

function formatRest(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
