import type { DbcMessage, DbcSignal } from '#devices/can/dbc/dbc.ts';
import { isDiscrete } from './report-plan.ts';
import { DEFAULT_KEY, type ReportRule, type ReportRules } from './report-rules.ts';

/** A rule that would have no effect. */
export type RuleFault = { readonly key: string } & (
  | { readonly reason: 'unknown-message' | 'unknown-signal'; readonly known: readonly string[] }
  /** Each change of an enumeration or a bit is reported, so these say nothing of it. */
  | { readonly reason: 'no-effect'; readonly field: keyof ReportRule }
);

/**
 * Holds the names in rules against the messages that there are.
 *
 * @returns what names nothing, and what has no effect where it was written; in the order of the rules. `known` are the keys that might have been meant
 */
export function findRuleFaults(rules: ReportRules, messages: readonly DbcMessage[]): readonly RuleFault[] {
  return Object.entries(rules).flatMap(([key, rule]): RuleFault[] => {
    if (key === DEFAULT_KEY) return [];
    const dot = key.indexOf('.');
    const name = dot < 0 ? key : key.slice(0, dot);
    const named = messages.filter((message) => message.name === name);
    if (named.length === 0) {
      const known = [
        ...new Set(messages.map((message) => (dot < 0 ? message.name : `${message.name}${key.slice(dot)}`))),
      ];
      return [{ key, reason: 'unknown-message', known }];
    }
    if (dot < 0) return [];
    const signals = named.flatMap((message) => message.signals);
    const meant = signals.filter((signal) => signal.name === key.slice(dot + 1));
    if (meant.length === 0) {
      const known = [...new Set(signals.map((signal) => `${name}.${signal.name}`))];
      return [{ key, reason: 'unknown-signal', known }];
    }
    return idleFields(rule, meant).map((field) => ({ key, reason: 'no-effect', field }));
  });
}

const OF_MEASUREMENTS = ['minIntervalMs', 'deadband', 'deadbandPercent', 'windowMs', 'aggregates'] as const;

function idleFields(rule: ReportRule, signals: readonly DbcSignal[]): readonly (keyof ReportRule)[] {
  if (!signals.every(isDiscrete)) return [];
  return OF_MEASUREMENTS.filter((field) => rule[field] !== undefined && rule[field] !== 0);
}
