import type { DeliveryState } from './delivery-state.ts';
import type { Draft } from './draft.ts';
import type { DraftLane } from './lane.ts';
import type { Packet } from './target.ts';

/** See {@link Draft}. */
export type DraftState<P extends Packet> = Draft<Omit<DeliveryState<P>, 'lanes' | 'counters'>> & {
  lanes: DraftLane<P>[];
  counters: Draft<DeliveryState<P>['counters']>;
};

/** What is never changed in place (entries, flights, what is ready) is shared with the state. */
export function draftOf<P extends Packet>(state: DeliveryState<P>): DraftState<P> {
  const lanes = state.lanes.map((lane) => ({
    ...lane,
    runs: lane.runs.map((run) => ({ ...run, flights: run.flights.slice() })),
  }));
  return { ...state, lanes, counters: { ...state.counters } };
}
