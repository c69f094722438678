/** How many publishes an account may make: so many a second over time, and so many at once after a quiet time. */
export interface PublishRate {
  readonly perSecond: number;
  /** At least 1. */
  readonly burst: number;
}

/** A token bucket: one token a publish. All times are monotonic milliseconds. */
export interface RateState {
  readonly tokenCount: number;
  readonly filledMs: number;
  /** Since when publishes are held back without a pause, and until when the last of them had to wait. */
  readonly hold?: { readonly sinceMs: number; readonly untilMs: number };
}

/** So long without a publish that has to wait is a pause. */
export const PAUSE_MS = 1000;

/** A full bucket. */
export function initialRateState(nowMs: number, { burst }: PublishRate): RateState {
  return { tokenCount: burst, filledMs: nowMs };
}

/** Takes a token for one publish. @returns how many milliseconds to wait before it is asked for again; 0 when it was given */
export function stepRate(state: RateState, nowMs: number, rate: PublishRate): readonly [RateState, number] {
  const gained = ((nowMs - state.filledMs) * rate.perSecond) / 1000;
  const tokenCount = Math.min(rate.burst, state.tokenCount + gained);
  if (tokenCount >= 1) return [{ ...state, tokenCount: tokenCount - 1, filledMs: nowMs }, 0];
  const waitMs = Math.ceil(((1 - tokenCount) * 1000) / rate.perSecond);
  const sinceMs = heldBackMs(state, nowMs) === 0 ? nowMs : (state.hold?.sinceMs ?? nowMs);
  return [{ tokenCount, filledMs: nowMs, hold: { sinceMs, untilMs: nowMs + waitMs } }, waitMs];
}

/** How long publishes have been held back without a pause; 0 if they are not. */
export function heldBackMs({ hold }: RateState, nowMs: number): number {
  return hold === undefined || nowMs - hold.untilMs > PAUSE_MS ? 0 : nowMs - hold.sinceMs;
}
