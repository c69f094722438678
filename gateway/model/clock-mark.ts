import type { Stamp } from './message.ts';

/**
 * What is remembered of the clock of the host, so that records can be told the time later [S5]. A stamp of quality `gnss` or `ntp`
 * is an anchor: it says which instant a moment of its clock run was.
 */
export interface ClockMark {
  readonly kind: ClockMarkKind;
  readonly stamp: Stamp;
}

/**
 * `start`, `suspend` and `step` begin a clock run: the process started, the host slept, or its date was set. Only over a `step`
 * monotonic time goes on as before. `anchor` is the first trusted time of a run that began without.
 */
export type ClockMarkKind = (typeof CLOCK_MARK_KINDS)[number];

/** Every {@link ClockMarkKind}. */
export const CLOCK_MARK_KINDS = ['start', 'suspend', 'step', 'anchor'] as const;

/** Whether a time rests on more than the word of the host. */
export function isTrusted({ quality }: Stamp): boolean {
  return quality === 'gnss' || quality === 'ntp';
}

/**
 * The day of this release, moved on with each. No clock that works shows an earlier one: such a date is not believed, be it the
 * host's (1970 after a start without a clock battery) or a receiver's (whose week number has rolled over).
 */
export const RELEASE_DATE_MS = Date.UTC(2026, 10, 20);
