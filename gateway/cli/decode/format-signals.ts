import type { DecodedSignal } from '#devices/can/dbc/message-decoder.ts';

/** Signals as a JSON object. Written out by hand, since `JSON.stringify` knows no integers beyond 2^53. */
export function formatSignals(signals: Readonly<Record<string, DecodedSignal>>): string {
  const entries = Object.entries(signals).map(([name, signal]) => `${JSON.stringify(name)}:${formatSignal(signal)}`);
  return `{${entries.join()}}`;
}

function formatSignal({ raw, phys, label }: DecodedSignal): string {
  const text = label === undefined ? '' : `,"label":${JSON.stringify(label)}`;
  return `{"raw":${formatNumber(raw)},"phys":${formatNumber(phys)}${text}}`;
}

/** JSON has no word for what is not finite: those are strings, `nan`, `inf` and `-inf`. */
export function formatNumber(value: number | bigint): string {
  if (typeof value === 'bigint' || Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return '"nan"';
  return value > 0 ? '"inf"' : '"-inf"';
}

/** A time of a log in seconds; microseconds are the finest that logs have. */
export function secondsOf(timeMs: number | undefined): number | undefined {
  return timeMs === undefined ? undefined : Math.round(timeMs * 1000) / 1e6;
}
