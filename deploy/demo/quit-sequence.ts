import { type DemoState, ON_ITS_WAY_MS } from './demo-state.ts';
import type { AuditFigures } from './part-messages.ts';
import { playedText } from './render.ts';

/**
 * The clean end, as a pure sequence: stop making, let the journal drain, hold the hub against the ledger, stop the gateway,
 * end the rest. Each step has its time limit, so that the end always comes.
 */
export interface QuitSequence {
  readonly step: QuitStep;
  readonly sinceMs: number;
  /** The lowest backlog seen while draining, and when it was reached. */
  readonly lowestCount: number;
  readonly lowestAtMs: number;
  readonly isDrained: boolean;
}

/** What the sequence waits for. */
export type QuitStep = 'vehicle' | 'drain' | 'audit' | 'gateway' | 'rest' | 'done';

/** What the launcher has to do. */
export type QuitAction = 'stopVehicle' | 'askAudit' | 'stopGateway' | 'killGateway' | 'endRest' | 'killRest';

const VEHICLE_LIMIT_MS = 10_000;
/** With the link up, draining may go on for as long as it makes progress, within reason. */
const DRAIN_STALL_MS = 15_000;
const DRAIN_LIMIT_MS = 120_000;
/** Time for what is on its way from a port to the hub when the gateway has no backlog left. */
const SETTLE_MS = 5_000;
const AUDIT_LIMIT_MS = 10_000;
const GATEWAY_LIMIT_MS = 15_000;
const REST_LIMIT_MS = 5_000;

/** The first step, and what begins it. */
export function beginQuit(nowMs: number): [QuitSequence, readonly QuitAction[]] {
  return [enter('vehicle', nowMs, false), ['stopVehicle']];
}

/**
 * @param isRestGone whether every process but the gateway has ended
 * @returns the sequence after looking at `state`, and what to do about it
 */
export function stepQuit(
  quit: QuitSequence,
  nowMs: number,
  state: DemoState,
  isRestGone: boolean,
): [QuitSequence, readonly QuitAction[]] {
  const elapsedMs = nowMs - quit.sinceMs;
  switch (quit.step) {
    case 'vehicle': {
      const isStopped = state.vehicle.phase === 'stopped' || state.vehicle.phase === 'down';
      // Without a gateway nobody acknowledges what the sensor still holds.
      return isStopped || state.gateway.phase === 'failed' || elapsedMs >= VEHICLE_LIMIT_MS
        ? [enter('drain', nowMs, false), []]
        : [quit, []];
    }
    case 'drain':
      return stepDrain(quit, nowMs, state);
    case 'audit':
      return state.hub.audit !== undefined || state.hub.phase === 'down' || elapsedMs >= AUDIT_LIMIT_MS
        ? [enter('gateway', nowMs, quit.isDrained), ['stopGateway']]
        : [quit, []];
    case 'gateway':
      if (state.gateway.phase === 'down' || state.gateway.phase === 'failed')
        return [enter('rest', nowMs, quit.isDrained), ['endRest']];
      return elapsedMs >= GATEWAY_LIMIT_MS ? [{ ...quit, sinceMs: nowMs }, ['killGateway']] : [quit, []];
    case 'rest':
      if (isRestGone) return [enter('done', nowMs, quit.isDrained), []];
      return elapsedMs >= REST_LIMIT_MS ? [{ ...quit, sinceMs: nowMs }, ['killRest']] : [quit, []];
    case 'done':
      return [quit, []];
  }
}

function stepDrain(quit: QuitSequence, nowMs: number, state: DemoState): [QuitSequence, readonly QuitAction[]] {
  const audit = (isDrained: boolean): [QuitSequence, readonly QuitAction[]] => [
    enter('audit', nowMs, isDrained),
    ['askAudit'],
  ];
  if (state.gateway.phase === 'failed') return audit(false);
  // A cut link will not drain; a snapshot later than what was still on its way says how much waits in the journal.
  if (state.hub.figures?.link === 'cut' || state.hub.phase === 'down') {
    const isCounted = state.gateway.heardAtMs - quit.sinceMs >= ON_ITS_WAY_MS;
    if (isCounted) return audit(waitingCount(state) === 0);
    return nowMs - quit.sinceMs >= SETTLE_MS ? audit(false) : [quit, []];
  }
  // Only a snapshot taken after the vehicle stopped knows everything that it made.
  const backlog = state.gateway.heardAtMs - quit.sinceMs >= ON_ITS_WAY_MS ? waitingCount(state) : undefined;
  if (backlog === 0) {
    const isSettled = (state.hub.figures?.missing ?? 0) === 0 || nowMs - quit.sinceMs >= SETTLE_MS;
    return isSettled ? audit(true) : [quit, []];
  }
  const isLower = backlog !== undefined && backlog < quit.lowestCount;
  const next = isLower ? { ...quit, lowestCount: backlog, lowestAtMs: nowMs } : quit;
  const isGivenUp = nowMs - next.lowestAtMs >= DRAIN_STALL_MS || nowMs - quit.sinceMs >= DRAIN_LIMIT_MS;
  return isGivenUp ? audit(false) : [next, []];
}

function enter(step: QuitStep, nowMs: number, isDrained: boolean): QuitSequence {
  return { step, sinceMs: nowMs, lowestCount: Number.POSITIVE_INFINITY, lowestAtMs: nowMs, isDrained };
}

/** What is still to be sent, to the hub and to InfluxDB. */
function waitingCount({ gateway: { figures } }: DemoState): number | undefined {
  return figures === undefined ? undefined : figures.backlog + (figures.influxdb?.backlog ?? 0);
}

/** What the sequence waits for, for people. */
export function describeQuit(quit: QuitSequence, state: DemoState): string {
  switch (quit.step) {
    case 'vehicle':
      return `Quitting: the vehicle stops; ${state.vehicle.figures?.sensorPending ?? 0} sensor messages wait for their acknowledgement.`;
    case 'drain': {
      const backlog = waitingCount(state) ?? 0;
      if (state.hub.figures?.link === 'cut' && backlog > 0)
        return `Quitting: the link is cut; what waits stays in the journal (${backlog} events).`;
      return backlog === 0
        ? 'Quitting: what is still on its way goes to the journal and to the hub.'
        : `Quitting: ${backlog} events still have to be sent.`;
    }
    case 'audit':
      return 'Quitting: the hub compares what it received with what was made.';
    case 'gateway':
      return 'Quitting: the gateway closes its journal.';
    case 'rest':
    case 'done':
      return 'Quitting: the rest ends.';
  }
}

/** The outcome of a run: what to print, and the exit code. */
export interface Verdict {
  readonly lines: readonly string[];
  readonly exitCode: 0 | 1;
}

/**
 * Judges the audit. What a journal that did not drain still holds for the hub is late, not lost; what it holds for InfluxDB is
 * no matter of the hub.
 *
 * @param isPlayback whether recordings were played: what becomes of their lines is not in the simulator's ledger
 */
export function judge(state: DemoState, isDrained: boolean, isPlayback: boolean): Verdict {
  const audit = state.hub.audit;
  const waiting = isDrained ? [] : waitingLines(state);
  if (audit === undefined) {
    return { lines: ['There was no audit: the hub did not answer.', ...waiting], exitCode: 1 };
  }
  const isRight = audit.extra === 0 && audit.outOfOrder === 0 && audit.wrongValues === 0;
  const lateCount = isDrained ? 0 : (state.gateway.figures?.backlog ?? 0) + (state.vehicle.figures?.sensorPending ?? 0);
  const isWhole = isRight && audit.missing <= lateCount;
  return {
    lines: [
      summary(audit, state, Math.min(audit.missing, lateCount)),
      ...waiting,
      ...(isWhole && audit.missing === 0 && lateCount === 0 ? [isPlayback ? PLAYED : complete(audit.unheard)] : []),
      ...(isWhole ? [] : ['The hub does not have what was made: please report this, with the folder of the demo.']),
    ],
    exitCode: isWhole ? 0 : 1,
  };
}

function complete(unheardCount: number): string {
  return unheardCount === 0
    ? 'Everything that was made is at the hub, each source in order.'
    : `Everything that the gateway heard is at the hub, each source in order; ${unheardCount} on a serial line went with a gateway that was killed.`;
}

const PLAYED =
  'Everything in the journal is at the hub. Recorded lines are not counted as made: `waystation decode` prints what they mean.';

/** @param lateCount how many of the missing the journal may still hold */
function summary(audit: AuditFigures, state: DemoState, lateCount: number): string {
  const lostCount = audit.missing - lateCount;
  const figures: readonly (readonly [string, number])[] = [
    ['made', audit.made],
    ...(lateCount === 0 ? [] : [['not yet at the hub', lateCount] as const]),
    ...(lateCount === 0 || lostCount > 0 ? [['missing', lostCount] as const] : []),
    ['extra', audit.extra],
    ['repeated', audit.repeated],
    ['unheard', audit.unheard],
    ['out of order', audit.outOfOrder],
    ['wrong values', audit.wrongValues],
    ['journaled', state.gateway.figures?.journaled ?? 0],
    ['restarts', state.gateway.startCount - 1],
  ];
  return [...playedText(state), ...figures.map(([name, figure]) => `${name} ${figure}`)].join(' · ');
}

/**
 * Which sink the journal still holds something for, why, and what becomes of it. By what the gateway said of its sinks: when
 * this is printed, every part has ended.
 */
function waitingLines({ gateway: { figures }, hub }: DemoState): readonly string[] {
  if (figures === undefined) return ['The gateway told nothing: what it kept stays in the journal for the next run.'];
  const isCut = hub.figures?.link === 'cut';
  const hubReason = isCut ? 'The link is cut' : reasonOf('The hub', figures.sinkState);
  const hint = isCut ? ' (Press c before q to let them drain.)' : '';
  const { backlog, influxdb } = figures;
  const hubLine = `${hubReason}: ${stay(backlog, 'sends')}${hint}`;
  return [
    ...(backlog === 0 ? [] : [hubLine]),
    ...(influxdb === undefined || influxdb.backlog === 0
      ? []
      : [`${reasonOf('InfluxDB', influxdb.state)}: ${stay(influxdb.backlog, 'writes')}`]),
  ];
}

/** @param state of the sink, as the gateway names it */
function reasonOf(peer: string, state: string): string {
  switch (state) {
    case 'online':
      return `${peer} has not taken everything yet`;
    case 'paused':
      return `${peer} refuses`;
    default:
      return `${peer} does not answer`;
  }
}

/** @param verb what the next run does with them */
function stay(count: number, verb: 'sends' | 'writes'): string {
  return count === 1
    ? `1 event stays in the journal, and the next run ${verb} it.`
    : `${count} events stay in the journal, and the next run ${verb} them.`;
}
