import type { WaystationError } from '#gateway/model/errors.ts';
import type { DeliveryAction, DeliveryInput, DeliveryPolicy, DeliveryState } from './delivery-state.ts';
import type { DraftState } from './draft-state.ts';
import { giveUp, pauseDelayMs } from './give-up.ts';
import type { DraftLane } from './lane.ts';
import {
  block,
  type DraftRun,
  giveBack,
  type LaneEntry,
  type LaneFlight,
  replaceReady,
  returnFlights,
  triedAgain,
} from './run.ts';
import type { Outcome, Packet } from './target.ts';
import { learnShare } from './wire-share.ts';

/** How soon a dead letter that could not be written is tried again. */
export const BURY_RETRY_MS = 10_000;

/** A flight and where it is. */
interface Settled<P extends Packet> {
  readonly lane: DraftLane<P>;
  readonly run: DraftRun<P>;
  readonly flight: LaneFlight<P>;
}

/** What an answer of the remote changes. A stale one finds its flight gone and changes nothing. */
export function settle<P extends Packet>(
  policy: DeliveryPolicy,
  state: DraftState<P>,
  nowMs: number,
  flightId: number,
  outcome: Outcome,
  actions: DeliveryAction<P>[],
): void {
  const settled = findFlight(state, flightId);
  if (settled === undefined) return;
  const { run, flight } = settled;
  switch (outcome.kind) {
    case 'accepted':
      accept(state, nowMs, settled, outcome, actions);
      break;
    case 'rejected':
      reject(state, settled, outcome.error, actions);
      break;
    case 'hold':
      returnFlights(run, [flight]);
      block(run, outcome.error, nowMs + pauseDelayMs(policy));
      break;
    case 'retry':
      giveUp(policy, state, nowMs, outcome.error, outcome.afterMs);
      break;
    case 'pause':
      giveUp(policy, state, nowMs, outcome.error);
      break;
  }
}

function accept<P extends Packet>(
  state: DraftState<P>,
  nowMs: number,
  { lane, run, flight }: Settled<P>,
  outcome: Extract<Outcome, { kind: 'accepted' }>,
  actions: DeliveryAction<P>[],
): void {
  const { entries } = flight;
  const count = outcome.count ?? entries.length;
  const rejected = outcome.rejected ?? [];
  if (oldestFlight(state)?.id === flight.id) state.progressMs = nowMs;
  run.flights.splice(run.flights.indexOf(flight), 1);
  if (count < entries.length) giveBack(run, entries.slice(count).map(triedAgain));
  for (let index = 0; index < count; index++) lane.lostCount += entries[index]?.lostCount ?? 0;
  for (const { index, error } of rejected) {
    const entry = index < count ? entries[index] : undefined;
    if (entry !== undefined) refuse(state, lane, run, entry, error, actions);
  }
  if (outcome.wireBytes !== undefined) {
    state.wireShare = learnShare(state.wireShare, flight.sizeBytes, outcome.wireBytes);
  }
  growBatch(state, run, flight);
  state.counters.acknowledged += count - rejected.length;
  state.failureCount = 0;
  state.lastError = undefined;
  if (state.phase.kind === 'online' && state.phase.isProbing) state.phase = { ...state.phase, isProbing: false };
}

/** Of several it is not known which one it is: they are sent again by halves until one is left. */
function reject<P extends Packet>(
  state: DraftState<P>,
  { lane, run, flight }: Settled<P>,
  error: WaystationError,
  actions: DeliveryAction<P>[],
): void {
  const [only, ...others] = flight.entries;
  if (only === undefined || others.length > 0) {
    run.maxBatch = Math.max(1, Math.floor(flight.entries.length / 2));
    run.maxBatchSince = state.nextFlightId;
    returnFlights(run, [flight]);
    return;
  }
  run.flights.splice(run.flights.indexOf(flight), 1);
  refuse(state, lane, run, only, error, actions);
}

function growBatch<P extends Packet>({ phase }: DraftState<P>, run: DraftRun<P>, flight: LaneFlight<P>): void {
  if (run.maxBatch === Infinity || flight.id < run.maxBatchSince) return;
  const mostEvents = phase.kind === 'online' ? phase.grant.maxEventsPerSend : Infinity;
  run.maxBatch = 2 * run.maxBatch >= mostEvents ? Infinity : 2 * run.maxBatch;
}

/**
 * The remote will never take it: to the dead letters with it, and until it is there it stands where it was [D6 J10].
 * News of a loss is no event that anybody could want back: it is passed over.
 */
export function refuse<P extends Packet>(
  state: DraftState<P>,
  lane: DraftLane<P>,
  run: DraftRun<P>,
  entry: LaneEntry<P>,
  error: WaystationError,
  actions: DeliveryAction<P>[],
): void {
  const place = { stream: lane.stream, runId: run.id };
  if (entry.isTombstone || entry.lostCount > 0) {
    state.counters.refused += 1;
    actions.push({ kind: 'passOver', ...place, entry, error });
    return;
  }
  const refused = { ...triedAgain(entry), refusal: error };
  giveBack(run, [refused]);
  actions.push({ kind: 'bury', ...place, entry: refused, error });
}

/** An event is in the dead letters: the remote is told so in its place [D9]. */
export function buried<P extends Packet>(
  state: DraftState<P>,
  { stream, runId, sequence, tombstone }: Extract<DeliveryInput<P>, { kind: 'buried' }>,
): void {
  const run = findRun(state, stream, runId);
  const entry = run?.ready.slice(run.readyIndex).find((each) => each.sequence === sequence);
  // What was read anew meanwhile is sent anew, and refused anew.
  if (run === undefined || entry?.refusal === undefined) return;
  state.counters.deadLettered += 1;
  const { refusal: _, ...rest } = entry;
  const other = tombstone === undefined ? undefined : { ...rest, packet: tombstone, isTombstone: true, attempts: 0 };
  replaceReady(run, entry, other);
}

/** The event stays where it is, visibly, and is tried again. */
export function buryFailed<P extends Packet>(
  state: DraftState<P>,
  nowMs: number,
  { stream, runId, sequence, error }: Extract<DeliveryInput<P>, { kind: 'buryFailed' }>,
): void {
  const run = findRun(state, stream, runId);
  if (run !== undefined) run.blocked = { sequence, error, untilMs: nowMs + BURY_RETRY_MS };
}

/** Lets a run try again that stood still until now. */
export function unblock<P extends Packet>(state: DraftState<P>, untilMs: number, actions: DeliveryAction<P>[]): void {
  for (const { stream, runs } of state.lanes) {
    for (const run of runs) {
      if (run.blocked === undefined || run.blocked.untilMs > untilMs) continue;
      run.blocked = undefined;
      for (const entry of run.ready.slice(run.readyIndex)) {
        const { refusal: error } = entry;
        if (error !== undefined) actions.push({ kind: 'bury', stream, runId: run.id, entry, error });
      }
    }
  }
}

/** Of all that is in flight. */
export function oldestFlight<P extends Packet>(
  state: Pick<DeliveryState<P> | DraftState<P>, 'lanes'>,
): LaneFlight<P> | undefined {
  let oldest: LaneFlight<P> | undefined;
  for (const { runs } of state.lanes) {
    for (const { flights } of runs) {
      const [first] = flights;
      if (first !== undefined && (oldest === undefined || first.id < oldest.id)) oldest = first;
    }
  }
  return oldest;
}

function findFlight<P extends Packet>(state: DraftState<P>, id: number): Settled<P> | undefined {
  for (const lane of state.lanes) {
    for (const run of lane.runs) {
      const flight = run.flights.find((each) => each.id === id);
      if (flight !== undefined) return { lane, run, flight };
    }
  }
  return undefined;
}

function findRun<P extends Packet>(state: DraftState<P>, stream: string, runId: number): DraftRun<P> | undefined {
  return state.lanes.find((lane) => lane.stream === stream)?.runs.find((run) => run.id === runId);
}
