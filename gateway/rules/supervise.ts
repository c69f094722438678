import { type RetryPolicy, retryDelayMs } from '#gateway/runtime/retry-schedule.ts';

/** Where Node-RED is in its life. All times are monotonic milliseconds. */
export type RulesPhase =
  /** Nothing runs; the next attempt is due then. */
  | { readonly name: 'waiting'; readonly untilMs: number }
  /** Nothing runs; folder and port are looked after. */
  | { readonly name: 'preparing' }
  | { readonly name: 'starting'; readonly sinceMs: number; readonly isSafe: boolean }
  | { readonly name: 'running'; readonly sinceMs: number; readonly heardMs: number }
  /** The editor is up, but the flows stand still until somebody deploys. */
  | { readonly name: 'held'; readonly sinceMs: number; readonly heardMs: number; readonly reason: string }
  /** SIGKILL was sent; only the end of the process is still missing. */
  | { readonly name: 'killed'; readonly problem: RulesProblem }
  | { readonly name: 'stopping'; readonly killAtMs: number }
  | { readonly name: 'stopped' };

/** Everything that the policy remembers. */
export interface SupervisorState {
  readonly phase: RulesPhase;
  /** When Node-RED crashed lately: inside {@link CRASH_WINDOW_MS} of the last crash. */
  readonly crashesMs: readonly number[];
  /** Attempts since it last ran well; spaces out the next ones. */
  readonly attempt: number;
  readonly restartCount: number;
  /** Resident memory by the last heartbeat; 0 before the first. */
  readonly rssBytes: number;
  /** Why it does not run as it should. */
  readonly problem?: RulesProblem;
  /** How its flows flooded the broker: they stand still until somebody deploys, through all restarts. */
  readonly flood?: RulesProblem;
}

/** What is wrong, for the status. */
export interface RulesProblem {
  readonly code:
    | 'rules.portInUse'
    | 'rules.folderFailed'
    | 'rules.unreadableFlows'
    | 'rules.crashed'
    | 'rules.held'
    | 'rules.flooding';
  readonly text: string;
}

/** What can happen. */
export type SupervisorInput =
  | { readonly type: 'tick' }
  | { readonly type: 'prepared' }
  /** The port is taken, the folder cannot be written, or the flows cannot be read. */
  | { readonly type: 'blocked'; readonly problem: RulesProblem }
  | { readonly type: 'heartbeat'; readonly rssBytes: number }
  /** The broker holds the publishes of the flows back, without a pause. @param topic of the last one */
  | { readonly type: 'flooding'; readonly heldBackMs: number; readonly topic: string }
  | { readonly type: 'flowsStarted' }
  | { readonly type: 'flowsHeld'; readonly reason: string }
  | { readonly type: 'exited'; readonly how: string }
  | { readonly type: 'stop' };

/** What is to be done. */
export type SupervisorAction =
  | { readonly type: 'prepare' }
  | { readonly type: 'start'; readonly isSafe: boolean }
  | { readonly type: 'terminate' }
  | { readonly type: 'kill' };

/** What the policy takes from outside. */
export interface SupervisorLimits {
  readonly maxRssBytes: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Heartbeats come every second. */
export const HEARTBEAT_TIMEOUT_MS = 4000;
/** From the start of the process to its flows: loading the nodes takes seconds on a small board. */
export const START_TIMEOUT_MS = 30_000;
/** Two crashes within this time put Node-RED into safe mode. */
export const CRASH_WINDOW_MS = 60_000;
/** So long may flows publish more than they are allowed before they are stopped; shorter bursts are only slowed down. */
export const MAX_FLOOD_MS = 10_000;
/** How long it may take to end when asked. */
export const STOP_TIMEOUT_MS = 3000;
/** The first events of the gateway come before the rules about them: starting Node-RED takes a processor for a second or more. */
const FIRST_START_DELAY_MS = 1000;
/** After so long without a crash the delays between attempts begin anew. */
export const STABLE_MS = 60_000;
/** A tick that comes this late says that the gateway itself stood still, and proves nothing about Node-RED. */
const LATE_TICK_MS = 1000;
const SAFE_MODE_CRASHES = 2;
const RETRY: RetryPolicy = { firstDelayMs: 1000, maxDelayMs: 30_000 };

/** Before anything runs. */
export function initialSupervisorState(nowMs: number): SupervisorState {
  return {
    phase: { name: 'waiting', untilMs: nowMs + FIRST_START_DELAY_MS },
    crashesMs: [],
    attempt: 0,
    restartCount: 0,
    rssBytes: 0,
  };
}

/** When the policy wants the next `tick`; undefined if it waits for something else. */
export function nextTickMs({ phase }: SupervisorState): number | undefined {
  switch (phase.name) {
    case 'waiting':
      return phase.untilMs;
    case 'starting':
      return phase.sinceMs + START_TIMEOUT_MS;
    case 'running':
    case 'held':
      return phase.heardMs + HEARTBEAT_TIMEOUT_MS;
    case 'stopping':
      return phase.killAtMs;
    case 'preparing':
    case 'killed':
    case 'stopped':
      return undefined;
  }
}

/**
 * The policy that keeps Node-RED alive and the gateway safe from it [P2]: pure, so that a test reads like a timeline.
 *
 * - No heartbeat for {@link HEARTBEAT_TIMEOUT_MS}, or more memory than allowed: killed.
 * - Whatever ended it, it comes back after a delay that grows and is jittered [D5].
 * - Two crashes within {@link CRASH_WINDOW_MS}: it comes back in safe mode, where the flows stand still until somebody deploys.
 * - Flows that flood the broker for {@link MAX_FLOOD_MS}: killed, and safe mode at once; a crash would go away, these would not.
 * - A port in use or a full disk is no crash: it is tried again, and the status says so.
 */
export function stepSupervisor(
  state: SupervisorState,
  nowMs: number,
  input: SupervisorInput,
  limits: SupervisorLimits,
): readonly [SupervisorState, readonly SupervisorAction[]] {
  switch (input.type) {
    case 'tick':
      return tick(state, nowMs);
    case 'prepared':
      return state.phase.name === 'preparing' ? begin(state, nowMs) : [state, []];
    case 'blocked':
      return state.phase.name === 'preparing' ? [block(state, nowMs, input.problem, limits), []] : [state, []];
    case 'heartbeat':
      return hear(state, nowMs, input.rssBytes, limits);
    case 'flooding':
      return flood(state, input.heldBackMs, input.topic);
    case 'flowsStarted':
      return isUp(state) ? [run(state, nowMs), []] : [state, []];
    case 'flowsHeld':
      return isUp(state) ? [hold(state, nowMs, input.reason), []] : [state, []];
    case 'exited':
      return [end(state, nowMs, input.how, limits), []];
    case 'stop':
      return stop(state, nowMs);
  }
}

type Step = readonly [SupervisorState, readonly SupervisorAction[]];

function tick(state: SupervisorState, nowMs: number): Step {
  const dueMs = nextTickMs(state);
  if (dueMs === undefined || nowMs < dueMs) return [state, []];
  const { phase } = state;
  switch (phase.name) {
    case 'waiting':
      return [{ ...state, phase: { name: 'preparing' } }, [{ type: 'prepare' }]];
    case 'starting':
      return kill(state, `its flows did not start within ${START_TIMEOUT_MS / 1000} s`);
    case 'running':
    case 'held':
      if (nowMs - dueMs > LATE_TICK_MS) return [{ ...state, phase: { ...phase, heardMs: nowMs } }, []];
      return kill(state, `it gave no sign of life for ${HEARTBEAT_TIMEOUT_MS / 1000} s`);
    case 'stopping':
      return [{ ...state, phase: { name: 'stopping', killAtMs: Number.POSITIVE_INFINITY } }, [{ type: 'kill' }]];
    case 'preparing':
    case 'killed':
    case 'stopped':
      return [state, []];
  }
}

function begin(state: SupervisorState, nowMs: number): Step {
  const isSafe = state.flood !== undefined || state.crashesMs.length >= SAFE_MODE_CRASHES;
  return [{ ...state, phase: { name: 'starting', sinceMs: nowMs, isSafe } }, [{ type: 'start', isSafe }]];
}

function block(
  state: SupervisorState,
  nowMs: number,
  problem: RulesProblem,
  { random }: SupervisorLimits,
): SupervisorState {
  const phase = { name: 'waiting', untilMs: nowMs + retryDelayMs(RETRY, state.attempt, random) } as const;
  return { ...state, phase, attempt: state.attempt + 1, problem };
}

function hear(state: SupervisorState, nowMs: number, rssBytes: number, { maxRssBytes }: SupervisorLimits): Step {
  if (!isUp(state)) return [state, []];
  const heard = { ...state, rssBytes };
  if (rssBytes > maxRssBytes) {
    return kill(heard, `it took ${mebibytes(rssBytes)} of memory, ${mebibytes(maxRssBytes)} are allowed`);
  }
  const { phase } = state;
  if (phase.name !== 'running' && phase.name !== 'held') return [heard, []];
  const isStable = phase.name === 'running' && nowMs - phase.sinceMs >= STABLE_MS;
  return [{ ...heard, phase: { ...phase, heardMs: nowMs }, attempt: isStable ? 0 : state.attempt }, []];
}

function run(state: SupervisorState, nowMs: number): SupervisorState {
  const { problem: _problem, flood: _flood, ...well } = state;
  // Somebody has deployed, and watches: the delays begin anew.
  const attempt = state.phase.name === 'held' ? 0 : state.attempt;
  return { ...well, attempt, phase: { name: 'running', sinceMs: nowMs, heardMs: nowMs } };
}

/** Safe mode, or a flow with nodes that are not there. */
function hold(state: SupervisorState, nowMs: number, reason: string): SupervisorState {
  const because = reason === 'safe-mode' && state.problem !== undefined ? `; ${state.problem.text}` : '';
  const held = { code: 'rules.held', text: `Node-RED runs, its flows do not (${reason})${because}` } as const;
  return {
    ...state,
    phase: { name: 'held', sinceMs: nowMs, heardMs: nowMs, reason },
    problem: state.flood ?? held,
  };
}

function end(state: SupervisorState, nowMs: number, how: string, { random }: SupervisorLimits): SupervisorState {
  const { phase } = state;
  if (phase.name === 'stopping') return { ...state, phase: { name: 'stopped' }, rssBytes: 0 };
  if (phase.name !== 'killed' && !isUp(state)) return state;
  const problem =
    phase.name === 'killed' ? phase.problem : ({ code: 'rules.crashed', text: `Node-RED ended: ${how}` } as const);
  return {
    ...state,
    phase: { name: 'waiting', untilMs: nowMs + retryDelayMs(RETRY, state.attempt, random) },
    crashesMs: [...state.crashesMs.filter((crashMs) => nowMs - crashMs <= CRASH_WINDOW_MS), nowMs],
    attempt: state.attempt + 1,
    restartCount: state.restartCount + 1,
    rssBytes: 0,
    problem,
  };
}

function stop(state: SupervisorState, nowMs: number): Step {
  switch (state.phase.name) {
    case 'waiting':
    case 'preparing':
      return [{ ...state, phase: { name: 'stopped' } }, []];
    case 'starting':
    case 'running':
    case 'held':
      return [{ ...state, phase: { name: 'stopping', killAtMs: nowMs + STOP_TIMEOUT_MS } }, [{ type: 'terminate' }]];
    case 'killed':
      return [{ ...state, phase: { name: 'stopping', killAtMs: Number.POSITIVE_INFINITY } }, []];
    case 'stopping':
    case 'stopped':
      return [state, []];
  }
}

function kill(state: SupervisorState, reason: string): Step {
  const problem = { code: 'rules.crashed', text: `Node-RED was killed: ${reason}` } as const;
  return [{ ...state, phase: { name: 'killed', problem } }, [{ type: 'kill' }]];
}

function flood(state: SupervisorState, heldBackMs: number, topic: string): Step {
  if (state.phase.name !== 'running' || heldBackMs < MAX_FLOOD_MS) return [state, []];
  const heldBack = `publishes of the flows had to wait for ${MAX_FLOOD_MS / 1000} s on end`;
  const problem = { code: 'rules.flooding', text: `${heldBack}, the last on ${JSON.stringify(topic)}` } as const;
  return [{ ...state, phase: { name: 'killed', problem }, flood: problem }, [{ type: 'kill' }]];
}

/** Whether a process runs that nobody has asked to end. */
function isUp({ phase }: SupervisorState): boolean {
  return phase.name === 'starting' || phase.name === 'running' || phase.name === 'held';
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
