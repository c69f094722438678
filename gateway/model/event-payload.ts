import type { ClockQuality, Stamp } from './message.ts';

/** The time of an event, as it stands in the payload: an instant and what it rests on, or the place in a clock run [S5]. */
export type EventTime =
  | { readonly time: string; readonly clock: Exclude<ClockQuality, 'none'> }
  | { readonly clock: 'none'; readonly boot: string; readonly monotonicMs: number };

/** The time of an event whose device states none: that of the stamp. */
export function stampedTime({ wallMs, monotonicMs, clockRun, quality }: Stamp): EventTime {
  if (quality === 'none') return { clock: quality, boot: clockRun, monotonicMs };
  return { time: new Date(wallMs).toISOString(), clock: quality };
}

/**
 * The payload of an event: JSON, UTF-8.
 *
 * @param type its entry in the event catalogue
 */
export function encodeEvent(type: string, time: EventTime, data: object): Uint8Array {
  return Buffer.from(JSON.stringify({ type, version: 1, ...time, data }, exactNumbers));
}

/** Integers of more than 53 bits keep all their digits: JSON sets no limit to them, a reader may. */
function exactNumbers(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? JSON.rawJSON(String(value)) : value;
}

declare global {
  interface JSON {
    /** ECMAScript «JSON.parse source text access»; not in TypeScript's library yet. */
    rawJSON(text: string): object;
  }
}
