import { type DemoState, madeCount, type PartPhase } from './demo-state.ts';
import { wrapFigures } from './wrap.ts';

/** How the block may look. */
export interface Look {
  readonly isColoured: boolean;
  /** Columns of the terminal; longer lines are wrapped. */
  readonly columns: number;
}

const KEYS = 'c cuts or restores the link · k kills the gateway · q quits';
const LABEL_COLUMNS = 9;

/**
 * The live block: the keys (or what the launcher waits for), then each part, and the sink when it is not online.
 *
 * @param headline shown in place of the keys
 */
export function renderBlock(state: DemoState, look: Look, headline = KEYS): readonly string[] {
  const parts: readonly Part[] = [
    ['vehicle', vehicleText(state), toneOf(state.vehicle.phase)],
    ['gateway', gatewayText(state), gatewayTone(state)],
    ...sinkPart(state),
    ...rulesPart(state.gateway),
    ['link', linkText(state), state.hub.figures?.link === 'cut' ? 'warn' : toneOf(state.hub.phase)],
    ['hub', hubText(state), (state.hub.figures?.missing ?? 0) > 0 ? 'warn' : toneOf(state.hub.phase)],
  ];
  return [
    ...wrapFigures(headline, look.columns).map((line) => paint(line, 'quiet', look)),
    ...[...parts, ...influxdbPart(state)].flatMap(([label, text, tone]) => {
      return wrapFigures(text, look.columns - LABEL_COLUMNS).map((line, index) => {
        return `${paint((index === 0 ? label : '').padEnd(LABEL_COLUMNS), tone, look)}${line}`;
      });
    }),
  ];
}

type Part = readonly [label: string, text: string, tone: Tone];

/** The same on one line, for a log. */
export function renderLine(state: DemoState): string {
  const hub = state.hub.figures;
  return [
    ...playedText(state),
    `made ${madeCount(state)}`,
    `gateway ${state.gateway.phase}`,
    `backlog ${state.gateway.figures?.backlog ?? 0}`,
    `journaled ${state.gateway.figures?.journaled ?? 0}`,
    `link ${hub?.link ?? 'starting'}`,
    `received ${hub?.received ?? 0}`,
    `repeated ${hub?.repeated ?? 0}`,
    `missing ${hub?.missing ?? 0}`,
    `restarts ${restartCount(state)}`,
  ].join(' · ');
}

/** Lines of recordings, which no ledger compares; nothing without a recording. */
export function playedText(state: DemoState): readonly string[] {
  const count = state.vehicle.figures?.played ?? 0;
  return count === 0 ? [] : [`played ${count} lines`];
}

function vehicleText(state: DemoState): string {
  const { phase, figures } = state.vehicle;
  if (figures === undefined) return phase;
  const made = Object.entries(figures.made).map(([source, count]) => `${source} ${count}`);
  const played = playedText(state);
  // The simulated vehicle's own: what is played was recorded in another.
  const speed = played.length > 0 ? [] : [`${figures.speedKmh.toFixed(0)} km/h`];
  const told = [...played, `made ${made.join(', ')}`, ...speed];
  if (figures.overrun > 0) told.push(`overrun ${figures.overrun}`);
  if (figures.unheard > 0) told.push(`perhaps unheard ${figures.unheard}`);
  return phase === 'running' ? told.join(' · ') : [phase, ...told].join(' · ');
}

function gatewayText(state: DemoState): string {
  const { phase, figures } = state.gateway;
  const told = [phase, `backlog ${figures?.backlog ?? 0}`, `journaled ${figures?.journaled ?? 0}`];
  return [...told, `restarts ${restartCount(state)}`].join(' · ');
}

/** A part of the gateway with a line of its own while it has something to say. */
function sinkPart(state: DemoState): readonly Part[] {
  const figures = state.gateway.figures;
  if (figures === undefined || figures.sinkState === 'online') return [];
  const { sinkState, sinkError } = figures;
  return [['sink', sinkError === undefined ? sinkState : `${sinkState} · ${sinkError}`, 'warn']];
}

function rulesPart({ phase, figures }: DemoState['gateway']): readonly Part[] {
  if (phase !== 'running' || figures?.rules === undefined) return [];
  const { state, error, alertsAtHub } = figures.rules;
  const told = [state, `alerts at the hub ${alertsAtHub}`, ...(error === undefined ? [] : [error])];
  return [['rules', told.join(' · '), state === 'running' ? 'good' : error === undefined ? 'quiet' : 'warn']];
}

function linkText(state: DemoState): string {
  const link = state.hub.figures?.link;
  if (link === undefined) return state.hub.phase;
  return `${link} since ${new Date(state.hub.linkSinceMs).toTimeString().slice(0, 8)}`;
}

function hubText(state: DemoState): string {
  const figures = state.hub.figures;
  if (figures === undefined) return state.hub.phase;
  const told = `received ${figures.received} · repeated ${figures.repeated} · missing ${figures.missing}`;
  return state.hub.phase === 'down' ? `down · ${told}` : told;
}

/** Its own line, where there is an InfluxDB. */
function influxdbPart(state: DemoState): readonly (readonly [label: string, text: string, tone: Tone])[] {
  const figures = state.gateway.figures?.influxdb;
  if (figures === undefined) return [];
  const told = [figures.state, `written ${figures.written}`, `waiting ${figures.backlog}`];
  if (figures.refused > 0) told.push(`refused ${figures.refused}`);
  if (figures.error !== undefined) told.push(figures.error);
  return [['influxdb', told.join(' · '), figures.state === 'online' ? 'good' : 'warn']];
}

function restartCount(state: DemoState): number {
  return Math.max(0, state.gateway.startCount - 1);
}

/** Colour only repeats what the words say. */
type Tone = 'good' | 'warn' | 'bad' | 'quiet';

const SGR: Readonly<Record<Tone, string>> = { good: '32', warn: '33', bad: '31', quiet: '2' };

function toneOf(phase: PartPhase | 'stopped' | 'failed'): Tone {
  switch (phase) {
    case 'running':
      return 'good';
    case 'down':
    case 'failed':
      return 'bad';
    case 'starting':
    case 'stopped':
      return 'quiet';
  }
}

function gatewayTone(state: DemoState): Tone {
  const isHeld = state.gateway.phase === 'running' && state.gateway.figures?.sinkState !== 'online';
  return isHeld ? 'warn' : toneOf(state.gateway.phase);
}

function paint(text: string, tone: Tone, look: Look): string {
  return look.isColoured ? `\x1b[${SGR[tone]}m${text}\x1b[0m` : text;
}
