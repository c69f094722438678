/**
 * What is worth reporting of a bus: rules and their effect on the payloads of one message, and of all.
 *
 * Pure: time is a parameter, an event is a call of a handler. It never decides how a report is written down. Start with these rules, then
 * `message-report.ts`, which is one message of one sender, and `bus-reduction.ts`, which is all of them.
 */
export interface ReportRule {
  /** Reports of a value are at least so far apart. Not of an enumeration or a single bit: each of their changes is reported. */
  readonly minIntervalMs?: number | undefined;
  /** While it is received, a value is reported at least so often, changed or not; 0 only when it changed. */
  readonly maxIntervalMs?: number | undefined;
  /** Differences from what was reported last up to this, in the signal's unit, are not reported. */
  readonly deadband?: number | undefined;
  /** The same as a share of what was reported last; where both are stated, the larger holds. */
  readonly deadbandPercent?: number | undefined;
  /** Instead of changes, what a span of so many ms comes to; 0 for none. Not of an enumeration or a single bit. */
  readonly windowMs?: number | undefined;
  /** What is reported of a window. */
  readonly aggregates?: readonly Aggregate[] | undefined;
  /** Left out of reports, and of no weight for when there is one. */
  readonly drop?: boolean | undefined;
}

/** `last` is reported as the value itself. */
export type Aggregate = (typeof AGGREGATES)[number];
/** All there are. */
export const AGGREGATES = ['last', 'min', 'max', 'mean', 'count'] as const;

/** By `MESSAGE.SIGNAL`, `MESSAGE` or {@link DEFAULT_KEY}: each field is taken from the first of the three that states it. */
export type ReportRules = Readonly<Record<string, ReportRule>>;

/** What holds where nothing else does. */
export const DEFAULT_KEY = 'default';

/** What is reported where no rule says otherwise: every change, and every message that comes at least every ten seconds. */
export const DEFAULT_RULE: CompleteRule = {
  minIntervalMs: 0,
  maxIntervalMs: 10_000,
  deadband: 0,
  deadbandPercent: 0,
  windowMs: 0,
  aggregates: ['last', 'min', 'max', 'mean'],
  drop: false,
};

/** A rule with nothing left open. */
export type CompleteRule = { readonly [Field in keyof ReportRule]-?: NonNullable<ReportRule[Field]> };

/** The rule of one signal. */
export function ruleOf(rules: ReportRules, message: string, signal: string): CompleteRule {
  const layers = [rules[`${message}.${signal}`], rules[message], rules[DEFAULT_KEY]];
  const pick = <Field extends keyof ReportRule>(field: Field): CompleteRule[Field] => {
    for (const layer of layers) {
      const value = layer?.[field];
      // What is there is not undefined, and of the type of its field.
      if (value !== undefined) return value as CompleteRule[Field];
    }
    return DEFAULT_RULE[field];
  };
  return {
    minIntervalMs: pick('minIntervalMs'),
    maxIntervalMs: pick('maxIntervalMs'),
    deadband: pick('deadband'),
    deadbandPercent: pick('deadbandPercent'),
    windowMs: pick('windowMs'),
    aggregates: pick('aggregates'),
    drop: pick('drop'),
  };
}
