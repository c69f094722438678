/**
 * The filter of a sink, ready to decide: what an event goes through on its way from the journal to a target.
 *
 * It never looks at a clock, never remembers anything itself (`sent-memory.ts` does, and the caller says when), and never parses a
 * payload that no rule asks about. Start reading at `TopicPlan`; `expression/` is the language of `when`.
 */
import { hash } from 'node:crypto';
import { WaystationError } from '#gateway/model/errors.ts';
import type { EventRecord } from '#gateway/model/message.ts';
import { matchesLevels } from '#gateway/model/topic-filter.ts';
import { isOwnTopic } from '#gateway/sinks/own-event.ts';
import { type ChangeTest, changeTests } from './change-test.ts';
import { checkRule } from './check-rule.ts';
import { compileDoubt } from './expression/compile-doubt.ts';
import { type Condition, compileExpression } from './expression/compile-expression.ts';
import type { Expression } from './expression/expression.ts';
import { parseExpression } from './expression/parse-expression.ts';
import { parsePath } from './expression/read-path.ts';
import type { FilterRule } from './filter-rule.ts';
import { PayloadDocument } from './payload-document.ts';
import { compileSelection, type FieldSelection, selectFields } from './select-fields.ts';
import { datedMs, decodeSentMemory, elapsedMs, SentMemory } from './sent-memory.ts';
import type { Decision, FilterChange, FilterMemory, RuleReason, Shaper } from './shaper.ts';
import { fillTemplate, parseTemplate, type TopicTemplate } from './topic-template.ts';

/** Topics whose plan is remembered, per sink; beyond that the memory starts anew. */
export const MAX_REMEMBERED_TOPICS = 4096;

/**
 * Makes the filter of one sink. An event on a topic seen before costs one look-up, and what the rules on that topic ask.
 *
 * @throws WaystationError `config.invalid` for a rule with faults; `checkRule` lists them
 */
export function compileShaper(rules: readonly FilterRule[]): Shaper {
  return new RuleShaper(rules.map(compileRule));
}

/** All that is known of a topic before its events come. */
interface TopicPlan {
  /** Set where a rule drops the topic: nothing else counts then. */
  readonly dropped?: Decision;
  readonly rules: readonly CompiledRule[];
  /** What all rules watch, in their order; each rule knows how many of them are its own. */
  readonly tests: readonly ChangeTest[];
  /** Set where something has to be remembered. */
  readonly key?: string;
  /** The topic to forward under, where it is another. */
  readonly topic?: string;
  readonly selections: readonly FieldSelection[];
}

interface CompiledRule {
  readonly topics: readonly string[];
  /** The same, split at their slashes. */
  readonly filters: readonly (readonly string[])[];
  readonly isDrop: boolean;
  readonly when?: WhenTest;
  readonly minIntervalMs: number;
  readonly maxIntervalMs: number;
  readonly tests: readonly ChangeTest[];
  readonly selection?: FieldSelection;
  readonly template?: TopicTemplate;
  readonly leftOut: Readonly<Record<RuleReason | 'undecided', Decision>>;
}

interface WhenTest {
  readonly holds: Condition;
  /** Asked where it does not hold. */
  readonly isUndecided: Condition;
}

class RuleShaper implements Shaper {
  readonly #rules: readonly CompiledRule[];
  readonly #plans = new Map<string, TopicPlan>();

  constructor(rules: readonly CompiledRule[]) {
    this.#rules = rules;
  }

  decide(record: EventRecord, memory: FilterMemory): Decision {
    if (this.#rules.length === 0) return { passes: true, record };
    const plan = this.#planOf(record.topic);
    if (plan.dropped !== undefined) return plan.dropped;
    if (plan.rules.length === 0) return { passes: true, record };
    const document = new PayloadDocument(record.payload);
    const before = plan.key === undefined ? undefined : memory.find(plan.key);
    const elapsed = before === undefined ? Number.POSITIVE_INFINITY : elapsedMs(before, record.stamp);
    const values = new ValueReader(plan.tests, record.topic, document);
    let firstTest = 0;
    for (const rule of plan.rules) {
      if (elapsed < rule.minIntervalMs) return rule.leftOut.minIntervalMs;
      if (rule.when !== undefined && !rule.when.holds(document.value)) {
        return rule.when.isUndecided(document.value) ? rule.leftOut.undecided : rule.leftOut.when;
      }
      const isWatching = rule.tests.length > 0 && elapsed < rule.maxIntervalMs;
      if (isWatching && !values.differ(before?.values, firstTest, rule.tests.length)) return rule.leftOut.unchanged;
      firstTest += rule.tests.length;
    }
    const shaped = shape(plan, record, document);
    return plan.key === undefined
      ? { passes: true, record: shaped }
      : { passes: true, record: shaped, change: changeOf(plan.key, record, values.all()) };
  }

  openMemory(state?: Uint8Array, onDamaged?: (reason: string) => void): FilterMemory {
    if (state === undefined) return new SentMemory();
    const memory = decodeSentMemory(state);
    if (memory.isDecoded) return memory.value;
    onDamaged?.(memory.reason);
    return new SentMemory();
  }

  #planOf(topic: string): TopicPlan {
    const known = this.#plans.get(topic);
    if (known !== undefined) return known;
    const plan = makePlan(this.#rules, topic);
    if (this.#plans.size >= MAX_REMEMBERED_TOPICS) this.#plans.clear();
    this.#plans.set(topic, plan);
    return plan;
  }
}

/** The values of one event, read when they are asked for first. */
class ValueReader {
  readonly #tests: readonly ChangeTest[];
  readonly #topic: string;
  readonly #document: PayloadDocument;
  #values: readonly number[] | undefined;

  constructor(tests: readonly ChangeTest[], topic: string, document: PayloadDocument) {
    this.#tests = tests;
    this.#topic = topic;
    this.#document = document;
  }

  all(): readonly number[] {
    if (this.#tests.length === 0) return NO_VALUES;
    this.#values ??= this.#tests.map((test) => test.read(this.#topic, this.#document));
    return this.#values;
  }

  /** Whether one of `count` values from `first` on is another than before. */
  differ(before: readonly number[] | undefined, first: number, count: number): boolean {
    const now = this.all();
    for (let index = first; index < first + count; index++) {
      const value = now[index] ?? Number.NaN;
      if (this.#tests[index]?.isChanged(value, before?.[index] ?? Number.NaN) !== false) return true;
    }
    return false;
  }
}

const NO_VALUES: readonly number[] = [];

function changeOf(key: string, { stamp }: EventRecord, values: readonly number[]): FilterChange {
  return { key, clockRun: stamp.clockRun, monotonicMs: stamp.monotonicMs, wallMs: datedMs(stamp), values };
}

function shape(plan: TopicPlan, record: EventRecord, document: PayloadDocument): EventRecord {
  const { topic, selections } = plan;
  const json = selections.length === 0 ? undefined : document.json;
  const selected = json === undefined ? undefined : selections.reduce(selectFields, json);
  if (topic === undefined && selected === json) return record;
  return {
    ...record,
    ...(topic === undefined ? {} : { topic, journalTopic: record.topic }),
    ...(selected === undefined ? {} : { payload: Buffer.from(selected) }),
  };
}

function makePlan(all: readonly CompiledRule[], topic: string): TopicPlan {
  const levels = topic.split('/');
  const rules = all.filter(({ filters }) => filters.some((filter) => matchesLevels(filter, levels)));
  const dropping = rules.find(({ isDrop }) => isDrop);
  if (dropping !== undefined) return { dropped: dropping.leftOut.drop, rules: [], tests: [], selections: [] };
  const tests = rules.flatMap((rule) => rule.tests);
  const isRemembered = tests.length > 0 || rules.some(({ minIntervalMs }) => minIntervalMs > 0);
  const rewritten = rules.findLast(({ template }) => template !== undefined);
  const filled =
    rewritten?.template === undefined ? undefined : fillTemplate(rewritten.template, rewritten.topics, topic);
  return {
    rules,
    tests,
    // What sensors publish is theirs: only the events of the catalogue have fields that are known to be one.
    selections: isOwnTopic(topic) ? rules.flatMap(({ selection }) => selection ?? []) : [],
    ...(isRemembered ? { key: keyOf(topic, tests) } : {}),
    ...(filled === undefined || filled === topic ? {} : { topic: filled }),
  };
}

/** What was remembered counts while the same is watched of the topic, whatever else changes in the rules. */
function keyOf(topic: string, tests: readonly ChangeTest[]): string {
  const watched = JSON.stringify([topic, ...tests.map(({ source }) => source)]);
  return hash('sha256', watched, 'hex').slice(0, KEY_DIGITS);
}

const KEY_DIGITS = 16;

function compileRule(rule: FilterRule, ruleIndex: number): CompiledRule {
  const [fault] = checkRule(rule);
  if (fault !== undefined) {
    const where = ['filter', ruleIndex, ...fault.path].join('.');
    throw new WaystationError('config.invalid', `${where}: ${fault.message}`);
  }
  const when = rule.when === undefined ? undefined : parseExpression(rule.when);
  const template = rule.topic === undefined ? undefined : parseTemplate(rule.topic);
  const selection = selectionOf(rule);
  const leftOut = (reason: RuleReason): Decision => ({ passes: false, reason, ruleIndex });
  return {
    topics: rule.topics,
    filters: rule.topics.map((filter) => filter.split('/')),
    isDrop: rule.drop === true,
    ...(when?.isValid === true ? { when: compileWhen(when.expression) } : {}),
    minIntervalMs: rule.minIntervalMs ?? 0,
    maxIntervalMs: rule.maxIntervalMs ?? Number.POSITIVE_INFINITY,
    tests: changeTests(rule),
    ...(selection === undefined ? {} : { selection }),
    ...(template?.isValid === true ? { template: template.template } : {}),
    leftOut: {
      drop: leftOut('drop'),
      when: leftOut('when'),
      minIntervalMs: leftOut('minIntervalMs'),
      unchanged: leftOut('unchanged'),
      undecided: { passes: false, reason: 'when', ruleIndex, isUndecided: true },
    },
  };
}

function compileWhen(expression: Expression): WhenTest {
  return { holds: compileExpression(expression), isUndecided: compileDoubt(expression) };
}

function selectionOf({ fields, withoutFields }: FilterRule): FieldSelection | undefined {
  const names = fields ?? withoutFields;
  if (names === undefined) return undefined;
  const paths = names.map((name) => parsePath(name)).flatMap((parsed) => (parsed.isValid ? [parsed.path] : []));
  return compileSelection(fields === undefined ? 'leaveOut' : 'keep', paths);
}
