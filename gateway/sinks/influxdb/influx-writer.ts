import type { WaystationError } from '#gateway/model/errors.ts';
import type { Point } from './compose-point.ts';

/** Writes points over HTTP. One implementation stands on the `influx` package; another may speak to a later API. */
export interface InfluxWriter {
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
  /** Some of the points will never be taken as they stand; which ones is not said, and the others may have been stored. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Some of the points are older than the database keeps; the others were stored. */
  | { readonly kind: 'expired'; readonly reason: string }
  | { readonly kind: 'retry' | 'pause'; readonly error: WaystationError };
