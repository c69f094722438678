/** How retries spread out. */
export interface RetryPolicy {
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

/**
 * The delay before attempt `attempt` (0 is the first retry): exponential, capped, with full jitter, so that a fleet that lost
 * its hub does not come back in step [D5].
 *
 * @param random uniform in [0, 1)
 * @returns milliseconds, uniform between 0 and the capped exponential
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: () => number): number {
  // 2^31 would overflow no number here, but a delay that large is the cap anyway.
  const ceilingMs = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** Math.min(attempt, 31));
  return random() * ceilingMs;
}
