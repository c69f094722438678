/** What a rate lets go: it fills with time, up to one second of the rate, and may be overdrawn. */
export interface TokenBucket {
  readonly tokens: number;
  /** When there were so many. */
  readonly atMs: number;
}

const SECOND_MS = 1000;

/** How much may go at a moment. @param perSecond the rate; without one Infinity may go */
export function fill(bucket: TokenBucket, perSecond: number | undefined, atMs: number): number {
  if (perSecond === undefined) return Infinity;
  return Math.min(perSecond, bucket.tokens + (Math.max(0, atMs - bucket.atMs) * perSecond) / SECOND_MS);
}

/** So much has gone. */
export function drain(bucket: TokenBucket, perSecond: number | undefined, atMs: number, count: number): TokenBucket {
  return perSecond === undefined ? bucket : { tokens: fill(bucket, perSecond, atMs) - count, atMs };
}

/** How long until it holds more than `count`; Infinity once it is full, or where there is no rate. */
export function refillMs(bucket: TokenBucket, perSecond: number | undefined, atMs: number, count: number): number {
  if (perSecond === undefined) return Infinity;
  const tokens = fill(bucket, perSecond, atMs);
  if (tokens >= perSecond && count < perSecond) return Infinity;
  return Math.max(0, Math.ceil(((count - tokens) * SECOND_MS) / perSecond));
}
