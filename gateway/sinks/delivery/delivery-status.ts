import type { StreamId } from '#gateway/model/message.ts';
import type { LaneStatus, SinkStatus } from '#gateway/model/status.ts';
import type { DeliveryState } from './delivery-state.ts';
import { lanePosition } from './lane.ts';
import type { Packet } from './target.ts';

/**
 * What people see of a delivery loop. A lane that stands at an event which the remote will not take makes the sink `paused`:
 * its other lanes go on, but a person is needed.
 *
 * @param syncedSequence how far the journal has come on a stream
 */
export function deliveryStatus<P extends Packet>(
  id: string,
  type: string,
  state: DeliveryState<P>,
  syncedSequence: (stream: StreamId) => number,
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
      const { acknowledgedSequence } = lanePosition(lane);
      const backlogCount = Math.max(0, syncedSequence(lane.stream) - acknowledgedSequence);
      const { lostCount } = lane;
      return { stream: lane.stream, acknowledgedSequence, backlogCount, ...(lostCount === 0 ? {} : { lostCount }) };
    }),
  };
}

function phaseName<P extends Packet>(state: DeliveryState<P>): SinkStatus['state'] {
  return state.phase.kind === 'draining' ? 'online' : state.phase.kind;
}
