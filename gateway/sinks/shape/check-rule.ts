import { type FieldPath, formatFault } from './expression/expression.ts';
import { parseExpression } from './expression/parse-expression.ts';
import { parsePath } from './expression/read-path.ts';
import type { FilterRule } from './filter-rule.ts';
import { ENVELOPE_MEMBERS } from './select-fields.ts';
import { parseTemplate, wildcardsIn, wildcardsNeeded } from './topic-template.ts';

/** What is wrong with a rule, and where in it. */
export interface RuleFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * Everything that is wrong with a rule whose keys have the right types: texts that cannot be parsed, and keys that make no sense
 * together. A rule without faults compiles.
 */
export function checkRule(rule: FilterRule): readonly RuleFault[] {
  return [
    ...combinationFaults(rule),
    ...expressionFaults(rule),
    ...fieldFaults(rule),
    ...selectionFaults(rule),
    ...templateFaults(rule),
  ];
}

const ACTIONS = [
  ...['drop', 'when', 'minIntervalMs', 'deadband', 'onChange', 'fields', 'withoutFields', 'topic'],
] as const satisfies readonly (keyof FilterRule)[];

function* combinationFaults(rule: FilterRule): Generator<RuleFault> {
  const { drop, minIntervalMs = 0, maxIntervalMs, deadband, onChange, fields, withoutFields } = rule;
  const stated = ACTIONS.filter((key) => rule[key] !== undefined);
  if (stated.length === 0 && maxIntervalMs === undefined) {
    yield { path: [], message: `does nothing yet: state one of ${ACTIONS.join(', ')}` };
  }
  const beside = [...stated, ...(maxIntervalMs === undefined ? [] : ['maxIntervalMs'])].filter((key) => key !== 'drop');
  if (drop !== undefined && beside.length > 0) {
    const message = `drop stands alone, beside topics; to drop where a condition holds, write when: "not (…)"`;
    yield { path: ['drop'], message };
    return;
  }
  if (maxIntervalMs !== undefined && deadband === undefined && onChange === undefined) {
    const message = 'goes with deadband or onChange: it forwards what these would leave out';
    yield { path: ['maxIntervalMs'], message };
  }
  if (maxIntervalMs !== undefined && maxIntervalMs < minIntervalMs) {
    yield { path: ['maxIntervalMs'], message: 'must not be less than minIntervalMs' };
  }
  if (fields !== undefined && withoutFields !== undefined) {
    yield { path: ['withoutFields'], message: 'fields says already what stays; state one of the two' };
  }
}

function* expressionFaults({ when }: FilterRule): Generator<RuleFault> {
  if (when === undefined) return;
  const parsed = parseExpression(when);
  if (!parsed.isValid) yield { path: ['when'], message: formatFault(parsed.fault) };
}

/** Of what is watched: any path will do. */
function* fieldFaults({ deadband, onChange }: FilterRule): Generator<RuleFault> {
  if (typeof deadband === 'object') {
    yield* pathFaults(deadband.field, ['deadband', 'field']);
    if (deadband.absolute === undefined && deadband.percent === undefined) {
      yield { path: ['deadband'], message: 'needs absolute, or percent, or both: then the larger holds' };
    }
  }
  if (onChange === undefined || onChange === true) return;
  for (const [index, field] of onChange.entries()) yield* pathFaults(field, ['onChange', index]);
}

function* selectionFaults({ fields, withoutFields }: FilterRule): Generator<RuleFault> {
  for (const [index, field] of (fields ?? []).entries()) yield* memberFaults(field, ['fields', index]);
  for (const [index, field] of (withoutFields ?? []).entries()) {
    const path = ['withoutFields', index];
    yield* memberFaults(field, path);
    const parsed = parsePath(field);
    const name = parsed.isValid ? parsed.path[0] : undefined;
    if (typeof name !== 'string' || !ENVELOPE_MEMBERS.has(name)) continue;
    yield { path, message: `${name} always stays: ${[...ENVELOPE_MEMBERS].join(', ')} make an event what it is` };
  }
}

/** A selection names members from the outside in, `data` first: places in lists would move. */
function* memberFaults(field: string, path: RuleFault['path']): Generator<RuleFault> {
  const parsed = parsePath(field);
  if (!parsed.isValid) yield { path, message: formatFault(parsed.fault) };
  else if (parsed.path.length === 0) yield { path, message: 'expected a field such as data.speedKmh' };
  else if (parsed.path.some((segment) => typeof segment === 'number')) {
    yield { path, message: `a selection goes for everything in a list: write ${withoutPlaces(parsed.path)}` };
  }
}

function withoutPlaces(path: FieldPath): string {
  return path.filter((segment) => typeof segment === 'string').join('.');
}

function* pathFaults(field: string, path: RuleFault['path']): Generator<RuleFault> {
  const parsed = parsePath(field);
  if (!parsed.isValid) yield { path, message: formatFault(parsed.fault) };
}

function* templateFaults({ topic, topics }: FilterRule): Generator<RuleFault> {
  if (topic === undefined) return;
  const parsed = parseTemplate(topic);
  if (!parsed.isValid) {
    yield { path: ['topic'], message: parsed.message };
    return;
  }
  const needed = wildcardsNeeded(parsed.template);
  const short = topics.find((filter) => wildcardsIn(filter) < needed);
  if (short === undefined) return;
  const message = `\${${needed}} is what wildcard ${needed} of topics matched; ${short} has ${wildcardsIn(short)}`;
  yield { path: ['topic'], message };
}
