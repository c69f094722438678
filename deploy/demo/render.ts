import { type DemoState, madeCount, type PartPhase } from './demo-state.ts';

/** How the block may look. */
export interface Look {
  readonly isColoured: boolean;
  /** Columns of the terminal; longer lines are cut. */
  readonly columns: number;
}

const KEYS = 'c cuts or restores the link · k kills the gateway · q quits';
const LABEL_COLUMNS = 9;

/**
 * The live block: a line of keys (or what the launcher waits for), then one line per part.
 *
 * @param headline shown in place of the keys
 */
export function renderBlock(state: DemoState, look: Look, headline = KEYS): readonly string[] {
  const parts: readonly Part[] = [
    ['vehicle', vehicleText(state), toneOf(state.vehicle.phase)],
    ['gateway', gatewayText(state), gatewayTone(state)],
    ...rulesPart(state.gateway),
    ['link', linkText(state), state.hub.figures?.link === 'cut' ? 'warn' : toneOf(state.hub.phase)],
    ['hub', hubText(state), (state.hub.figures?.missing ?? 0) > 0 ? 'warn' : toneOf(state.hub.phase)],
  ];
  return [
    paint(cut(headline, look.columns), 'quiet', look),
    ...parts.map(([label, text, tone]) => {
      const cutText = cut(text, look.columns - LABEL_COLUMNS);
      return `${paint(label.padEnd(LABEL_COLUMNS), tone, look)}${cutText}`;
    }),
  ];
}

/** The same on one line, for a log. */
export function renderLine(state: DemoState): string {
  const hub = state.hub.figures;
  return [
    `made ${madeCount(state)}`,
    `gateway ${state.gateway.phase}`,
    `journaled ${state.gateway.figures?.journaled ?? 0}`,
    `backlog ${state.gateway.figures?.backlog ?? 0}`,
    `link ${hub?.link ?? 'starting'}`,
    `received ${hub?.received ?? 0}`,
    `repeated ${hub?.repeated ?? 0}`,
    `missing ${hub?.missing ?? 0}`,
    `restarts ${restartCount(state)}`,
  ].join(' · ');
}

type Part = readonly [label: string, text: string, tone: Tone];

function vehicleText(state: DemoState): string {
  const { phase, figures } = state.vehicle;
  if (figures === undefined) return phase;
  const made = Object.entries(figures.made).map(([source, count]) => `${source} ${count}`);
  const told = [`made ${made.join(', ')}`, `${figures.speedKmh.toFixed(0)} km/h`];
  if (figures.overrun > 0) told.push(`overrun ${figures.overrun}`);
  if (figures.unheard > 0) told.push(`unheard ${figures.unheard}`);
  return phase === 'running' ? told.join(' · ') : [phase, ...told].join(' · ');
}

function gatewayText(state: DemoState): string {
  const { phase, figures } = state.gateway;
  const told = [phase, `journaled ${figures?.journaled ?? 0}`, `backlog ${figures?.backlog ?? 0}`];
  told.push(`restarts ${restartCount(state)}`);
  if (figures !== undefined && figures.sinkState !== 'online') {
    told.push(
      figures.sinkError === undefined ? `sink ${figures.sinkState}` : `sink ${figures.sinkState}: ${figures.sinkError}`,
    );
  }
  return told.join(' · ');
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

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}
