/** What the satellite receivers say of the time, taken together. */
export type ReceiverVerdict =
  /** None has said the same often enough, or lately. */
  | { readonly kind: 'unknown' }
  /** Two that are sure of themselves contradict each other: neither is believed. */
  | { readonly kind: 'disputed' }
  | {
      readonly kind: 'agreed';
      /** UTC, Unix milliseconds, less monotonic time. */
      readonly offsetMs: number;
    };

/** So many epochs in a row must agree: out of the factory, or after months without power, a receiver's first date may be any. */
export const REQUIRED_EPOCHS = 3;
/** Epochs agree whose times moved on with monotonic time up to this: less than a leap second, more than serial lines jitter. */
export const AGREEMENT_MS = 500;
/** Whoever said nothing for so long has no say. */
const MAX_SILENCE_MS = 15_000;
/** Epochs of which the one that came quickest counts. */
const WINDOW_EPOCHS = 8;

/**
 * Weighs what receivers say. An epoch comes some tenths of a second after the moment that it names, never before; so of the last
 * few the one that puts the time latest is the closest to it, and a chunk that came late does no harm. What all of them have in
 * common (computation, cable) cannot be seen from here.
 */
export class ReceiverTimes {
  readonly #opinions = new Map<string, Opinion>();

  /**
   * @param unixMs UTC as stated by the receiver, Unix milliseconds
   * @param monotonicMs when the first bytes of its epoch came
   */
  hear(device: string, unixMs: number, monotonicMs: number): void {
    const before = this.#opinions.get(device);
    const offsetMs = unixMs - monotonicMs;
    const isContinued = before !== undefined && Math.abs(offsetMs - before.bestMs) <= AGREEMENT_MS;
    // One moment said twice is one epoch.
    if (isContinued && before.lastUnixMs === unixMs) return;
    const offsetsMs = [...(isContinued ? before.offsetsMs : []), offsetMs].slice(-WINDOW_EPOCHS);
    const bestMs = Math.max(...offsetsMs);
    this.#opinions.set(device, { offsetsMs, bestMs, lastMs: monotonicMs, lastUnixMs: unixMs });
  }

  verdict(monotonicMs: number): ReceiverVerdict {
    const sure = [...this.#opinions.values()].filter(
      ({ offsetsMs, lastMs }) => offsetsMs.length >= REQUIRED_EPOCHS && monotonicMs - lastMs <= MAX_SILENCE_MS,
    );
    if (sure.length === 0) return { kind: 'unknown' };
    const offsetsMs = sure.map(({ bestMs }) => bestMs);
    const offsetMs = Math.max(...offsetsMs);
    if (offsetMs - Math.min(...offsetsMs) > AGREEMENT_MS) return { kind: 'disputed' };
    return { kind: 'agreed', offsetMs };
  }

  /** Monotonic time stood still: what was said has no meaning any more. */
  forget(): void {
    this.#opinions.clear();
  }
}

/** What one receiver has said lately. */
interface Opinion {
  readonly offsetsMs: readonly number[];
  readonly bestMs: number;
  readonly lastMs: number;
  readonly lastUnixMs: number;
}
