import { type ClockMark, isTrusted, RELEASE_DATE_MS } from '#gateway/model/clock-mark.ts';
import type { GnssReport } from '#gateway/model/gnss-report.ts';
import type { Stamp } from '#gateway/model/message.ts';
import type { ClockStatus } from '#gateway/model/status.ts';
import type { Cancel, Clock } from './clock.ts';
import type { Logger } from './logger.ts';

/** What a {@link Timekeeper} is made of. */
export interface TimekeeperOptions {
  readonly clock: Clock;
  /** Whether the host says that a time server keeps its date right. */
  readonly isSynchronized: () => boolean;
  /** Names a clock run: 16 hex digits. */
  readonly newRunId: () => string;
  readonly logger: Logger;
}

/** The wall clock may move so far against the monotonic one, or that against the time since boot, before a new clock run begins. */
export const STEP_THRESHOLD_MS = 500;
/** How often that is looked at when nothing is stamped; slower drift is no step. */
const CHECK_INTERVAL_MS = 1000;

/**
 * Says what time it is, and what that rests on. It names the clock run, begins a new one when the host slept or its date was set,
 * and remembers the first trusted time of each [S5]. It never sets a clock and asks no server.
 */
export class Timekeeper implements Disposable {
  readonly #options: TimekeeperOptions;
  #reading: Reading;
  #isSynchronized: boolean;
  /** Of the clock run under way: its beginning, and its anchor. */
  #marks: readonly ClockMark[] = [];
  #runId = '';
  #stepCount = 0;
  #cancel: Cancel = () => {};
  #listener: (mark: ClockMark) => void = () => {};

  constructor(options: TimekeeperOptions) {
    this.#options = options;
    this.#reading = readAll(options.clock);
    this.#isSynchronized = options.isSynchronized();
    this.#beginRun('start');
    this.#checkLater();
  }

  /** Now. */
  stamp(): Stamp {
    const { clock } = this.#options;
    const now = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
    // A record that is stamped right after the host woke up must not get the old run.
    if (hasMoved(now.wallMs - now.monotonicMs, this.#reading.wallMs - this.#reading.monotonicMs)) this.#check();
    return { ...now, clockRun: this.#runId, quality: this.#qualityOf(now.wallMs) };
  }

  /** A satellite receiver said which instant it was when `arrival` was stamped. Only the first of a run counts. */
  hear({ trustedUnixMs, arrival }: Pick<GnssReport, 'trustedUnixMs' | 'arrival'>): void {
    if (trustedUnixMs === undefined || trustedUnixMs < RELEASE_DATE_MS || arrival.clockRun !== this.#runId) return;
    this.#anchor({ ...arrival, wallMs: trustedUnixMs, quality: 'gnss' });
  }

  /** Tells `listener` the marks of the run under way, and every one to come. There is one listener. */
  follow(listener: (mark: ClockMark) => void): void {
    this.#listener = listener;
    for (const mark of this.#marks) listener(mark);
  }

  status(): ClockStatus {
    const { clockRun, quality } = this.stamp();
    const anchor = this.#marks.map(({ stamp }) => stamp).find(isTrusted)?.quality;
    return { clockRun, quality, ...(anchor === undefined ? {} : { anchor }), stepCount: this.#stepCount };
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }

  #checkLater(): void {
    this.#cancel = this.#options.clock.schedule(CHECK_INTERVAL_MS, () => {
      this.#check();
      this.#checkLater();
    });
  }

  #check(): void {
    const before = this.#reading;
    const now = readAll(this.#options.clock);
    this.#reading = now;
    this.#isSynchronized = this.#options.isSynchronized();
    const hasSlept = hasMoved(now.bootMs - now.monotonicMs, before.bootMs - before.monotonicMs);
    const byMs = now.wallMs - now.monotonicMs - (before.wallMs - before.monotonicMs);
    if (hasSlept || hasMoved(byMs, 0)) {
      this.#stepCount++;
      this.#beginRun(hasSlept ? 'suspend' : 'step');
      const what = hasSlept ? 'The host slept' : 'The date of the host was set';
      this.#options.logger.warn({ byMs: Math.round(byMs), clockRun: this.#runId }, `${what}; a new clock run begins.`);
    }
    const stamp = { ...now, clockRun: this.#runId, quality: this.#qualityOf(now.wallMs) };
    if (isTrusted(stamp)) this.#anchor(stamp);
  }

  #beginRun(kind: 'start' | 'suspend' | 'step'): void {
    this.#runId = this.#options.newRunId();
    const { wallMs, monotonicMs } = this.#reading;
    const stamp = { wallMs, monotonicMs, clockRun: this.#runId, quality: this.#qualityOf(wallMs) };
    this.#marks = [{ kind, stamp }];
    this.#listener({ kind, stamp });
  }

  #anchor({ wallMs, monotonicMs, clockRun, quality }: Stamp): void {
    if (this.#marks.some(({ stamp }) => isTrusted(stamp))) return;
    const mark: ClockMark = { kind: 'anchor', stamp: { wallMs, monotonicMs, clockRun, quality } };
    this.#marks = [...this.#marks, mark];
    this.#options.logger.info({ quality, date: new Date(wallMs).toISOString() }, 'The time is known.');
    this.#listener(mark);
  }

  #qualityOf(wallMs: number): 'none' | 'ntp' | 'system' {
    if (wallMs < RELEASE_DATE_MS) return 'none';
    return this.#isSynchronized ? 'ntp' : 'system';
  }
}

interface Reading {
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly bootMs: number;
}

function readAll(clock: Clock): Reading {
  return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), bootMs: clock.bootMs() };
}

function hasMoved(offsetMs: number, beforeMs: number): boolean {
  return Math.abs(offsetMs - beforeMs) > STEP_THRESHOLD_MS;
}
