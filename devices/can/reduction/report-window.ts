import type { SignalValues } from '#devices/can/dbc/signal-values.ts';
import type { WindowPlan } from './report-plan.ts';

/**
 * Sums up signals over a span of time that begins with the first payload in it. Samples are the payloads as they come, repeats among
 * them; what is absent or no number is no sample.
 *
 * Arrays are by the place of the signal in the plan.
 */
export class ReportWindow {
  readonly plan: WindowPlan;
  readonly last: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly count: Float64Array;
  readonly #sum: Float64Array;
  /** Payloads like the last one that are not summed up yet. */
  #repeatCount = 0;
  #startMs = 0;
  #endMs = 0;
  #frameCount = 0;

  constructor(plan: WindowPlan) {
    const size = plan.signals.length;
    this.plan = plan;
    this.last = new Float64Array(size).fill(Number.NaN);
    this.min = new Float64Array(size);
    this.max = new Float64Array(size);
    this.count = new Float64Array(size);
    this.#sum = new Float64Array(size);
    this.#clear();
  }

  get isOpen(): boolean {
    return this.#frameCount > 0;
  }

  /** From the first payload to the last. */
  get durationMs(): number {
    return this.#endMs - this.#startMs;
  }

  /** When the last payload came. */
  get endMs(): number {
    return this.#endMs;
  }

  /** Payloads in it. */
  get frameCount(): number {
    return this.#frameCount;
  }

  /** Of the signal at this place; NaN without a sample. */
  mean(place: number): number {
    return (this.#sum[place] ?? 0) / (this.count[place] ?? 0);
  }

  /** Whether its time is over: a payload of now belongs to the next. */
  isOver(nowMs: number): boolean {
    return this.isOpen && nowMs - this.#startMs >= this.plan.lengthMs;
  }

  /** A payload came that says something else. */
  add(values: SignalValues, nowMs: number): void {
    this.#settle();
    const { signals } = this.plan;
    for (let place = 0; place < signals.length; place++) {
      const index = signals[place]?.index ?? 0;
      this.last[place] = values.isPresent[index] === 1 ? (values.physical[index] ?? Number.NaN) : Number.NaN;
    }
    this.repeat(nowMs);
  }

  /** A payload came that says the same as the last one. */
  repeat(nowMs: number): void {
    if (this.#frameCount === 0) this.#startMs = nowMs;
    this.#endMs = nowMs;
    this.#frameCount++;
    this.#repeatCount++;
  }

  /** Ends the span: hands the sums to `use`, and begins anew with the next payload. */
  close(use: (window: ReportWindow) => void): void {
    this.#settle();
    use(this);
    this.#clear();
  }

  #settle(): void {
    if (this.#repeatCount === 0) return;
    for (let place = 0; place < this.last.length; place++) {
      const value = this.last[place] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      this.#sum[place] = (this.#sum[place] ?? 0) + value * this.#repeatCount;
      this.count[place] = (this.count[place] ?? 0) + this.#repeatCount;
      if (value < (this.min[place] ?? 0)) this.min[place] = value;
      if (value > (this.max[place] ?? 0)) this.max[place] = value;
    }
    this.#repeatCount = 0;
  }

  #clear(): void {
    this.#frameCount = 0;
    this.#sum.fill(0);
    this.count.fill(0);
    this.min.fill(Number.POSITIVE_INFINITY);
    this.max.fill(Number.NEGATIVE_INFINITY);
  }
}
