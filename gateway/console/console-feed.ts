import type { Journal } from '#gateway/journal/journal.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { ConsoleEvents, Fix, HistorySample, HistoryView, LiveView, Outage } from './live-view.ts';
import { OldestUnsent } from './oldest-unsent.ts';
import type { MonotonicOutage } from './outages.ts';
import type { PositionTrack } from './position-track.ts';
import { problemsOf } from './problems-of.ts';
import { emptyRecording, type Recording, ratePerSecond, ratesOf, recordStatus, type Sample } from './recorder.ts';

/** How often the page is told: people see no more, and a tab costs the gateway little. */
const LIVE_INTERVAL_MS = 500;
/** Every second look is remembered. */
const LOOKS_PER_SAMPLE = 2;

/** What {@link ConsoleFeed} needs. */
export interface ConsoleFeedOptions {
  readonly status: () => GatewayStatus;
  readonly journal: Pick<Journal, 'stream' | 'clockRuns'>;
  readonly track: PositionTrack;
  readonly clock: Clock;
  /** Takes each event of the live stream, by name. */
  readonly emit: <K extends keyof ConsoleEvents>(name: K, value: ConsoleEvents[K]) => void;
}

/** Looks at the gateway twice a second, remembers, and tells. */
export class ConsoleFeed implements Disposable {
  readonly #options: ConsoleFeedOptions;
  readonly #oldest: OldestUnsent;
  #recording: Recording;
  #lookCount = 0;
  #sentOutages = '';
  #sentFix: Fix | undefined;
  #cancel: Cancel = () => {};

  constructor(options: ConsoleFeedOptions) {
    this.#options = options;
    this.#oldest = new OldestUnsent(options);
    this.#recording = emptyRecording(options.clock.monotonicMs());
  }

  /** Looks now and goes on looking. */
  start(): void {
    this.#look();
    this.#cancel = this.#options.clock.schedule(LIVE_INTERVAL_MS, () => this.start());
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }

  /** Rises with every look, and with it what {@link history} says. */
  get lookCount(): number {
    return this.#lookCount;
  }

  live(): LiveView {
    const status = this.#options.status();
    return {
      nowMs: this.#options.clock.wallMs(),
      status,
      rates: ratesOf(this.#recording),
      oldestUnsentMs: this.#oldest.agesMs(status.sinks),
      problems: problemsOf(status),
    };
  }

  history(): HistoryView {
    const { samples, startedMs } = this.#recording;
    return {
      watchedSinceMs: this.#wallMs(startedMs),
      samples: samples.flatMap((_sample, index) => this.#sampleAt(samples, index) ?? []),
      outages: this.#outages(),
      track: this.#options.track.fixes,
    };
  }

  #look(): void {
    const { clock, emit, track } = this.#options;
    const view = this.live();
    if (this.#lookCount++ % LOOKS_PER_SAMPLE === 0) {
      this.#oldest.note(view.status);
      this.#recording = recordStatus(this.#recording, clock.monotonicMs(), view.status);
      const { samples } = this.#recording;
      const sample = this.#sampleAt(samples, samples.length - 1);
      if (sample !== undefined) emit('sample', sample);
      this.#emitOutages();
    }
    emit('live', view);
    const fix = track.fixes.at(-1);
    if (fix !== undefined && fix !== this.#sentFix) emit('fix', fix);
    this.#sentFix = fix;
  }

  #emitOutages(): void {
    const text = JSON.stringify(this.#recording.outages);
    if (text !== this.#sentOutages) this.#options.emit('outages', this.#outages());
    this.#sentOutages = text;
  }

  #outages(): readonly Outage[] {
    return this.#recording.outages.map((outage) => this.#onWallClock(outage));
  }

  #onWallClock({ dealtWithAtEnd: _, ...outage }: MonotonicOutage): Outage {
    const { startedMs, endedMs, drainedMs } = outage;
    return {
      ...outage,
      startedMs: this.#wallMs(startedMs),
      ...(endedMs === undefined ? {} : { endedMs: this.#wallMs(endedMs) }),
      ...(drainedMs === undefined ? {} : { drainedMs: this.#wallMs(drainedMs) }),
    };
  }

  #sampleAt(samples: readonly Sample[], index: number): HistorySample | undefined {
    const [before, after] = [samples[index - 1], samples[index]];
    if (before === undefined || after === undefined) return undefined;
    const rate = (from: number, to: number) => ratePerSecond(before.atMs, after.atMs, from, to);
    return {
      atMs: this.#wallMs(after.atMs),
      journaledPerSecond: rate(before.journaledCount, after.journaledCount),
      sinks: [...after.sinks].map(([id, { sentCount, backlogCount }]) => ({
        id,
        sentPerSecond: rate(before.sinks.get(id)?.sentCount ?? sentCount, sentCount),
        backlogCount,
      })),
    };
  }

  /** A monotonic moment by the host's clock as it is set now. */
  #wallMs(monotonicMs: number): number {
    const { clock } = this.#options;
    return Math.round(clock.wallMs() - (clock.monotonicMs() - monotonicMs));
  }
}
