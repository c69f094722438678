import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import { stepLoadAverage } from './load-average.ts';
import { type Loads, NO_LOADS, type SystemFigures, systemTopics, type Totals } from './system-topics.ts';

/** What {@link SystemReports} needs. */
export interface SystemReportsOptions {
  /** Between two reports; 0 makes none. */
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly totals: () => Totals;
  /** Asked only when somebody listens. */
  readonly figures: () => Omit<SystemFigures, 'totals' | 'loads'>;
  /** Whether anybody has subscribed to a topic under `$SYS`. */
  readonly hasSubscribers: () => boolean;
  readonly publish: (topic: string, payload: Uint8Array) => void;
  /** Nobody listens any more: what was published last is soon out of date. */
  readonly forget: () => void;
}

/** Publishes what there is to say of the broker under `$SYS/broker`, while somebody listens. */
export class SystemReports implements Disposable {
  readonly #options: SystemReportsOptions;
  #loads: Loads = NO_LOADS;
  #last: { readonly totals: Totals; readonly atMs: number };
  #cancel: Cancel = () => {};
  #isHeard = false;

  constructor(options: SystemReportsOptions) {
    this.#options = options;
    this.#last = { totals: options.totals(), atMs: options.clock.monotonicMs() };
    this.#scheduleNext();
  }

  /** Somebody has just subscribed: the first has the values at once. */
  welcome(): void {
    if (!this.#isHeard) this.#report();
  }

  #report(): void {
    const { figures, forget, hasSubscribers, publish, totals, intervalMs } = this.#options;
    const wasHeard = this.#isHeard;
    this.#isHeard = intervalMs > 0 && hasSubscribers();
    if (wasHeard && !this.#isHeard) forget();
    if (!this.#isHeard) return;
    const topics = systemTopics({ ...figures(), totals: totals(), loads: this.#loads });
    for (const [topic, payload] of topics) publish(topic, Buffer.from(payload));
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }

  #scheduleNext(): void {
    const { clock, intervalMs } = this.#options;
    if (intervalMs === 0) return;
    this.#cancel = clock.schedule(intervalMs, () => {
      this.#average();
      this.#report();
      this.#scheduleNext();
    });
  }

  /** Goes on while nobody listens, or the averages would begin anew with each listener. */
  #average(): void {
    const { clock, totals } = this.#options;
    const now = { totals: totals(), atMs: clock.monotonicMs() };
    const elapsedMs = now.atMs - this.#last.atMs;
    const step = (key: keyof Totals) =>
      stepLoadAverage(this.#loads[key], now.totals[key] - this.#last.totals[key], elapsedMs);
    this.#loads = {
      receivedBytes: step('receivedBytes'),
      sentBytes: step('sentBytes'),
      receivedPublishCount: step('receivedPublishCount'),
      sentPublishCount: step('sentPublishCount'),
      droppedPublishCount: step('droppedPublishCount'),
      connectionCount: step('connectionCount'),
    };
    this.#last = now;
  }
}
