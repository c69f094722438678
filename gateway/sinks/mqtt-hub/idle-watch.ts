/** What is known of an idle connection. Times are monotonic milliseconds. */
export interface IdleState {
  /** When the hub was last heard. */
  readonly heardMs: number;
  /** When it was last asked whether it is there; absent when it has answered since. */
  readonly askedMs?: number;
}

/** What to do about it, and when to look again. */
export type IdleStep =
  | { readonly kind: 'wait' | 'ask'; readonly againMs: number }
  /** It did not answer. */
  | { readonly kind: 'gone' };

/**
 * Notices a link that died while nothing was under way. Keepalive alone takes one and a half times its interval; this asks after
 * half of the patience, and gives up after the other half [D4].
 *
 * Time that nobody looked (the host slept, the process was busy) counts for nothing: only an unanswered question ends a connection.
 */
export function watchIdle({ heardMs, askedMs }: IdleState, nowMs: number, patienceMs: number): IdleStep {
  const half = patienceMs / 2;
  if (askedMs !== undefined && askedMs >= heardMs) {
    const dueMs = askedMs + half;
    return nowMs >= dueMs ? { kind: 'gone' } : { kind: 'wait', againMs: dueMs };
  }
  const dueMs = heardMs + half;
  return nowMs >= dueMs ? { kind: 'ask', againMs: nowMs + half } : { kind: 'wait', againMs: dueMs };
}
