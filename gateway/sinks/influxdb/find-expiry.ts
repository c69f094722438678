import type { Point } from './compose-point.ts';
import type { WriteOutcome } from './influx-writer.ts';

/**
 * How old is too old: InfluxDB says that some points of a batch are older than it keeps, not which. Age alone decides, so that
 * halving by time finds the youngest of them in as many writes of one point as the batch has binary digits, where asking for each
 * would take thousands after a long outage. A point that is written once more changes nothing.
 *
 * @param write one point
 * @returns the time of the youngest point that is too old, in microseconds; 0 when none is; or the fault that the search met
 */
export async function findExpiry(
  points: readonly Point[],
  write: (point: Point) => Promise<WriteOutcome>,
): Promise<number | Extract<WriteOutcome, { kind: 'retry' | 'fault' | 'pause' }>> {
  const byAge = [...points].sort((a, b) => a.timeUs - b.timeUs);
  let [tooOldCount, mostCount] = [0, byAge.length];
  while (tooOldCount < mostCount) {
    const middle = (tooOldCount + mostCount) >> 1;
    const point = byAge[middle];
    if (point === undefined) break;
    const outcome = await write(point);
    if (outcome.kind === 'retry' || outcome.kind === 'fault' || outcome.kind === 'pause') return outcome;
    // A point that is refused for something else is young enough to be looked at.
    if (outcome.kind === 'expired') tooOldCount = middle + 1;
    else mostCount = middle;
  }
  return byAge[tooOldCount - 1]?.timeUs ?? 0;
}
