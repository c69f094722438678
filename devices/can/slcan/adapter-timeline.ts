/**
 * After what time the clocks of adapters start again, milliseconds: Lawicel's after a minute, a bare counter of 16 bits, a clock of microseconds
 * after an hour, a bare counter of 32 bits.
 */
export const ADAPTER_CLOCK_PERIODS_MS = [60_000, 65_536, 3_600_000, 4_294_967.296] as const;
/** A pause on a bus of which nothing is known; frames out of order by less than a third of a minute stay so. */
const USUAL_PAUSE_MS = 10_000;

/** Runs the clock of an adapter, which starts again each minute, on over its periods. */
export class AdapterTimeline {
  #periodIndex = 0;
  #lastTimestampMs = Number.NaN;
  #elapsedMs = 0;

  /**
   * @param timestampMs of the frame, by the adapter
   * @param pauseMs since the last frame by another clock: it tells how many periods passed
   * @returns since the first frame
   */
  elapsedAt(timestampMs: number, pauseMs: number = USUAL_PAUSE_MS): number {
    while (timestampMs >= this.#periodMs) this.#periodIndex++;
    const differenceMs = timestampMs - this.#lastTimestampMs;
    this.#lastTimestampMs = timestampMs;
    if (Number.isNaN(differenceMs)) return 0;
    // Of all steps that the face of the clock allows, the one nearest to the pause.
    this.#elapsedMs += differenceMs + Math.round((pauseMs - differenceMs) / this.#periodMs) * this.#periodMs;
    return this.#elapsedMs;
  }

  get #periodMs(): number {
    return ADAPTER_CLOCK_PERIODS_MS[this.#periodIndex] ?? Number.MAX_VALUE;
  }
}
