import type { ReceiverEpoch } from '#firmware-sim/receiver/receiver-model.ts';

/** What happens in a simulation, for the eye as a line of text, for programs as a line of JSON. */
export type SimEvent = {
  /** Since the start. */
  readonly atMs: number;
} & (
  | { readonly event: 'ready'; readonly ports: Readonly<Record<string, string>> }
  | { readonly event: 'step'; readonly port: string; readonly step: string; readonly durationMs?: number }
  | { readonly event: 'reader'; readonly port: string; readonly baud: number | null; readonly deviceBaud: number }
  | { readonly event: 'readerGone'; readonly port: string }
  | ({ readonly event: 'fix'; readonly port: string } & FixSummary)
  | {
      readonly event: 'settings';
      readonly port: string;
      readonly intervalMs: number;
      readonly baud: number;
      readonly outputs: readonly string[];
    }
  /** What a device has to tell, in words. */
  | { readonly event: 'told'; readonly port: string; readonly text: string }
  | { readonly event: 'ended' }
);

/** What a receiver knows, in short. */
export interface FixSummary {
  readonly mode: 'none' | '2d' | '3d' | 'estimated';
  readonly knows: 'none' | 'time' | 'date';
  readonly satellitesUsed: number;
  readonly hdop: number;
  readonly antenna: ReceiverEpoch['antenna'];
  readonly jamming: ReceiverEpoch['jamming']['state'];
}

export function summarize({
  antenna,
  dilution,
  fix,
  hasDate,
  hasTime,
  jamming,
  satellites,
}: ReceiverEpoch): FixSummary {
  const knowsTime = hasTime ? 'time' : 'none';
  return {
    mode: fix?.mode ?? 'none',
    knows: hasDate ? 'date' : knowsTime,
    satellitesUsed: satellites.filter(({ isUsed }) => isUsed).length,
    hdop: Math.round(dilution.hdop * 100) / 100,
    antenna,
    jamming: jamming.state,
  };
}

/** The event as a line for people. */
export function describeEvent(event: SimEvent): string {
  return `${clockFace(event.atMs)}  ${descriptionOf(event)}`;
}

function descriptionOf(event: SimEvent): string {
  switch (event.event) {
    case 'ready':
      return Object.entries(event.ports)
        .map(([name, path]) => `${name} is at ${path}`)
        .join(`\n${' '.repeat(CLOCK_CHARS)}`);
    case 'step': {
      const lasting = event.durationMs === undefined ? '' : ` for ${event.durationMs / 1000} s`;
      return `${event.port}: ${event.step}${lasting}`;
    }
    case 'reader':
      return `${event.port}: ${describeReader(event.baud, event.deviceBaud)}`;
    case 'readerGone':
      return `${event.port}: the reader has gone`;
    case 'fix':
      return `${event.port}: ${describeFix(event)}`;
    case 'settings':
      return `${event.port}: set to ${1000 / event.intervalMs} Hz, ${event.baud} baud, ${event.outputs.join(' ') || 'silence'}`;
    case 'told':
      return `${event.port}: ${event.text}`;
    case 'ended':
      return 'the end';
  }
}

function describeReader(baud: number | null, deviceBaud: number): string {
  if (baud === null || baud === deviceBaud) return `a reader at ${deviceBaud} baud`;
  return `a reader at ${baud} baud; the receiver speaks ${deviceBaud}: it reads garbage`;
}

function describeFix({ antenna, hdop, jamming, knows, mode, satellitesUsed }: FixSummary): string {
  const troubles = [antenna === 'ok' ? '' : `antenna ${antenna}`, jamming === 'ok' ? '' : `jamming ${jamming}`];
  const fix = {
    none: { none: 'no fix, no time', time: 'no fix, time without date', date: 'no fix' }[knows],
    '2d': `2D fix, ${satellitesUsed} satellites`,
    '3d': `3D fix, ${satellitesUsed} satellites, hdop ${hdop}`,
    estimated: 'an estimate, no satellites',
  }[mode];
  return [fix, ...troubles.filter((trouble) => trouble !== '')].join(', ');
}

/** `mm:ss.t`. */
function clockFace(atMs: number): string {
  const tenths = Math.floor(atMs / 100);
  const seconds = Math.floor(tenths / 10);
  return `${pad(Math.floor(seconds / 60))}:${pad(seconds % 60)}.${tenths % 10}`;
}

const CLOCK_CHARS = 9;

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
