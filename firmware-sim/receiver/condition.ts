/** What disturbs reception, from outside or in the receiver. */
export type ConditionKind = (typeof CONDITION_KINDS)[number];

/**
 * - `tunnel`: no signal. `jam`: noise drowns the signals within seconds.
 * - `antennaOpen`, `antennaShort`: the antenna's cable is cut, or shorted. No signal either.
 * - `multipath`: reflections put the position somewhere else, at once. `drift`: it wanders off slowly, and comes back.
 * - `rollover`: the week number is taken for one 1,024 weeks ago.
 */
export const CONDITION_KINDS = [
  'tunnel',
  'jam',
  'antennaOpen',
  'antennaShort',
  'multipath',
  'drift',
  'rollover',
] as const;

/** A condition and its span, in milliseconds since the start of the scenario. */
export interface Condition {
  readonly kind: ConditionKind;
  readonly fromMs: number;
  /** Exclusive; infinite if it does not end. */
  readonly toMs: number;
  /** Of `multipath` and `drift`: how far the position is off. */
  readonly offsetM: number;
}

/** Those of a kind that are under way. */
export function activeAt(conditions: readonly Condition[], elapsedMs: number, ...kinds: readonly ConditionKind[]) {
  return conditions.filter(({ kind, fromMs, toMs }) => kinds.includes(kind) && fromMs <= elapsedMs && elapsedMs < toMs);
}
