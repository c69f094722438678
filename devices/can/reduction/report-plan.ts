import { isBig } from '#devices/can/dbc/compile-raw.ts';
import type { DbcMessage, DbcSignal } from '#devices/can/dbc/dbc.ts';
import { type Aggregate, type ReportRules, ruleOf } from './report-rules.ts';

/** What the rules come to for one message; made once. */
export interface ReportPlan {
  /** Signals that are reported when they change, in the order of the file. */
  readonly watched: readonly WatchedSignal[];
  /** The others, by the length of their windows. */
  readonly windows: readonly WindowPlan[];
  /** Infinity: only what changed is reported. */
  readonly maxIntervalMs: number;
}

/** A signal that is reported by exception. */
export interface WatchedSignal {
  /** Its place in the message. */
  readonly index: number;
  /** An enumeration or a single bit: each change is reported at once. */
  readonly isDiscrete: boolean;
  /** An integer that a number does not hold with all its digits. */
  readonly isWide: boolean;
  readonly minIntervalMs: number;
  readonly deadband: number;
  /** Of the value reported last. */
  readonly deadbandRatio: number;
}

/** Signals that are reported together at the end of each span. */
export interface WindowPlan {
  readonly lengthMs: number;
  readonly signals: readonly { readonly index: number; readonly aggregates: readonly Aggregate[] }[];
}

/** @returns undefined for a message of which nothing is to be reported */
export function planReport(message: DbcMessage, rules: ReportRules): ReportPlan | undefined {
  const watched: WatchedSignal[] = [];
  const windows = new Map<number, WindowPlan['signals'][number][]>();
  let maxIntervalMs = Number.POSITIVE_INFINITY;
  for (const [index, signal] of message.signals.entries()) {
    const rule = ruleOf(rules, message.name, signal.name);
    if (rule.drop) continue;
    const discrete = isDiscrete(signal);
    if (rule.windowMs > 0 && !discrete) {
      const { aggregates, windowMs } = rule;
      const window = windows.get(windowMs) ?? [];
      windows.set(windowMs, [...window, { index, aggregates }]);
      continue;
    }
    if (rule.maxIntervalMs > 0) maxIntervalMs = Math.min(maxIntervalMs, rule.maxIntervalMs);
    watched.push({
      index,
      isDiscrete: discrete,
      isWide: isBig(signal),
      minIntervalMs: rule.minIntervalMs,
      deadband: discrete ? 0 : rule.deadband,
      deadbandRatio: discrete ? 0 : rule.deadbandPercent / 100,
    });
  }
  // A message without signals says that it was sent.
  if (message.signals.length === 0) {
    const rule = ruleOf(rules, message.name, '');
    if (rule.drop) return undefined;
    if (rule.maxIntervalMs > 0) maxIntervalMs = rule.maxIntervalMs;
  } else if (watched.length === 0 && windows.size === 0) return undefined;
  return { watched, windows: [...windows].map(([lengthMs, signals]) => ({ lengthMs, signals })), maxIntervalMs };
}

/** Whether a change of the signal is a change of state: its values have names, or are two. */
export function isDiscrete({ labels, length }: DbcSignal): boolean {
  return labels.size > 0 || length === 1;
}
