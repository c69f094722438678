import type { EventRecord } from '#gateway/model/message.ts';
import { matchesTopic } from '#gateway/model/topic-filter.ts';
import { compilePath } from '#gateway/sinks/shape/expression/compile-expression.ts';
import type { FieldPath } from '#gateway/sinks/shape/expression/expression.ts';
import { fieldsOf, formatFieldPath } from '#gateway/sinks/shape/expression/fields-of.ts';
import { parseExpression } from '#gateway/sinks/shape/expression/parse-expression.ts';
import { parsePath } from '#gateway/sinks/shape/expression/read-path.ts';
import type { FilterRule } from '#gateway/sinks/shape/filter-rule.ts';
import { PayloadDocument } from '#gateway/sinks/shape/payload-document.ts';
import type { Decision } from '#gateway/sinks/shape/shaper.ts';

/** What makes a rule of no use on what was seen: a slip of the pen, as a rule. `ruleIndex` as in `sinks[0].filter[0]`. */
export type RuleRemark =
  /** Its topic filters match nothing that was there. */
  | { readonly kind: 'unmatched'; readonly ruleIndex: number; readonly topics: readonly string[] }
  /** They do, and other rules left all of that out before. */
  | { readonly kind: 'unasked'; readonly ruleIndex: number; readonly matchedCount: number }
  /** A field that it names was in none of the events that it was asked about; for `deadband`, no number was. */
  | {
      readonly kind: 'missingField';
      readonly ruleIndex: number;
      readonly key: WatchedKey;
      readonly field: string;
      readonly askedCount: number;
      /** Of those, what the `when` of the rule let through; absent where it has none. */
      readonly heldCount?: number;
    };

/** A key of a rule that names fields. */
export type WatchedKey = 'when' | 'deadband' | 'onChange';

/** Topics whose rules are remembered. */
const MAX_REMEMBERED_TOPICS = 10_000;

/**
 * Watches which rules of a filter find something to do. It reads payloads only until each field has been seen once, and its memory
 * does not grow with the records.
 */
export class RuleCensus {
  readonly #rules: readonly WatchedRule[];
  readonly #rulesOf = new Map<string, readonly WatchedRule[]>();

  constructor(rules: readonly FilterRule[]) {
    this.#rules = rules.map((rule, index) => new WatchedRule(rule, index));
  }

  /** @param decision of the whole filter on that record */
  note(record: EventRecord, decision: Decision): void {
    const document = new PayloadDocument(record.payload);
    for (const rule of this.#matching(record.topic)) rule.note(document, decision);
  }

  /** In the order of the rules; nothing of a filter that was shown nothing. */
  remarks(): readonly RuleRemark[] {
    return this.#rules.flatMap((rule) => rule.remarks());
  }

  #matching(topic: string): readonly WatchedRule[] {
    const known = this.#rulesOf.get(topic);
    if (known !== undefined) return known;
    const found = this.#rules.filter(({ topics }) => topics.some((filter) => matchesTopic(filter, topic)));
    if (this.#rulesOf.size >= MAX_REMEMBERED_TOPICS) this.#rulesOf.clear();
    this.#rulesOf.set(topic, found);
    return found;
  }
}

interface WatchedField {
  readonly key: WatchedKey;
  readonly field: string;
  readonly isIn: (payload: unknown) => boolean;
}

class WatchedRule {
  readonly topics: readonly string[];
  readonly #index: number;
  readonly #isDrop: boolean;
  readonly #hasWhen: boolean;
  /** Those that were in no event yet. */
  #unseen: readonly WatchedField[];
  #matchedCount = 0;
  #askedCount = 0;
  #heldCount = 0;

  constructor(rule: FilterRule, index: number) {
    this.topics = rule.topics;
    this.#index = index;
    this.#isDrop = rule.drop === true;
    this.#hasWhen = rule.when !== undefined;
    this.#unseen = watchedFields(rule);
  }

  note(document: PayloadDocument, decision: Decision): void {
    this.#matchedCount++;
    if (!this.#isDrop && !this.#wasAsked(decision)) return;
    this.#askedCount++;
    const isLeftOutByWhen = !decision.passes && decision.reason === 'when' && decision.ruleIndex === this.#index;
    if (!isLeftOutByWhen) this.#heldCount++;
    if (this.#unseen.length > 0) this.#unseen = this.#unseen.filter(({ isIn }) => !isIn(document.value));
  }

  remarks(): readonly RuleRemark[] {
    const ruleIndex = this.#index;
    if (this.#matchedCount === 0) return [{ kind: 'unmatched', ruleIndex, topics: this.topics }];
    if (this.#askedCount === 0) return [{ kind: 'unasked', ruleIndex, matchedCount: this.#matchedCount }];
    return this.#unseen.map(({ key, field }) => ({
      ...{ kind: 'missingField', ruleIndex, key, field, askedCount: this.#askedCount },
      ...(this.#hasWhen ? { heldCount: this.#heldCount } : {}),
    }));
  }

  /** Rules are asked in their order, after all that drop; the interval of a rule comes before what it names. */
  #wasAsked(decision: Decision): boolean {
    if (decision.passes) return true;
    if (decision.reason === 'drop' || decision.ruleIndex < this.#index) return false;
    return decision.ruleIndex > this.#index || decision.reason !== 'minIntervalMs';
  }
}

function watchedFields({ when, deadband, onChange }: FilterRule): readonly WatchedField[] {
  const parsed = when === undefined ? undefined : parseExpression(when);
  const named = parsed?.isValid === true ? fieldsOf(parsed.expression) : [];
  const band = typeof deadband === 'number' ? [[]] : pathsOf(deadband === undefined ? [] : [deadband.field]);
  const changing = pathsOf(onChange === undefined || onChange === true ? [] : onChange);
  return [
    ...named.map((path) => watched('when', path, isThere)),
    ...band.map((path) => watched('deadband', path, Number.isFinite)),
    ...changing.map((path) => watched('onChange', path, isThere)),
  ];
}

/** @param fields checked when the configuration was */
function pathsOf(fields: readonly string[]): readonly FieldPath[] {
  return fields.map((field) => parsePath(field)).flatMap((parsed) => (parsed.isValid ? [parsed.path] : []));
}

function watched(key: WatchedKey, path: FieldPath, counts: (value: unknown) => boolean): WatchedField {
  const read = compilePath(path);
  return { key, field: formatFieldPath(path), isIn: (payload) => counts(read(payload)) };
}

function isThere(value: unknown): boolean {
  return value !== undefined;
}
