import type { WaystationError } from '#gateway/model/errors.ts';
import { retryDelayMs } from '#gateway/runtime/retry-schedule.ts';
import type { DeliveryPolicy } from './delivery-state.ts';
import type { DraftState } from './draft-state.ts';
import { isReadAhead } from './lane.ts';
import { forgetReady, headOf, returnFlights } from './run.ts';
import type { Packet } from './target.ts';

/** The longest that a remote may ask us to stay away. */
export const MAX_RETRY_AFTER_MS = 10 * 60_000;

/** Gives the connection up: go back to the cursors, and come back after a while [D5]. */
export function giveUp<P extends Packet>(
  policy: DeliveryPolicy,
  state: DraftState<P>,
  nowMs: number,
  error: WaystationError,
  afterMs = 0,
): void {
  const { phase } = state;
  if (phase.kind === 'draining') {
    state.phase = { kind: 'stopped' };
    state.lastError = error;
    return;
  }
  if (phase.kind !== 'connecting' && phase.kind !== 'online') return;
  // A link that held longer than the longest delay has proved itself, even if nothing was sent on it.
  const hasProved = phase.kind === 'online' && nowMs - phase.sinceMs > policy.retry.maxDelayMs;
  const failureCount = hasProved ? 0 : state.failureCount;
  // Nothing is wrong, and what is to be connected with is there already.
  if (error.code === 'hub.renewed') {
    returnAll(state);
    state.phase = { kind: 'waiting', untilMs: nowMs };
    state.lastError = error;
    return;
  }
  if (error.isRetryable) {
    const delayMs = retryDelayMs(policy.retry, failureCount, policy.random);
    state.phase = { kind: 'waiting', untilMs: nowMs + Math.max(delayMs, Math.min(afterMs, MAX_RETRY_AFTER_MS)) };
  } else {
    state.phase = { kind: 'paused', untilMs: nowMs + pauseDelayMs(policy) };
  }
  returnAll(state);
  state.failureCount = failureCount + 1;
  state.lastError = error;
}

/** Everything unacknowledged goes back in front of its run. */
function returnAll<P extends Packet>(state: DraftState<P>): void {
  for (const lane of state.lanes) {
    for (const run of lane.runs) {
      returnFlights(run, run.flights);
      // What was under way as new comes behind newer events now, and says so when it is prepared anew.
      const wasNew = run.isReplayed && headOf(run)?.isReplayed === false;
      if (wasNew || !isReadAhead(lane, run)) forgetReady(run);
    }
  }
}

/** Rest for somebody who needs a person; jitter keeps a fleet from coming back in step [D5]. */
export function pauseDelayMs(policy: DeliveryPolicy): number {
  return policy.pauseMs * (1 - policy.random() / 2);
}
