import type { Stamp } from '#gateway/model/message.ts';

/** Where a replay is: a record and the moment at which it was due. */
export interface PacePoint {
  readonly clockRun: string;
  readonly monotonicMs: number;
  readonly dueMs: number;
}

/**
 * When a record is due. Within a clock run the distances are those of the recording, divided by the speed; how long a gateway
 * was off between two runs nobody knows for certain, and nobody wants to wait for it: the next run follows at once.
 *
 * @param first the first record of the run that is being replayed; undefined at the beginning
 * @param speed 0: every record is due at once
 * @returns the point to hand in for the next record, and when this one is due
 */
export function paceOf(
  first: PacePoint | undefined,
  { clockRun, monotonicMs }: Stamp,
  nowMs: number,
  speed: number,
): { readonly first: PacePoint; readonly dueMs: number } {
  if (first === undefined || first.clockRun !== clockRun || speed === 0) {
    return { first: { clockRun, monotonicMs, dueMs: nowMs }, dueMs: nowMs };
  }
  return { first, dueMs: first.dueMs + Math.max(0, monotonicMs - first.monotonicMs) / speed };
}
