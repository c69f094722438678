import { WaystationError } from '#gateway/model/errors.ts';
import { retryDelayMs } from '#gateway/runtime/retry-schedule.ts';
import type {
  DeliveryAction,
  DeliveryInput,
  DeliveryPolicy,
  DeliveryState,
  LaneStart,
  Phase,
} from './delivery-state.ts';
import { fillWindow } from './fill-window.ts';
import {
  countFiltered,
  type Lane,
  type LaneFlight,
  lanePosition,
  unblocked,
  withBlock,
  withRead,
  withReadyForgotten,
  withReturned,
  withTaken,
} from './lane.ts';
import type { Outcome, Packet } from './target.ts';

/** The next state, and what is to be done about it. */
export type DeliveryStep<P extends Packet> = readonly [state: DeliveryState<P>, actions: readonly DeliveryAction<P>[]];

/**
 * The delivery loop's whole policy: a state and what happened in, the next state and what to do out. No clock, no socket, no disk.
 *
 * After any failure everything unacknowledged goes back in front of its lane and is sent again, the same packets in the same
 * order: go-back-N from the cursor. A stale answer finds its flight gone and changes nothing.
 */
export function step<P extends Packet>(
  policy: DeliveryPolicy,
  state: DeliveryState<P>,
  nowMs: number,
  input: DeliveryInput<P>,
): DeliveryStep<P> {
  if (state.phase.kind === 'stopped') return [state, []];
  const heard = receive(policy, state, nowMs, input);
  const actions: DeliveryAction<P>[] = connectionActions(state.phase, heard.phase);
  const next = fillWindow(policy, heard, nowMs, actions);
  for (const [index, lane] of next.lanes.entries()) {
    const before = state.lanes[index];
    if (before === lane || before === undefined) continue;
    const position = lanePosition(lane);
    if (position.acknowledgedSequence > lanePosition(before).acknowledgedSequence) {
      actions.push({ kind: 'advance', stream: lane.stream, ...position });
    }
  }
  return [next, actions];
}

/** A sink that has just been opened: the first `tick` connects. */
export function startDelivery<P extends Packet>(lanes: readonly LaneStart[], nowMs: number): DeliveryState<P> {
  return {
    phase: { kind: 'waiting', untilMs: nowMs },
    lanes: lanes.map((start) => ({
      stream: start.stream,
      readSequence: start.acknowledgedSequence,
      readForwardedSequence: start.forwardedSequence,
      seenSequence: start.acknowledgedSequence,
      isReading: false,
      ready: [],
      readyIndex: 0,
      readyBytes: 0,
      flights: [],
      lostCount: 0,
      passedOverCount: 0,
    })),
    failureCount: 0,
    progressMs: nowMs,
    nextFlightId: 1,
    counters: { sent: 0, acknowledged: 0, refused: 0, filtered: 0, resent: 0, connects: 0 },
  };
}

/** When the next `tick` is due, in monotonic milliseconds; `undefined` when nothing waits for time. */
export function nextWakeMs<P extends Packet>(policy: DeliveryPolicy, state: DeliveryState<P>): number | undefined {
  const { phase } = state;
  switch (phase.kind) {
    case 'waiting':
    case 'paused':
    case 'draining':
      return phase.untilMs;
    case 'connecting':
      return phase.sinceMs + policy.connectTimeoutMs;
    case 'online': {
      const blocks = state.lanes.map((lane) => lane.blocked?.untilMs ?? Infinity);
      const earliest = Math.min(ackDeadlineMs(policy, state), ...blocks);
      return earliest === Infinity ? undefined : earliest;
    }
    case 'stopped':
      return undefined;
  }
}

function receive<P extends Packet>(
  policy: DeliveryPolicy,
  state: DeliveryState<P>,
  nowMs: number,
  input: DeliveryInput<P>,
): DeliveryState<P> {
  switch (input.kind) {
    case 'read': {
      const { stream, from, entries, throughSequence } = input;
      const index = state.lanes.findIndex((lane) => lane.stream === stream);
      const asking = state.lanes[index];
      if (asking?.readSequence !== from - 1) return state; // What was asked for since is something else.
      const filtered = state.counters.filtered + countFiltered(asking, entries, throughSequence);
      const lanes = state.lanes.with(index, withRead(asking, entries, throughSequence));
      return { ...state, lanes, counters: { ...state.counters, filtered } };
    }
    case 'connected': {
      if (state.phase.kind !== 'connecting') return state;
      const isProbing = state.failureCount > 0;
      const phase: Phase = { kind: 'online', sinceMs: nowMs, grant: input.grant, isProbing };
      return { ...state, phase, counters: { ...state.counters, connects: state.counters.connects + 1 } };
    }
    case 'disconnected':
      return fail(policy, state, nowMs, input.error);
    case 'settled':
      return settle(policy, state, nowMs, input.flightId, input.outcome);
    case 'timeLearned':
      return { ...state, lanes: state.lanes.map((lane) => withReadyForgotten(lane)) };
    case 'tick':
      return tick(policy, state, nowMs);
    case 'retryNow':
      return retryNow(state, nowMs);
    case 'stop': {
      const hasFlights = state.lanes.some((lane) => lane.flights.length > 0);
      if (state.phase.kind !== 'online' || !hasFlights) return { ...state, phase: { kind: 'stopped' } };
      return { ...state, phase: { kind: 'draining', untilMs: nowMs + policy.drainTimeoutMs } };
    }
  }
}

function tick<P extends Packet>(policy: DeliveryPolicy, state: DeliveryState<P>, nowMs: number): DeliveryState<P> {
  const dueMs = nextWakeMs(policy, state);
  if (dueMs === undefined || nowMs < dueMs) return state;
  switch (state.phase.kind) {
    case 'waiting':
    case 'paused':
      return { ...state, phase: { kind: 'connecting', sinceMs: nowMs } };
    case 'connecting':
      return fail(policy, state, nowMs, timedOut('connect', policy.connectTimeoutMs));
    case 'online':
      if (nowMs < ackDeadlineMs(policy, state))
        return { ...state, lanes: state.lanes.map((lane) => unblocked(lane, nowMs)) };
      return fail(policy, state, nowMs, timedOut('acknowledge', policy.window.ackTimeoutMs));
    case 'draining':
      return { ...state, phase: { kind: 'stopped' } };
    case 'stopped':
      return state;
  }
}

/** Ends every delay, of the sink and of its lanes. How often it has failed stays known: another failure is waited out as long [D5]. */
function retryNow<P extends Packet>(state: DeliveryState<P>, nowMs: number): DeliveryState<P> {
  const { phase } = state;
  const isDelayed = phase.kind === 'waiting' || phase.kind === 'paused';
  const next: Phase = isDelayed ? { kind: 'connecting', sinceMs: nowMs } : phase;
  return { ...state, phase: next, lanes: state.lanes.map((lane) => unblocked(lane, Infinity)) };
}

function settle<P extends Packet>(
  policy: DeliveryPolicy,
  state: DeliveryState<P>,
  nowMs: number,
  flightId: number,
  outcome: Outcome,
): DeliveryState<P> {
  const index = state.lanes.findIndex((lane) => lane.flights.some((flight) => flight.id === flightId));
  const lane = state.lanes[index];
  const flight = lane?.flights.find((candidate) => candidate.id === flightId);
  if (lane === undefined || flight === undefined) return state;
  switch (outcome.kind) {
    case 'accepted': {
      const count = outcome.count ?? flight.entries.length;
      const refused = state.counters.refused + (outcome.refusedCount ?? 0);
      const counted = { ...state, counters: { ...state.counters, refused } };
      return accept(counted, nowMs, index, withTaken(lane, flight, count), flight, count);
    }
    case 'hold':
    case 'rejected': {
      const blocked = withBlock(withReturned(lane, [flight]), outcome.error, nowMs + pauseDelayMs(policy));
      return drained({ ...state, lanes: state.lanes.with(index, blocked) });
    }
    case 'retry':
    case 'pause':
      return fail(policy, state, nowMs, outcome.error);
  }
}

function accept<P extends Packet>(
  state: DeliveryState<P>,
  nowMs: number,
  index: number,
  lane: Lane<P>,
  flight: LaneFlight<P>,
  count: number,
): DeliveryState<P> {
  const { lastError: _, ...rest } = state;
  const { phase, counters } = state;
  const wasOldest = oldestFlight(state)?.id === flight.id;
  return drained({
    ...rest,
    phase: phase.kind === 'online' && phase.isProbing ? { ...phase, isProbing: false } : phase,
    lanes: state.lanes.with(index, lane),
    failureCount: 0,
    progressMs: wasOldest ? nowMs : state.progressMs,
    counters: { ...counters, acknowledged: counters.acknowledged + count },
  });
}

/** Gives the connection up: go back to the cursors, and come back after a while [D5]. */
function fail<P extends Packet>(
  policy: DeliveryPolicy,
  state: DeliveryState<P>,
  nowMs: number,
  error: WaystationError,
): DeliveryState<P> {
  const { phase } = state;
  if (phase.kind === 'draining') return { ...state, phase: { kind: 'stopped' }, lastError: error };
  if (phase.kind !== 'connecting' && phase.kind !== 'online') return state;
  // A link that held longer than the longest delay has proved itself, even if nothing was sent on it.
  const hasProved = phase.kind === 'online' && nowMs - phase.sinceMs > policy.retry.maxDelayMs;
  const failureCount = hasProved ? 0 : state.failureCount;
  const next: Phase = error.isRetryable
    ? { kind: 'waiting', untilMs: nowMs + retryDelayMs(policy.retry, failureCount, policy.random) }
    : { kind: 'paused', untilMs: nowMs + pauseDelayMs(policy) };
  const lanes = state.lanes.map((lane) => withReturned(lane, lane.flights));
  return { ...state, phase: next, lanes, failureCount: failureCount + 1, lastError: error };
}

function connectionActions<P extends Packet>(before: Phase, after: Phase): DeliveryAction<P>[] {
  const hadConnection = before.kind === 'connecting' || before.kind === 'online' || before.kind === 'draining';
  const hasConnection = after.kind === 'connecting' || after.kind === 'online' || after.kind === 'draining';
  if (hadConnection === hasConnection) return [];
  return [{ kind: hasConnection ? 'connect' : 'disconnect' }];
}

/** A draining sink is done when nothing is in flight any more. */
function drained<P extends Packet>(state: DeliveryState<P>): DeliveryState<P> {
  if (state.phase.kind !== 'draining' || oldestFlight(state) !== undefined) return state;
  return { ...state, phase: { kind: 'stopped' } };
}

function ackDeadlineMs<P extends Packet>(policy: DeliveryPolicy, state: DeliveryState<P>): number {
  const oldest = oldestFlight(state);
  if (oldest === undefined) return Infinity;
  return Math.max(oldest.sentAtMs, state.progressMs) + policy.window.ackTimeoutMs;
}

function oldestFlight<P extends Packet>(state: DeliveryState<P>): LaneFlight<P> | undefined {
  let oldest: LaneFlight<P> | undefined;
  for (const { flights } of state.lanes) {
    const first = flights[0];
    if (first !== undefined && (oldest === undefined || first.id < oldest.id)) oldest = first;
  }
  return oldest;
}

function pauseDelayMs(policy: DeliveryPolicy): number {
  return policy.pauseMs * (1 - policy.random() / 2);
}

function timedOut(what: string, timeoutMs: number): WaystationError {
  return new WaystationError('hub.timeout', `The remote did not ${what} within ${timeoutMs} ms.`);
}
