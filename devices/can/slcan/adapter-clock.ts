import { AdapterTimeline } from './adapter-timeline.ts';

/** An adapter's clock that is further off than this has been started again. */
export const MAX_FRAME_DELAY_MS = 5_000;
/** How much slower than the host's an adapter's clock may run: the time of a frame follows it so far. */
export const MAX_CLOCK_DRIFT = 0.001;

/**
 * Turns the clock of an adapter into the time of the host: when a frame was on the bus, rather than when the host came to read it. Frames that
 * arrive together keep the spacing that the adapter saw.
 *
 * A frame cannot arrive before it was sent, so that the smallest delay seen is the delay of the way. Times never run backwards, nor ahead of
 * the arrival.
 */
export class AdapterClock {
  readonly #timeline = new AdapterTimeline();
  #lastArrivalMs = 0;
  #lastElapsedMs = 0;
  /** What the host's clock has beyond the adapter's; no number before the first frame. */
  #offsetMs = Number.NaN;
  #lastTimeMs = Number.NEGATIVE_INFINITY;

  /**
   * @param timestampMs of the frame, by the adapter
   * @param arrivalMs monotonic time of the host
   * @returns monotonic time of the host at which the frame was on the bus, as far as can be told
   */
  timeOf(timestampMs: number, arrivalMs: number): number {
    const elapsedMs = this.#timeline.elapsedAt(timestampMs, arrivalMs - this.#lastArrivalMs);
    const stepMs = elapsedMs - this.#lastElapsedMs;
    this.#lastArrivalMs = arrivalMs;
    this.#lastElapsedMs = elapsedMs;
    const delayMs = arrivalMs - (elapsedMs + this.#offsetMs);
    if (delayMs >= 0 && delayMs <= MAX_FRAME_DELAY_MS)
      this.#offsetMs += Math.min(delayMs, Math.max(0, stepMs) * MAX_CLOCK_DRIFT);
    else this.#offsetMs = arrivalMs - elapsedMs;
    this.#lastTimeMs = Math.max(this.#lastTimeMs, elapsedMs + this.#offsetMs);
    return this.#lastTimeMs;
  }
}
