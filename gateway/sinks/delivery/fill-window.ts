import { WaystationError } from '#gateway/model/errors.ts';
import type { DeliveryAction, DeliveryPolicy, DeliveryState, DeliveryWindow } from './delivery-state.ts';
import { isLaneReady, type Lane, type LaneEntry, withBlock, withFlight } from './lane.ts';
import type { Grant, Packet } from './target.ts';

/** After so many sends to other lanes a waiting lane is served, whatever its priority [D1]. */
export const LANE_PATIENCE = 16;

/**
 * Sends as much as the windows of both sides allow [D7], and asks the journal for more where a lane runs low.
 * The most urgent lane goes first; a lane that was passed over {@link LANE_PATIENCE} times goes before it.
 */
export function fillWindow<P extends Packet>(
  policy: DeliveryPolicy,
  state: DeliveryState<P>,
  nowMs: number,
  actions: DeliveryAction<P>[],
): DeliveryState<P> {
  if (state.phase.kind === 'draining' || state.phase.kind === 'stopped') return state;
  const lanes = [...state.lanes];
  let { nextFlightId, counters } = state;
  if (state.phase.kind === 'online') {
    const { grant } = state.phase;
    const load = countInFlight(lanes);
    const maxSends = state.phase.isProbing ? 1 : grant.maxInFlightSends;
    while (load.sends < maxSends) {
      const index = chooseLane(lanes);
      const lane = lanes[index];
      if (lane === undefined) break;
      const head = lane.ready[lane.readyIndex];
      if (head !== undefined && head.packet.sizeBytes > grant.maxPacketBytes) {
        lanes[index] = withBlock(lane, tooLarge(lane, head, grant), nowMs + policy.pauseMs);
        continue;
      }
      const entries = takeBatch(lane, policy.window, grant, load);
      if (entries.length === 0) break;
      const sizeBytes = sumBytes(entries);
      const flight = { id: nextFlightId++, sentAtMs: nowMs, entries, sizeBytes };
      actions.push({ kind: 'send', flight });
      passOver(lanes, index);
      lanes[index] = withFlight(lane, flight);
      load.sends += 1;
      load.events += entries.length;
      load.bytes += sizeBytes;
      const resent = entries.filter((entry) => entry.wasSent).length;
      counters = { ...counters, sent: counters.sent + entries.length, resent: counters.resent + resent };
    }
  }
  for (const [index, lane] of lanes.entries()) {
    if (lane.isReading || !runsLow(lane, policy.window)) continue;
    actions.push({ kind: 'read', stream: lane.stream, from: lane.readSequence + 1 });
    lanes[index] = { ...lane, isReading: true };
  }
  return { ...state, lanes, nextFlightId, counters };
}

/** @returns -1 when no lane has anything to send */
function chooseLane<P extends Packet>(lanes: readonly Lane<P>[]): number {
  const starving = lanes.findIndex((lane) => lane.passedOverCount >= LANE_PATIENCE && isLaneReady(lane));
  return starving >= 0 ? starving : lanes.findIndex((lane) => isLaneReady(lane));
}

/** As many events from the front of the lane as fit beside what is in flight; none if the first one must wait. */
function takeBatch<P extends Packet>(
  lane: Lane<P>,
  window: DeliveryWindow,
  grant: Grant,
  load: { readonly events: number; readonly bytes: number },
): readonly LaneEntry<P>[] {
  const batch: LaneEntry<P>[] = [];
  let batchBytes = 0;
  for (let index = lane.readyIndex; index < lane.ready.length && batch.length < grant.maxEventsPerSend; index++) {
    const entry = lane.ready[index];
    if (entry === undefined) break;
    const { sizeBytes } = entry.packet;
    const isAlone = load.events === 0 && batch.length === 0;
    const fitsWindow =
      load.events + batch.length < window.maxEvents && load.bytes + batchBytes + sizeBytes <= window.maxBytes;
    if (!(isAlone || fitsWindow) || batchBytes + sizeBytes > grant.maxPacketBytes) break;
    batch.push(entry);
    batchBytes += sizeBytes;
  }
  return batch;
}

function passOver<P extends Packet>(lanes: Lane<P>[], served: number): void {
  for (const [index, lane] of lanes.entries()) {
    if (index === served || !isLaneReady(lane)) continue;
    lanes[index] = { ...lane, passedOverCount: lane.passedOverCount + 1 };
  }
}

/** A lane holds up to two windows of events in memory, however long the outage: it reads on when less than one is left. */
function runsLow<P extends Packet>(lane: Lane<P>, window: DeliveryWindow): boolean {
  return lane.ready.length - lane.readyIndex < window.maxEvents && lane.readyBytes < window.maxBytes;
}

function countInFlight<P extends Packet>(lanes: readonly Lane<P>[]): { sends: number; events: number; bytes: number } {
  const load = { sends: 0, events: 0, bytes: 0 };
  for (const { flights } of lanes) {
    load.sends += flights.length;
    for (const flight of flights) {
      load.events += flight.entries.length;
      load.bytes += flight.sizeBytes;
    }
  }
  return load;
}

function sumBytes<P extends Packet>(entries: readonly LaneEntry<P>[]): number {
  return entries.reduce((sum, entry) => sum + entry.packet.sizeBytes, 0);
}

function tooLarge<P extends Packet>(lane: Lane<P>, entry: LaneEntry<P>, grant: Grant): WaystationError {
  return new WaystationError(
    'hub.rejectedEvent',
    `Event ${entry.sequence} of stream ${lane.stream} takes ${entry.packet.sizeBytes} bytes; the remote takes at most ` +
      `${grant.maxPacketBytes}. The lane waits: raise the limit of the remote, or drop the topic in the filter of the sink.`,
  );
}
