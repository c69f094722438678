import type { ConditionStatus } from '#gateway/model/sink-status.ts';
import type { Decision } from '#gateway/sinks/shape/shaper.ts';

/** Counts what the conditions of a filter left out, and how much of it for want of a field; a few words for each rule that did. */
export class ConditionTally {
  readonly #byRule = new Map<number, { leftOutCount: number; undecidedCount: number }>();

  note(decision: Extract<Decision, { readonly passes: false }>): void {
    if (decision.reason !== 'when') return;
    const counts = this.#byRule.get(decision.ruleIndex) ?? { leftOutCount: 0, undecidedCount: 0 };
    this.#byRule.set(decision.ruleIndex, counts);
    counts.leftOutCount++;
    if (decision.isUndecided) counts.undecidedCount++;
  }

  /** Rules whose condition lacked a field, in their order. */
  status(): readonly ConditionStatus[] {
    return [...this.#byRule]
      .filter(([, { undecidedCount }]) => undecidedCount > 0)
      .map(([ruleIndex, counts]) => ({ ruleIndex, ...counts }))
      .sort((a, b) => a.ruleIndex - b.ruleIndex);
  }
}
