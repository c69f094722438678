import { z } from 'zod';
import { nearestName } from '#gateway/model/nearest-name.ts';

/** What zod knows of a problem while it is being reported; see {@link describeIssue}. */
export type RawIssue = z.core.$ZodRawIssue;

/** Says in plain words what was expected and what was found. Messages written in the schema itself win over these. */
export function describeIssue(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return expectedFound(nounOf(issue.expected), issue.input, [], SECTIONS.has(issue.expected));
    case 'invalid_value':
      return expectedFound(anyOf(issue.values), issue.input, issue.values);
    case 'invalid_union':
      return describeUnion(issue);
    case 'too_small':
      return issue.origin === 'array' || issue.origin === 'string'
        ? `needs at least ${issue.minimum}${issue.origin === 'string' ? ' characters' : ''}`
        : `must be at least ${issue.minimum}, found ${found(issue.input)}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `needs at most ${issue.maximum} characters`
        : `must be at most ${issue.maximum}, found ${found(issue.input)}`;
    default:
      return 'is not allowed here';
  }
}

/** The message for one key that the schema does not know. */
export function describeUnknownKey(key: string, known: readonly string[]): string {
  const nearest = nearestName(key, known);
  return nearest === undefined ? `unknown key; known are ${known.join(', ')}` : `unknown key; did you mean ${nearest}?`;
}

/** The keys that the schema which reported the issue knows: of a section, or of a list of names with values. */
export function knownKeysOf({ inst }: RawIssue): readonly string[] {
  if (inst instanceof z.ZodObject) return Object.keys(inst.shape);
  const names = inst instanceof z.ZodRecord ? inst.keyType : undefined;
  return names instanceof z.ZodLiteral ? [...names.values].map(String) : [];
}

function describeUnion(issue: RawIssue): string {
  const discriminator = issue['discriminator'];
  const options = issue['options'];
  if (typeof discriminator !== 'string' || !Array.isArray(options)) return 'is not allowed here';
  const input = issue.input;
  const value: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, discriminator) : undefined;
  return expectedFound(anyOf(options), value, options);
}

/** @param isSection text in its place is not shown: it may be a password */
function expectedFound(expected: string, input: unknown, options: readonly unknown[] = [], isSection = false): string {
  if (input === undefined) return `is required: ${expected}`;
  if (isSection && typeof input === 'string') return `expected ${expected}, found a text of ${input.length} characters`;
  const names = options.filter((option) => typeof option === 'string');
  const nearest = typeof input === 'string' ? nearestName(input, names) : undefined;
  return `expected ${expected}, found ${found(input)}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
}

function anyOf(values: readonly unknown[]): string {
  const texts = values.map(String);
  const last = texts.pop() ?? '';
  return texts.length === 0 ? last : `${texts.join(', ')} or ${last}`;
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a section with keys',
  array: 'a list',
};

const SECTIONS: ReadonlySet<string> = new Set(['object', 'array']);

function nounOf(type: string): string {
  return NOUNS[type] ?? type;
}

const MAX_QUOTED_CHARS = 40;

function found(input: unknown): string {
  if (input === null) return 'nothing';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object') return 'a section with keys';
  if (typeof input !== 'string') return String(input);
  const quoted = JSON.stringify(input);
  return `the text ${quoted.length > MAX_QUOTED_CHARS ? `${quoted.slice(0, MAX_QUOTED_CHARS)}…"` : quoted}`;
}
