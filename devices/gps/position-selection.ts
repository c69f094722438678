/** How one position is made of several receivers' ones. Receivers are meant by their place in the list, the most preferred first. */
export interface SelectionRules {
  /** A receiver that said nothing for so long is silent: longer than the interval of the slowest. */
  readonly fallbackAfterMs: number;
  /** A better one must have been valid without a break for so long to take over from one that is valid. */
  readonly returnAfterMs: number;
}

/** What is known of the receivers. */
export interface SelectionState {
  /** Whose positions are passed on. */
  readonly current: number;
  readonly receivers: readonly ReceiverState[];
}

interface ReceiverState {
  readonly heardMs: number;
  /** Since when every epoch was valid, without a silence; absent if the last one was not. */
  readonly validSinceMs?: number;
}

/** An epoch of one receiver, judged by its gate. */
export interface HeardEpoch {
  readonly receiver: number;
  readonly isValid: boolean;
}

/** The start: the most preferred receiver is waited for as if it had just been good, so that it matters little who speaks first. */
export function initialSelection(receiverCount: number, nowMs: number): SelectionState {
  const others = Array.from({ length: receiverCount - 1 }, () => ({ heardMs: nowMs }));
  return { current: 0, receivers: [{ heardMs: nowMs, validSinceMs: nowMs }, ...others] };
}

/**
 * Goes on by one epoch, or by time alone. Away from a receiver that says invalid, or falls silent, at once, if another is better; back
 * to a more preferred one only when it has proved itself. If no receiver is valid the current one stays, as long as it is heard.
 *
 * @param nowMs by a clock that never goes back
 * @returns the state, and whether the epoch is to be passed on
 */
export function stepSelection(
  state: SelectionState,
  nowMs: number,
  heard: HeardEpoch | undefined,
  rules: SelectionRules,
): readonly [SelectionState, boolean] {
  const receivers = state.receivers.map((receiver, index) =>
    index === heard?.receiver ? hear(receiver, nowMs, heard.isValid, rules) : receiver,
  );
  const current = choose({ current: state.current, receivers }, nowMs, rules);
  return [{ current, receivers }, heard?.receiver === current];
}

/** What the receiver is worth now. */
export function conditionOf(state: SelectionState, receiver: number, nowMs: number, rules: SelectionRules): Condition {
  const known = state.receivers[receiver];
  if (known === undefined || nowMs - known.heardMs >= rules.fallbackAfterMs) return 'silent';
  return known.validSinceMs === undefined ? 'invalid' : 'valid';
}

/** From worst to best. */
export type Condition = (typeof CONDITIONS)[number];
const CONDITIONS = ['silent', 'invalid', 'valid'] as const;

function hear(receiver: ReceiverState, nowMs: number, isValid: boolean, rules: SelectionRules): ReceiverState {
  if (!isValid) return { heardMs: nowMs };
  const wasSilent = nowMs - receiver.heardMs >= rules.fallbackAfterMs;
  return { heardMs: nowMs, validSinceMs: wasSilent ? nowMs : (receiver.validSinceMs ?? nowMs) };
}

function choose(state: SelectionState, nowMs: number, rules: SelectionRules): number {
  const { current, receivers } = state;
  const worths = receivers.map((_, index) => CONDITIONS.indexOf(conditionOf(state, index, nowMs, rules)));
  const worth = worths[current] ?? 0;
  const best = Math.max(...worths);
  if (best > worth) return worths.indexOf(best);
  if (worth < CONDITIONS.indexOf('valid')) return current;
  const proven = receivers.findIndex(
    ({ validSinceMs }, index) =>
      worths[index] === best && validSinceMs !== undefined && nowMs - validSinceMs >= rules.returnAfterMs,
  );
  return proven >= 0 && proven < current ? proven : current;
}
