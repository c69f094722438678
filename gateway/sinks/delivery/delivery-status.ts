import { owedFrom, type StreamExtent } from '#gateway/journal/owed.ts';
import type { StreamId } from '#gateway/model/message.ts';
import type { LaneStatus, SinkStatus } from '#gateway/model/sink-status.ts';
import type { DeliveryState } from './delivery-state.ts';
import { lanePosition, lostAmongRead } from './lane.ts';
import type { Packet } from './target.ts';

/**
 * What people see of a delivery loop. A lane that stands at an event which the remote will not take makes the sink `paused`:
 * its other lanes go on, but a person is needed.
 *
 * @param streamOf what the journal has of a stream
 */
export function deliveryStatus<P extends Packet>(
  id: string,
  type: string,
  state: DeliveryState<P>,
  streamOf: (stream: StreamId) => StreamExtent,
): SinkStatus {
  const block = state.lanes.find((lane) => lane.blocked !== undefined)?.blocked;
  const error = block?.error ?? state.lastError;
  return {
    id,
    type,
    state: block === undefined ? phaseName(state) : 'paused',
    ...(error === undefined ? {} : { lastError: error.summary }),
    sentCount: state.counters.sent,
    acknowledgedCount: state.counters.acknowledged,
    ...(state.counters.refused === 0 ? {} : { refusedCount: state.counters.refused }),
    filteredCount: state.counters.filtered,
    resentCount: state.counters.resent,
    inFlightCount: state.lanes.flatMap((lane) => lane.flights).reduce((sum, flight) => sum + flight.entries.length, 0),
    connectCount: state.counters.connects,
    lanes: state.lanes.map((lane): LaneStatus => {
      const { stream, lostCount } = lane;
      const { acknowledgedSequence } = lanePosition(lane);
      const extent = streamOf(stream);
      // What was read is in memory, whatever has become of it on the disk since.
      const lost = lostAmongRead(lane) + owedFrom(extent, lane.readSequence + 1).lost;
      const backlogCount = Math.max(0, extent.syncedSequence - acknowledgedSequence - lost);
      return {
        ...{ stream, acknowledgedSequence, backlogCount },
        ...(lost === 0 ? {} : { lost }),
        ...(lostCount === 0 ? {} : { lostCount }),
      };
    }),
  };
}

function phaseName<P extends Packet>(state: DeliveryState<P>): SinkStatus['state'] {
  return state.phase.kind === 'draining' ? 'online' : state.phase.kind;
}
