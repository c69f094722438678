/** A day without a leap second. */
export const DAY_MS = 86_400_000;

const LEAP_DAY_MS = DAY_MS + 1000;

/**
 * From one time of day on to another, 0 up to but without a day: what lies behind is nearly a day ahead.
 * Times are milliseconds since midnight UTC; those of a leap second are beyond {@link DAY_MS}, and the day that has one is longer.
 */
export function forwardMs(from: number, to: number): number {
  return to >= from ? to - from : to - from + (from >= DAY_MS ? LEAP_DAY_MS : DAY_MS);
}
