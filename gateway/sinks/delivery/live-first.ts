import { MAX_CURSOR_RANGES } from '#gateway/journal/limits.ts';
import type { StreamId } from '#gateway/model/message.ts';
import type { DraftState } from './draft-state.ts';
import { forgetReady, newRun } from './run.ts';
import type { Packet } from './target.ts';

/**
 * Puts what comes from now on before a backlog: the run that followed the stream ends at what there is now, and a new one follows
 * it, without a predecessor. At the bound of the cursor the backlog goes first, in order.
 *
 * @param tails the last sequence of each stream
 * @param minBacklog a backlog no larger than that is not worth it
 */
export function putLiveFirst<P extends Packet>(
  state: DraftState<P>,
  tails: ReadonlyMap<StreamId, number>,
  minBacklog: number,
): void {
  for (const lane of state.lanes) {
    const tail = tails.get(lane.stream) ?? 0;
    const open = lane.runs.at(-1);
    if (lane.isRedrive || open === undefined || tail - open.acknowledgedSequence <= minBacklog) continue;
    lane.isCrowded = lane.runs.length > MAX_CURSOR_RANGES;
    if (lane.isCrowded) continue;
    open.to = tail;
    open.isReplayed = true;
    // What waits comes behind newer events now, and says so when it is prepared anew.
    forgetReady(open);
    // What is being read may reach beyond its end.
    open.isReading = false;
    lane.runs.push({ ...newRun<P>(state.nextRunId++, tail + 1, Infinity, 0, false), flights: [] });
  }
}
