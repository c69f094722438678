/** One second of a line is measured at a time. */
const WINDOW_MS = 1000;
/** Bits of a byte on the line: with start and stop bit. */
const BITS_PER_BYTE = 10;
/** From this part of what a line can carry on, frames are lost at the other end. */
export const SATURATED_LOAD = 0.95;
/** So many windows one after another must be full, or beyond what any line of that rate could carry. */
export const SATURATED_WINDOWS = 3;
/** More than this in every one of those windows shows that the rate means nothing: the adapter sits on USB. */
export const IMPOSSIBLE_LOAD = 2;

/** How full a serial line is. An adapter at the end of a full one drops frames, and need not say so. */
export class LineLoad {
  readonly #capacityBytes: number;
  #windowStartMs: number;
  #windowBytes = 0;
  #fullWindows = 0;
  #impossibleWindows = 0;
  #load = 0;
  #isRateReal = true;

  /** @param baud bits per second of the line */
  constructor(baud: number, nowMs: number) {
    this.#capacityBytes = baud / BITS_PER_BYTE;
    this.#windowStartMs = nowMs;
  }

  /** Of what the line can carry, in the last window; absent where the rate means nothing. */
  get percent(): number | undefined {
    return this.#isRateReal ? Math.round(Math.min(1, this.#load) * 100) : undefined;
  }

  /** Whether the line has been full for some seconds. */
  get isSaturated(): boolean {
    return this.#isRateReal && this.#fullWindows >= SATURATED_WINDOWS;
  }

  /** @param byteCount that came since the last call */
  note(byteCount: number, nowMs: number): void {
    this.#windowBytes += byteCount;
    const elapsedMs = nowMs - this.#windowStartMs;
    if (elapsedMs < WINDOW_MS) return;
    this.#load = ((this.#windowBytes / elapsedMs) * 1000) / this.#capacityBytes;
    this.#windowStartMs = nowMs;
    this.#windowBytes = 0;
    this.#fullWindows = this.#load >= SATURATED_LOAD ? this.#fullWindows + 1 : 0;
    this.#impossibleWindows = this.#load > IMPOSSIBLE_LOAD ? this.#impossibleWindows + 1 : 0;
    if (this.#impossibleWindows >= SATURATED_WINDOWS) this.#isRateReal = false;
  }
}
