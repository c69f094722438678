import { isTopicName, matchesTopic } from '#gateway/model/topic-filter.ts';

/** A topic to forward under, with places for what the wildcards of a topic filter matched. */
export interface TopicTemplate {
  readonly parts: readonly (string | { readonly wildcard: number })[];
}

/** A template, or what is wrong with it. */
export type ParsedTemplate =
  | { readonly isValid: true; readonly template: TopicTemplate }
  | { readonly isValid: false; readonly message: string };

/** First levels of the gateway's branch at a hub that are spoken for: what is batched goes out there, what is for the gateway comes in. */
export const RESERVED_LEVELS: readonly string[] = ['batch', 'down'];

/** Parses `telemetry/${1}/position`. Never throws. */
export function parseTemplate(text: string): ParsedTemplate {
  const parts: (string | { readonly wildcard: number })[] = [];
  for (const piece of text.split(PLACE)) {
    const wildcard = PLACE_NUMBER.exec(piece)?.[1];
    if (wildcard !== undefined) parts.push({ wildcard: Number(wildcard) });
    else if (piece !== '') parts.push(piece);
  }
  const literal = parts.filter((part) => typeof part === 'string').join('');
  if (literal.includes('$')) return invalid(`expected \${1} for what the first wildcard matched, \${2} for the second`);
  if (/[+#]/.test(literal)) return invalid(`has no wildcards: \${1} is what the first + or # of topics matched`);
  const fault = faultOf(fillParts(parts, () => SAMPLE_LEVEL));
  return fault === undefined ? { isValid: true, template: { parts } } : invalid(fault);
}

/** How many wildcards a template needs. */
export function wildcardsNeeded({ parts }: TopicTemplate): number {
  return parts.reduce((most, part) => (typeof part === 'string' ? most : Math.max(most, part.wildcard)), 0);
}

/** How many a topic filter has. */
export function wildcardsIn(filter: string): number {
  return filter.split('/').filter(isWildcard).length;
}

/**
 * The topic that an event is forwarded under.
 *
 * @param filters of the rule; the first that matches says what the wildcards stand for
 * @returns undefined where what comes out is no topic, or none of the gateway's own branch: what a sensor chose may be too long, or empty
 */
export function fillTemplate({ parts }: TopicTemplate, filters: readonly string[], topic: string): string | undefined {
  const filter = filters.find((each) => matchesTopic(each, topic));
  if (filter === undefined) return undefined;
  const matched = matchedBy(filter, topic);
  const filled = fillParts(parts, (wildcard) => matched[wildcard - 1] ?? '');
  return faultOf(filled) === undefined ? filled : undefined;
}

function matchedBy(filter: string, topic: string): readonly string[] {
  const levels = topic.split('/');
  return filter.split('/').flatMap((level, index) => {
    if (level === '#') return [levels.slice(index).join('/')];
    return level === '+' ? [levels[index] ?? ''] : [];
  });
}

function fillParts(parts: TopicTemplate['parts'], levelOf: (wildcard: number) => string): string {
  return parts.map((part) => (typeof part === 'string' ? part : levelOf(part.wildcard))).join('');
}

function faultOf(topic: string): string | undefined {
  const [first = ''] = topic.split('/');
  if (first === '') return 'needs a first level that is not empty';
  if (first.startsWith('$')) return 'must not begin with $';
  if (RESERVED_LEVELS.includes(first)) return `must not begin with ${first}/: that is the gateway's own at the hub`;
  return isTopicName(topic)
    ? undefined
    : 'expected a topic of at most 32 levels and 1024 bytes, without control characters';
}

function isWildcard(level: string): boolean {
  return level === '+' || level === '#';
}

function invalid(message: string): ParsedTemplate {
  return { isValid: false, message };
}

const PLACE = /(\$\{[1-9]\d?\})/;
const PLACE_NUMBER = /^\$\{([1-9]\d?)\}$/;
/** In place of what nobody knows yet. */
const SAMPLE_LEVEL = 'x';
