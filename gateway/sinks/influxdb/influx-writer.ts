import type { WaystationError } from '#gateway/model/errors.ts';
import type { Point } from './compose-point.ts';

/** Writes points over HTTP. One implementation stands on the `influx` package, the other is our own and speaks to every version. */
export interface InfluxWriter extends Disposable {
  /**
   * What the last answer said of the time of the server, in Unix milliseconds: the date that its retention goes by, whatever that
   * of this host is worth.
   */
  readonly serverTimeMs: number | undefined;
  /**
   * One request; no points ask whether the database would take any. Never rejects, never retries.
   *
   * @param signal ends the request at once; the outcome is then `retry`
   */
  write(points: readonly Point[], signal: AbortSignal): Promise<WriteOutcome>;
}

/** What became of a request. */
export type WriteOutcome =
  | { readonly kind: 'accepted' }
  /** These points will never be taken as they stand; all others were stored. */
  | { readonly kind: 'partial'; readonly rejected: readonly RejectedPoint[] }
  /** Some of the points will never be taken as they stand; which ones is not said, and the others may have been stored. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Some of the points are older than the database keeps; which ones is not said. */
  | { readonly kind: 'expired'; readonly reason: string }
  /** `afterMs` as the server wishes. */
  | { readonly kind: 'retry'; readonly error: WaystationError; readonly afterMs?: number }
  /** The server has failed within: it may pass, or wait for a person. */
  | { readonly kind: 'fault'; readonly reason: string }
  | { readonly kind: 'pause'; readonly error: WaystationError };

/** A point that the server named, by its place among those written. */
export interface RejectedPoint {
  readonly index: number;
  /** In the words of the server. */
  readonly reason: string;
}
