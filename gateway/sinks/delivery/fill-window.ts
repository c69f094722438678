import { WaystationError } from '#gateway/model/errors.ts';
import type { StreamId } from '#gateway/model/message.ts';
import type { Allowance } from '#gateway/sinks/link/allowance.ts';
import { Budget } from './budget.ts';
import type { BatchPolicy, DeliveryAction, DeliveryPolicy, DeliveryWindow } from './delivery-state.ts';
import type { DraftState } from './draft-state.ts';
import { type DraftLane, isReadAhead } from './lane.ts';
import { type DraftRun, headOf, isRunReady, type LaneEntry, launch } from './run.ts';
import { refuse } from './settle.ts';
import type { Grant, Packet } from './target.ts';
import { estimateWire } from './wire-share.ts';

/** After so many sends to others a waiting run is served, whatever its priority [D1]. */
export const LANE_PATIENCE = 16;

/** What compresses well may take so many windows in the memory while it takes one on the wire. */
const WINDOWS_IN_MEMORY = 4;

const NO_LANES: readonly StreamId[] = [];

/** A run that may be served, and whose it is. */
interface Candidate<P extends Packet> {
  readonly lane: DraftLane<P>;
  readonly run: DraftRun<P>;
  readonly isUrgent: boolean;
}

/** What is in flight. */
interface Load {
  sends: number;
  events: number;
  bytes: number;
  wireBytes: number;
}

/**
 * Sends as much as the windows of both sides [D7] and the link [D8] allow. The newest events of the most urgent lane go first,
 * backfill behind; a run that was passed over {@link LANE_PATIENCE} times goes before them.
 */
export function fillWindow<P extends Packet>(
  policy: DeliveryPolicy,
  state: DraftState<P>,
  nowMs: number,
  allowance: Allowance,
  actions: DeliveryAction<P>[],
): void {
  const { phase } = state;
  state.moreAtMs = Infinity;
  state.heldLanes = NO_LANES;
  if (phase.kind !== 'online') {
    state.roomSinceMs = undefined;
    return;
  }
  const { grant } = phase;
  const load = countInFlight(state);
  const budget = new Budget(allowance);
  const candidates = orderCandidates(policy, state, allowance);
  const maxSends = phase.isProbing ? 1 : grant.maxInFlightSends;
  while (load.sends < maxSends) {
    const chosen = choose(policy, state, candidates, grant, budget, nowMs);
    if (chosen === undefined) break;
    const { lane, run, isUrgent } = chosen;
    const head = headOf(run);
    if (head !== undefined && head.packet.sizeBytes > grant.maxPacketBytes) {
      dropHead(run);
      refuse(state, lane, run, head, tooLarge(lane, head, grant), actions);
      continue;
    }
    const whole = takeBatch(policy, state, chosen, grant, load);
    if (whole.length === 0) break;
    const needsRoom = policy.batch !== undefined && !isUrgent && whole.length > 1;
    if (needsRoom && !hasRoom(policy.batch, state, whole, budget, nowMs)) continue;
    const entries = cutToBudget(state, whole, isUrgent, budget);
    const sizeBytes = sumBytes(entries);
    const wireBytes = estimateWire(state.wireShare, sizeBytes);
    const flight = { id: state.nextFlightId++, sentAtMs: nowMs, entries, sizeBytes, wireBytes };
    actions.push({ kind: 'send', flight, isUrgent });
    passOver(candidates, run);
    launch(run, flight);
    budget.spend(wireBytes, entries.length);
    load.sends += 1;
    load.events += entries.length;
    load.bytes += sizeBytes;
    load.wireBytes += wireBytes;
    count(state, entries, sizeBytes);
  }
  state.heldLanes = heldLanes(policy, state, budget);
  state.moreAtMs = Math.min(budget.moreAtMs, nextFullMs(policy, candidates, nowMs));
}

/** Asks the journal for more where a run gets low. */
export function readAhead<P extends Packet>(
  policy: DeliveryPolicy,
  state: DraftState<P>,
  actions: DeliveryAction<P>[],
): void {
  if (state.phase.kind === 'draining' || state.phase.kind === 'stopped') return;
  for (const lane of state.lanes) {
    for (const run of lane.runs) {
      if (run.isReading || run.readSequence >= run.to || !isReadAhead(lane, run) || !runsLow(run, policy.window))
        continue;
      const { id: runId, to, isReplayed, readForwardedSequence: prev } = run;
      actions.push({ kind: 'read', stream: lane.stream, runId, from: run.readSequence + 1, to, prev, isReplayed });
      run.isReading = true;
    }
  }
}

/** The newest of each lane by priority, then what is to be filled in, then what a person wants tried again. */
function orderCandidates<P extends Packet>(
  policy: DeliveryPolicy,
  state: DraftState<P>,
  { mode }: Allowance,
): readonly Candidate<P>[] {
  const live: Candidate<P>[] = [];
  const backfill: Candidate<P>[] = [];
  const redrive: Candidate<P>[] = [];
  if (mode === 'off') return live;
  for (const lane of state.lanes) {
    if (mode === 'metered' && !policy.meteredLanes.includes(lane.stream)) continue;
    const isUrgent = policy.urgentLanes.includes(lane.stream);
    const last = lane.runs.length - 1;
    for (const [index, run] of lane.runs.entries()) {
      const rank = lane.isRedrive ? redrive : index === last ? live : backfill;
      rank.push({ lane, run, isUrgent });
    }
  }
  return backfill.length + redrive.length === 0 ? live : [...live, ...backfill, ...redrive];
}

function choose<P extends Packet>(
  policy: DeliveryPolicy,
  { wireShare }: DraftState<P>,
  candidates: readonly Candidate<P>[],
  grant: Grant,
  budget: Budget,
  nowMs: number,
): Candidate<P> | undefined {
  let first: Candidate<P> | undefined;
  for (const candidate of candidates) {
    const { run, isUrgent } = candidate;
    if (!isRunReady(run)) continue;
    if (ripeAtMs(policy, candidate, grant) > nowMs) continue;
    if (!budget.allows(estimateWire(wireShare, headOf(run)?.packet.sizeBytes ?? 0), isUrgent)) continue;
    if (run.passedOverCount >= LANE_PATIENCE) return candidate;
    first ??= candidate;
  }
  return first;
}

/** When what is ready in a run may leave: at once if it is full or a stretch of the past ends with it; else company may still be read. */
function ripeAtMs<P extends Packet>(
  { batch, window }: DeliveryPolicy,
  { lane, run, isUrgent }: Candidate<P>,
  grant: Grant,
): number {
  const head = headOf(run);
  if (batch === undefined || head === undefined) return 0;
  if (isUrgent || lane.isRedrive || run.readSequence >= run.to || head.attempts > 0) return 0;
  const isFull =
    run.ready.length - run.readyIndex >= Math.min(batch.maxEvents, window.maxEvents, grant.maxEventsPerSend) ||
    run.readyBytes >= Math.min(batch.maxBytes, window.maxBytes, grant.maxPacketBytes);
  return isFull ? 0 : head.readAtMs + batch.maxAgeMs;
}

/** When the first batch that waits for company has waited long enough. */
function nextFullMs<P extends Packet>(
  policy: DeliveryPolicy,
  candidates: readonly Candidate<P>[],
  nowMs: number,
): number {
  if (policy.batch === undefined) return Infinity;
  let earliestMs = Infinity;
  for (const { run } of candidates) {
    const dueMs = isRunReady(run) ? (headOf(run)?.readAtMs ?? Infinity) + policy.batch.maxAgeMs : Infinity;
    // What is due already waits for something else than time.
    if (dueMs > nowMs && dueMs < earliestMs) earliestMs = dueMs;
  }
  return earliestMs;
}

/** As many events from the front of the run as fit beside what is in flight; none if the first one must wait. */
function takeBatch<P extends Packet>(
  { window, batch }: DeliveryPolicy,
  { wireShare }: DraftState<P>,
  { run }: Candidate<P>,
  grant: Grant,
  load: Load,
): readonly LaneEntry<P>[] {
  const entries: LaneEntry<P>[] = [];
  const maxEvents = Math.min(grant.maxEventsPerSend, run.maxBatch, batch?.maxEvents ?? Infinity);
  const maxBytes = Math.min(grant.maxPacketBytes, batch?.maxBytes ?? Infinity);
  let bytes = 0;
  for (let index = run.readyIndex; index < run.ready.length && entries.length < maxEvents; index++) {
    const entry = run.ready[index];
    if (entry === undefined || entry.refusal !== undefined) break;
    const { sizeBytes } = entry.packet;
    const isAlone = load.events === 0 && entries.length === 0;
    const wireBytesThen = estimateWire(wireShare, bytes + sizeBytes);
    const fitsWindow =
      load.events + entries.length < window.maxEvents &&
      load.wireBytes + wireBytesThen <= window.maxBytes &&
      load.bytes + bytes + sizeBytes <= WINDOWS_IN_MEMORY * window.maxBytes;
    if (!(isAlone || fitsWindow) || (entries.length > 0 && bytes + sizeBytes > maxBytes)) break;
    entries.push(entry);
    bytes += sizeBytes;
  }
  return entries;
}

/** Whether a batch need not wait for the link to have room; it waits no longer than for company while others take all there is. */
function hasRoom<P extends Packet>(
  { maxAgeMs }: BatchPolicy,
  state: DraftState<P>,
  whole: readonly LaneEntry<P>[],
  budget: Budget,
  nowMs: number,
): boolean {
  const bytes = estimateWire(state.wireShare, sumBytes(whole));
  const isPatient = state.roomSinceMs === undefined || nowMs < state.roomSinceMs + maxAgeMs;
  const isRoom = budget.hasRoom({ bytes, events: whole.length }, nowMs, isPatient);
  if (isRoom) state.roomSinceMs = undefined;
  else state.roomSinceMs ??= nowMs;
  return isRoom;
}

/** As many events from its front as the link has room for: the first at least, which was asked about before. */
function cutToBudget<P extends Packet>(
  { wireShare }: DraftState<P>,
  whole: readonly LaneEntry<P>[],
  isUrgent: boolean,
  budget: Budget,
): readonly LaneEntry<P>[] {
  let bytes = 0;
  let wireBytes = 0;
  for (const [index, { packet }] of whole.entries()) {
    bytes += packet.sizeBytes;
    const wireBytesThen = estimateWire(wireShare, bytes);
    const addedBytes = wireBytesThen - wireBytes;
    if (index > 0 && !budget.allowsMore(isUrgent, wireBytes, index, addedBytes)) return whole.slice(0, index);
    wireBytes = wireBytesThen;
  }
  return whole;
}

/** Lanes with nothing in flight that the mode of the link leaves out, or that wait for its budget. */
function heldLanes<P extends Packet>(
  { meteredLanes, urgentLanes }: DeliveryPolicy,
  { lanes, linkMode }: DraftState<P>,
  budget: Budget,
): readonly StreamId[] {
  if (linkMode !== 'metered' && !budget.holds(false)) return NO_LANES;
  return lanes.flatMap(({ stream, runs }) => {
    if (runs.some(({ flights }) => flights.length > 0)) return [];
    const isLeftOut = linkMode === 'metered' && !meteredLanes.includes(stream);
    return isLeftOut || budget.holds(urgentLanes.includes(stream)) ? [stream] : [];
  });
}

function dropHead<P extends Packet>(run: DraftRun<P>): void {
  run.readyBytes -= headOf(run)?.packet.sizeBytes ?? 0;
  run.readyIndex += 1;
}

function passOver<P extends Packet>(candidates: readonly Candidate<P>[], served: DraftRun<P>): void {
  for (const { run } of candidates) if (run !== served && isRunReady(run)) run.passedOverCount += 1;
}

/** A run holds up to two windows of events in memory, however long the outage: it reads on when less than one is left. */
function runsLow<P extends Packet>(run: DraftRun<P>, window: DeliveryWindow): boolean {
  return run.ready.length - run.readyIndex < window.maxEvents && run.readyBytes < window.maxBytes;
}

function countInFlight<P extends Packet>(state: DraftState<P>): Load {
  const load = { sends: 0, events: 0, bytes: 0, wireBytes: 0 };
  for (const { runs } of state.lanes) {
    for (const { flights } of runs) {
      load.sends += flights.length;
      for (const flight of flights) {
        load.events += flight.entries.length;
        load.bytes += flight.sizeBytes;
        load.wireBytes += flight.wireBytes;
      }
    }
  }
  return load;
}

function count<P extends Packet>({ counters }: DraftState<P>, entries: readonly LaneEntry<P>[], bytes: number): void {
  counters.sent += entries.length;
  counters.sentBytes += bytes;
  for (const { attempts } of entries) if (attempts > 0) counters.resent += 1;
}

function sumBytes<P extends Packet>(entries: readonly LaneEntry<P>[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entry.packet.sizeBytes;
  return bytes;
}

function tooLarge<P extends Packet>(lane: DraftLane<P>, entry: LaneEntry<P>, grant: Grant): WaystationError {
  return new WaystationError(
    'hub.rejectedEvent',
    `Event ${entry.sequence} of stream ${lane.stream} takes ${entry.packet.sizeBytes} bytes; the remote takes at most ` +
      `${grant.maxPacketBytes}.`,
  );
}
