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
 * `start`, `suspend`, `step` and `correction` begin a clock run: the process started, the host slept, its date was set, or the
 * satellite receivers moved away from what the run had been told. Over `step` and `correction` monotonic time goes on as before.
 * `anchor` is the first trusted time of a run that began without.
 */
export type ClockMarkKind = (typeof CLOCK_MARK_KINDS)[number];

/** Every {@link ClockMarkKind}. */
export const CLOCK_MARK_KINDS = ['start', 'suspend', 'step', 'correction', 'anchor'] as const;

/** Whether a time rests on more than the word of the host. */
export function isTrusted({ quality }: Stamp): boolean {
  return quality === 'gnss' || quality === 'ntp';
}

/**
 * The day of this release, moved on with each. No clock that works shows an earlier one: such a date is not believed, be it the
 * host's (1970 after a start without a clock battery) or a receiver's (whose week number has rolled over).
 */
export const RELEASE_DATE_MS = Date.UTC(2026, 10, 20);

/** No release is run for longer. A week number that was corrected once too often is 1024 weeks off, almost twenty years. */
const MAX_SERVICE_MS = 15 * 365.25 * 86_400_000;

/** Whether a date can be today's, as far as this release can tell. */
export function isPossibleDate(unixMs: number): boolean {
  return unixMs >= RELEASE_DATE_MS && unixMs < RELEASE_DATE_MS + MAX_SERVICE_MS;
}
