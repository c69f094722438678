import { WaystationError } from '#gateway/model/errors.ts';
import type { StreamId } from '#gateway/model/message.ts';
import { type Allowance, UNLIMITED } from '#gateway/sinks/link/allowance.ts';
import type {
  DeliveryAction,
  DeliveryInput,
  DeliveryPolicy,
  DeliveryState,
  Phase,
  ReadInput,
  TimeoutCode,
} from './delivery-state.ts';
import { type DraftState, draftOf } from './draft-state.ts';
import { fillWindow, readAhead } from './fill-window.ts';
import { giveUp } from './give-up.ts';
import { type LaneStart, moveLane, positionOf, startLane } from './lane.ts';
import { putLiveFirst } from './live-first.ts';
import { addRead, forgetReady } from './run.ts';
import { buried, buryFailed, oldestFlight, settle, unblock } from './settle.ts';
import type { Packet } from './target.ts';
import { WHOLE_SHARE } from './wire-share.ts';

/** The next state, and what is to be done about it. */
export type DeliveryStep<P extends Packet> = readonly [state: DeliveryState<P>, actions: readonly DeliveryAction<P>[]];

/**
 * The delivery loop's whole policy: a state and what happened in, the next state and what to do out. No clock, no socket, no disk.
 *
 * After any failure everything unacknowledged goes back in front of its run and is sent again, the same packets in the same
 * order: go-back-N from the cursor. A stale answer finds its flight gone and changes nothing.
 *
 * @param allowance what the link of the sink allows now
 */
export function step<P extends Packet>(
  policy: DeliveryPolicy,
  state: DeliveryState<P>,
  nowMs: number,
  input: DeliveryInput<P>,
  allowance: Allowance = UNLIMITED,
): DeliveryStep<P> {
  if (state.phase.kind === 'stopped') return [state, []];
  const draft = draftOf(state);
  const actions: DeliveryAction<P>[] = [];
  receive(policy, draft, nowMs, input, allowance, actions);
  draft.linkMode = allowance.mode;
  followLink(draft, nowMs, allowance);
  endDrained(draft);
  const connection = connectionAction<P>(state.phase, draft.phase);
  if (connection !== undefined) actions.unshift(connection);
  fillWindow(policy, draft, nowMs, allowance, actions);
  moveCursors(draft, actions);
  readAhead(policy, draft, actions);
  if (draft.phase.kind === 'held') draft.moreAtMs = allowance.moreAtMs;
  return [draft, actions];
}

/** A sink that has just been opened: the first `tick` connects. @param wireShare as it was learnt before: see `wire-share.ts` */
export function startDelivery<P extends Packet>(
  starts: readonly LaneStart[],
  nowMs: number,
  wireShare = WHOLE_SHARE,
): DeliveryState<P> {
  let nextRunId = 1;
  const lanes = starts.map((start) => {
    const lane = startLane<P>(start, nextRunId);
    nextRunId += lane.runs.length;
    return lane;
  });
  return {
    phase: { kind: 'waiting', untilMs: nowMs },
    lanes,
    failureCount: 0,
    progressMs: nowMs,
    moreAtMs: Infinity,
    roomSinceMs: undefined,
    heldLanes: [],
    wireShare,
    linkMode: 'normal',
    nextFlightId: 1,
    nextRunId,
    counters: {
      ...{ sent: 0, sentBytes: 0, acknowledged: 0, refused: 0, deadLettered: 0 },
      ...{ filtered: 0, resent: 0, connects: 0 },
    },
  };
}

/** When the next `tick` is due, in monotonic milliseconds; `undefined` when nothing waits for time. */
export function nextWakeMs<P extends Packet>(policy: DeliveryPolicy, state: DeliveryState<P>): number | undefined {
  const dueMs = dueAtMs(policy, state);
  return dueMs === Infinity ? undefined : dueMs;
}

function dueAtMs<P extends Packet>(policy: DeliveryPolicy, state: DeliveryState<P> | DraftState<P>): number {
  const { phase } = state;
  switch (phase.kind) {
    case 'waiting':
    case 'paused':
    case 'draining':
      return phase.untilMs;
    case 'connecting':
      return phase.sinceMs + policy.connectTimeoutMs;
    case 'online':
      return Math.min(ackDeadlineMs(policy, state), unblockAtMs(state), state.moreAtMs);
    case 'held':
      return Math.min(unblockAtMs(state), state.moreAtMs);
    case 'stopped':
      return Infinity;
  }
}

function receive<P extends Packet>(
  policy: DeliveryPolicy,
  state: DraftState<P>,
  nowMs: number,
  input: DeliveryInput<P>,
  allowance: Allowance,
  actions: DeliveryAction<P>[],
): void {
  switch (input.kind) {
    case 'read':
      takeRead(state, input);
      break;
    case 'connected':
      if (state.phase.kind !== 'connecting') break;
      state.phase = { kind: 'online', sinceMs: nowMs, grant: input.grant, isProbing: state.failureCount > 0 };
      state.counters.connects += 1;
      catchUp(policy, state, input.tails);
      break;
    case 'disconnected':
      giveUp(policy, state, nowMs, input.error);
      break;
    case 'settled':
      for (const { flightId, outcome } of input.answers) settle(policy, state, nowMs, flightId, outcome, actions);
      break;
    case 'buried':
      buried(state, input);
      break;
    case 'buryFailed':
      buryFailed(state, nowMs, input);
      break;
    case 'timeLearned':
      for (const { runs } of state.lanes) for (const run of runs) forgetReady(run);
      break;
    case 'linkChanged':
      // Lanes that a metered link held back have missed as much as in an outage.
      if (state.linkMode === 'metered' && allowance.mode === 'normal') catchUp(policy, state, input.tails);
      break;
    case 'tick':
      tick(policy, state, nowMs, actions);
      break;
    case 'retryNow':
      retryNow(state, nowMs, actions);
      break;
    case 'stop':
      state.phase =
        state.phase.kind === 'online' && oldestFlight(state) !== undefined
          ? { kind: 'draining', untilMs: nowMs + policy.drainTimeoutMs }
          : { kind: 'stopped' };
  }
}

function takeRead<P extends Packet>(state: DraftState<P>, input: ReadInput<P>): void {
  const lane = state.lanes.find(({ stream }) => stream === input.stream);
  const run = lane?.runs.find(({ id }) => id === input.runId);
  // What was asked for since, or has become of the run, may be something else.
  if (run === undefined || run.readSequence !== input.from - 1 || input.throughSequence > run.to) return;
  const filteredCount = addRead(run, input.entries, input.throughSequence);
  // Positions of what is tried again may have holes.
  if (!lane?.isRedrive) state.counters.filtered += filteredCount;
}

/** The way is free, perhaps after a long time. */
function catchUp<P extends Packet>(
  policy: DeliveryPolicy,
  state: DraftState<P>,
  tails: ReadonlyMap<StreamId, number>,
): void {
  if (policy.order === 'liveFirst' && state.phase.kind === 'online')
    putLiveFirst(state, tails, policy.window.maxEvents);
}

function tick<P extends Packet>(
  policy: DeliveryPolicy,
  state: DraftState<P>,
  nowMs: number,
  actions: DeliveryAction<P>[],
): void {
  if (nowMs < dueAtMs(policy, state)) return;
  switch (state.phase.kind) {
    case 'waiting':
    case 'paused':
      state.phase = { kind: 'connecting', sinceMs: nowMs };
      break;
    case 'connecting':
      giveUp(policy, state, nowMs, timedOut(policy, 'connect', policy.connectTimeoutMs));
      break;
    case 'online':
      if (nowMs < ackDeadlineMs(policy, state)) unblock(state, nowMs, actions);
      else giveUp(policy, state, nowMs, timedOut(policy, 'acknowledge', policy.window.ackTimeoutMs));
      break;
    case 'held':
      unblock(state, nowMs, actions);
      break;
    case 'draining':
      state.phase = { kind: 'stopped' };
      break;
    case 'stopped':
      break;
  }
}

/** Ends every delay, of the sink and of its lanes. How often it has failed stays known: another failure is waited out as long [D5]. */
function retryNow<P extends Packet>(state: DraftState<P>, nowMs: number, actions: DeliveryAction<P>[]): void {
  const { kind } = state.phase;
  if (kind === 'waiting' || kind === 'paused') state.phase = { kind: 'connecting', sinceMs: nowMs };
  unblock(state, Infinity, actions);
}

/** A link that is off has no connection; what is in flight on one may still be acknowledged [D8]. */
function followLink<P extends Packet>(state: DraftState<P>, nowMs: number, { mode }: Allowance): void {
  const { kind } = state.phase;
  if (mode === 'off') {
    const isIdle = kind === 'waiting' || kind === 'paused' || kind === 'connecting';
    if (isIdle || (kind === 'online' && oldestFlight(state) === undefined)) state.phase = { kind: 'held' };
  } else if (kind === 'held') {
    state.phase = { kind: 'connecting', sinceMs: nowMs };
  }
}

/** A draining sink is done when nothing is in flight any more. */
function endDrained<P extends Packet>(state: DraftState<P>): void {
  if (state.phase.kind === 'draining' && oldestFlight(state) === undefined) state.phase = { kind: 'stopped' };
}

function connectionAction<P extends Packet>(before: Phase, after: Phase): DeliveryAction<P> | undefined {
  if (hasConnection(before) === hasConnection(after)) return undefined;
  return { kind: hasConnection(after) ? 'connect' : 'disconnect' };
}

function hasConnection({ kind }: Phase): boolean {
  return kind === 'connecting' || kind === 'online' || kind === 'draining';
}

function moveCursors<P extends Packet>(state: DraftState<P>, actions: DeliveryAction<P>[]): void {
  for (const lane of state.lanes) {
    if (!moveLane(lane)) continue;
    const runs = lane.runs.map(({ id, acknowledgedSequence }) => ({ id, acknowledgedSequence }));
    actions.push({ kind: 'advance', stream: lane.stream, ...positionOf(lane), runs });
  }
}

function ackDeadlineMs<P extends Packet>({ window }: DeliveryPolicy, state: DeliveryState<P> | DraftState<P>): number {
  const oldest = oldestFlight(state);
  if (oldest === undefined) return Infinity;
  return Math.max(oldest.sentAtMs, state.progressMs) + window.ackTimeoutMs;
}

/** When the first run that stands still may try again. */
function unblockAtMs<P extends Packet>({ lanes }: DeliveryState<P> | DraftState<P>): number {
  let earliestMs = Infinity;
  for (const { runs } of lanes) {
    for (const { blocked } of runs) if (blocked !== undefined) earliestMs = Math.min(earliestMs, blocked.untilMs);
  }
  return earliestMs;
}

function timedOut({ timeoutCode }: DeliveryPolicy, what: string, timeoutMs: number): WaystationError {
  return new WaystationError(timeoutCode, `${TARGETS[timeoutCode]} did not ${what} within ${timeoutMs} ms.`);
}

const TARGETS: Readonly<Record<TimeoutCode, string>> = {
  'hub.timeout': 'The hub',
  'influxdb.timeout': 'InfluxDB',
  'webhook.timeout': 'The receiver',
  'file.timeout': 'The drive',
};
