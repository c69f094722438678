import { owedFrom, type StreamExtent } from '#gateway/journal/owed.ts';
import type { StreamId } from '#gateway/model/message.ts';
import type { LaneStatus, SinkStatus } from '#gateway/model/sink-status.ts';
import type { DeliveryState } from './delivery-state.ts';
import { type Lane, positionOf } from './lane.ts';
import { lostAmongRead } from './run.ts';
import type { Packet } from './target.ts';

/**
 * What people see of a delivery loop. A lane that stands at an event makes the sink `paused`: its other lanes go on, but a person
 * is needed.
 *
 * @param extentOf what there is of a lane
 */
export function deliveryStatus<P extends Packet>(
  id: string,
  type: string,
  state: DeliveryState<P>,
  nowMs: number,
  extentOf: (stream: StreamId) => StreamExtent,
): SinkStatus {
  const { phase, counters } = state;
  const block = state.lanes.flatMap(({ runs }) => runs.flatMap((run) => run.blocked ?? []))[0];
  const error = block?.error ?? state.lastError;
  const retryAtMs = phase.kind === 'waiting' || phase.kind === 'paused' ? phase.untilMs : block?.untilMs;
  return {
    id,
    type,
    state: block === undefined || phase.kind === 'held' ? phaseName(state) : 'paused',
    ...(error === undefined ? {} : { lastError: error.summary }),
    ...(retryAtMs === undefined ? {} : { retryInMs: Math.max(0, Math.round(retryAtMs - nowMs)) }),
    sentCount: counters.sent,
    sentBytes: counters.sentBytes,
    acknowledgedCount: counters.acknowledged,
    ...(counters.refused === 0 ? {} : { refusedCount: counters.refused }),
    ...(counters.deadLettered === 0 ? {} : { deadLetteredCount: counters.deadLettered }),
    filteredCount: counters.filtered,
    resentCount: counters.resent,
    inFlightCount: countInFlight(state),
    connectCount: counters.connects,
    lanes: state.lanes
      .filter(({ isRedrive }) => !isRedrive)
      .map((lane) => laneStatus(lane, extentOf(lane.stream), state.heldLanes)),
  };
}

function laneStatus<P extends Packet>(lane: Lane<P>, extent: StreamExtent, heldLanes: readonly StreamId[]): LaneStatus {
  const { stream, runs, lostCount } = lane;
  const { acknowledgedSequence, ranges } = positionOf(lane);
  // What was read is in memory, whatever has become of it on the disk since.
  let lost = 0;
  let backfillBacklogCount = 0;
  for (const run of runs) {
    const unread =
      owedFrom(extent, run.readSequence + 1).lost - (run.to === Infinity ? 0 : owedFrom(extent, run.to + 1).lost);
    const lostInRun = lostAmongRead(run) + unread;
    lost += lostInRun;
    if (run.to !== Infinity) backfillBacklogCount += Math.max(0, run.to - run.acknowledgedSequence - lostInRun);
  }
  const acknowledgedBeyond = ranges.reduce((sum, range) => sum + range.to - range.from + 1, 0);
  const isDrained = runs.length === 1 && acknowledgedSequence >= extent.syncedSequence;
  const backlogCount = Math.max(0, extent.syncedSequence - acknowledgedSequence - acknowledgedBeyond - lost);
  return {
    ...{ stream, acknowledgedSequence, backlogCount, isDrained },
    ...(heldLanes.includes(stream) && !isDrained ? { isHeld: true as const } : {}),
    ...(runs.length === 1 ? {} : { backfillCount: runs.length - 1, backfillBacklogCount }),
    ...(lane.isCrowded ? { isCrowded: true as const } : {}),
    ...(lost === 0 ? {} : { lost }),
    ...(lostCount === 0 ? {} : { lostCount }),
  };
}

function countInFlight<P extends Packet>({ lanes }: DeliveryState<P>): number {
  let count = 0;
  for (const { runs } of lanes) {
    for (const { flights } of runs) for (const { entries } of flights) count += entries.length;
  }
  return count;
}

function phaseName<P extends Packet>({ phase }: DeliveryState<P>): SinkStatus['state'] {
  return phase.kind === 'draining' ? 'online' : phase.kind;
}
