import { type ClockMark, isPossibleDate, isTrusted } from '#gateway/model/clock-mark.ts';
import type { GnssReport } from '#gateway/model/gnss-report.ts';
import type { ClockQuality, Stamp } from '#gateway/model/message.ts';
import type { ClockStatus } from '#gateway/model/status.ts';
import type { Cancel, Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import { ReceiverTimes, type ReceiverVerdict } from './receiver-times.ts';

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
/** The anchor of a run may be so far from what the receivers say before a new run gets another one: monotonic clocks drift by seconds a day. */
export const CORRECTION_THRESHOLD_MS = 200;
/** So long they must insist on that: a run whose anchor was wrong is left behind after this time, and jitter begins none. */
const CORRECTION_AFTER_MS = 30_000;
/** A host that is so far from what the receivers say is not kept right by a time server, whatever it says. Far above any doubt about leap seconds. */
const CONTRADICTION_MS = 60_000;
/** How often all that is looked at when nothing is stamped; slower drift is no step. */
const CHECK_INTERVAL_MS = 1000;

/**
 * Says what time it is, and what that rests on. It names the clock run, begins a new one when the host slept or its date was set,
 * and remembers the first trusted time of each [S5]. It never sets a clock and asks no server.
 */
export class Timekeeper implements Disposable {
  readonly #options: TimekeeperOptions;
  readonly #receivers = new ReceiverTimes();
  #verdict: ReceiverVerdict = { kind: 'unknown' };
  #reading: Reading;
  #isSynchronized: boolean;
  /** Of the clock run under way: its beginning, and its anchor. */
  #marks: readonly ClockMark[] = [];
  /** The first trusted time of the run under way. */
  #anchored: Stamp | undefined;
  #runId = '';
  /** Monotonic: since when the receivers say something else than the anchor; undefined while they do not. */
  #outdatedSinceMs: number | undefined;
  #stepCount = 0;
  #correctionCount = 0;
  #cancel: Cancel = () => {};
  #listener: (mark: ClockMark) => void = () => {};

  constructor(options: TimekeeperOptions) {
    this.#options = options;
    this.#reading = readAll(options.clock);
    this.#isSynchronized = options.isSynchronized();
    this.#beginRun('start');
    this.#checkLater();
  }

  /**
   * Now: by the host where a time server keeps its date right, else by the receivers once they anchored the run, else by the host for
   * what that is worth.
   */
  stamp(): Stamp {
    const { clock } = this.#options;
    const now = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
    // A record that is stamped right after the host woke up must not get the old run.
    if (hasMoved(offsetOf(now), offsetOf(this.#reading))) this.#check();
    const quality = this.#qualityOf(now);
    const clockRun = this.#runId;
    if (quality !== 'ntp' && this.#anchored?.quality === 'gnss') {
      return { ...now, wallMs: Math.round(now.monotonicMs + offsetOf(this.#anchored)), clockRun, quality: 'gnss' };
    }
    return { ...now, clockRun, quality };
  }

  /**
   * A satellite receiver said which instant it was. Several epochs must agree before that counts, and all receivers.
   *
   * @returns whether what was said is now believed
   */
  hear({ device, trustedUnixMs, arrival }: Pick<GnssReport, 'device' | 'trustedUnixMs' | 'arrival'>): boolean {
    if (trustedUnixMs === undefined || !isPossibleDate(trustedUnixMs) || arrival.clockRun !== this.#runId) return false;
    this.#receivers.hear(device, trustedUnixMs, arrival.monotonicMs);
    this.#check();
    return this.#verdict.kind === 'agreed' && !hasMoved(trustedUnixMs - arrival.monotonicMs, this.#verdict.offsetMs);
  }

  /** Tells `listener` the marks of the run under way, and every one to come. There is one listener. */
  follow(listener: (mark: ClockMark) => void): void {
    this.#listener = listener;
    for (const mark of this.#marks) listener(mark);
  }

  status(): ClockStatus {
    this.#check();
    const anchored = this.#anchored;
    const { monotonicMs } = this.#reading;
    const verdict = this.#verdict;
    return {
      clockRun: this.#runId,
      quality: this.#qualityOf(this.#reading),
      ...(anchored === undefined
        ? {}
        : { anchor: anchored.quality, anchorAgeSeconds: Math.floor((monotonicMs - anchored.monotonicMs) / 1000) }),
      receivers: verdict.kind,
      ...(verdict.kind === 'agreed' ? { hostOffsetMs: Math.round(offsetOf(this.#reading) - verdict.offsetMs) } : {}),
      stepCount: this.#stepCount,
      correctionCount: this.#correctionCount,
    };
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
    const byMs = offsetOf(now) - offsetOf(before);
    if (hasSlept) this.#receivers.forget();
    this.#weigh();
    if (hasSlept || hasMoved(byMs, 0)) {
      this.#stepCount++;
      this.#beginRun(hasSlept ? 'suspend' : 'step');
      const what = hasSlept ? 'The host slept' : 'The date of the host was set';
      this.#options.logger.warn({ byMs: Math.round(byMs), clockRun: this.#runId }, `${what}; a new clock run begins.`);
    }
    this.#anchor();
  }

  #weigh(): void {
    const wasDisputed = this.#verdict.kind === 'disputed';
    this.#verdict = this.#receivers.verdict(this.#reading.monotonicMs);
    if (this.#verdict.kind === 'disputed' && !wasDisputed) {
      this.#options.logger.warn({}, 'Satellite receivers contradict each other in the time; none is believed.');
    }
  }

  #beginRun(kind: 'start' | 'suspend' | 'step' | 'correction'): void {
    this.#runId = this.#options.newRunId();
    const { wallMs, monotonicMs } = this.#reading;
    const stamp = { wallMs, monotonicMs, clockRun: this.#runId, quality: this.#qualityOf(this.#reading) };
    this.#marks = [{ kind, stamp }];
    this.#outdatedSinceMs = undefined;
    this.#anchored = isTrusted(stamp) ? stamp : undefined;
    this.#listener({ kind, stamp });
  }

  /** The first trusted time of a run is its anchor for ever: where it was wrong, or the monotonic clock drifts, a new run begins. */
  #anchor(): void {
    const found = this.#trusted();
    const anchored = this.#anchored;
    if (found === undefined || (anchored !== undefined && !this.#isOutdated(anchored, found))) return;
    if (anchored !== undefined) {
      this.#correctionCount++;
      const byMs = Math.round(offsetOf(found) - offsetOf(anchored));
      this.#beginRun('correction');
      this.#options.logger.info(
        { byMs, clockRun: this.#runId },
        'The receivers know the time better; a new clock run begins.',
      );
    }
    const stamp = { ...found, clockRun: this.#runId };
    const mark: ClockMark = { kind: 'anchor', stamp };
    this.#marks = [...this.#marks, mark];
    this.#anchored = stamp;
    this.#options.logger.info(
      { quality: stamp.quality, date: new Date(stamp.wallMs).toISOString() },
      'The time is known.',
    );
    this.#listener(mark);
  }

  /** What may be believed at the last reading: a time server before the receivers, whose epochs come late. */
  #trusted(): Omit<Stamp, 'clockRun'> | undefined {
    const { wallMs, monotonicMs } = this.#reading;
    if (this.#qualityOf(this.#reading) === 'ntp') return { wallMs, monotonicMs, quality: 'ntp' };
    if (this.#verdict.kind !== 'agreed') return undefined;
    return { wallMs: Math.round(monotonicMs + this.#verdict.offsetMs), monotonicMs, quality: 'gnss' };
  }

  /** Only by the receivers: what a time server does to the date is a step, or so little that it does not matter. */
  #isOutdated(anchored: Moment, found: Omit<Stamp, 'clockRun'>): boolean {
    const isElsewhere = Math.abs(offsetOf(found) - offsetOf(anchored)) > CORRECTION_THRESHOLD_MS;
    if (found.quality !== 'gnss' || !isElsewhere) {
      this.#outdatedSinceMs = undefined;
      return false;
    }
    this.#outdatedSinceMs ??= found.monotonicMs;
    return found.monotonicMs - this.#outdatedSinceMs >= CORRECTION_AFTER_MS;
  }

  #qualityOf(now: Moment): Exclude<ClockQuality, 'gnss'> {
    if (!isPossibleDate(now.wallMs)) return 'none';
    return this.#isSynchronized && !this.#isContradicted(now) ? 'ntp' : 'system';
  }

  #isContradicted(now: Moment): boolean {
    return this.#verdict.kind === 'agreed' && Math.abs(offsetOf(now) - this.#verdict.offsetMs) > CONTRADICTION_MS;
  }
}

type Moment = Pick<Stamp, 'wallMs' | 'monotonicMs'>;

interface Reading extends Moment {
  readonly bootMs: number;
}

function readAll(clock: Clock): Reading {
  // As exact as the journal keeps it: a record has the same time before and after a restart.
  const monotonicMs = Math.round(clock.monotonicMs() * 1000) / 1000;
  return { wallMs: clock.wallMs(), monotonicMs, bootMs: clock.bootMs() };
}

/** Unix time less monotonic time, milliseconds. */
function offsetOf({ wallMs, monotonicMs }: Moment): number {
  return wallMs - monotonicMs;
}

function hasMoved(offsetMs: number, beforeMs: number): boolean {
  return Math.abs(offsetMs - beforeMs) > STEP_THRESHOLD_MS;
}
