import { nearestName } from '#gateway/model/nearest-name.ts';
import { type FieldPath, MAX_PATH_SEGMENTS, type TextFault } from './expression.ts';
import { type Token, TokenReader } from './token-reader.ts';

/** Words that are no names of fields where they stand alone; `$.in` and `["in"]` are. */
export const KEYWORDS = ['and', 'or', 'not', 'in', 'true', 'false', 'null'];

/** A path, or what is wrong with it. */
export type ParsedPath =
  | { readonly isValid: true; readonly path: FieldPath }
  | { readonly isValid: false; readonly fault: TextFault };

/** Parses a field path that stands alone: `data.speedKmh`, `data.satellites[0].snr`, `data["front-left"]`, `$` for the whole payload. Never throws. */
export function parsePath(text: string): ParsedPath {
  const tokens = new TokenReader(text);
  const { next } = tokens;
  if (!isPathStart(next))
    tokens.fail(next.index, `expected a field such as data.speedKmh, found ${describeToken(next)}`);
  const path = tokens.fault === undefined ? readPath(tokens) : [];
  const rest = tokens.next;
  if (tokens.fault === undefined && rest.kind !== 'end') {
    tokens.fail(rest.index, `expected a dot, a bracket or the end, found ${describeToken(rest)}`);
  }
  return tokens.fault === undefined ? { isValid: true, path } : { isValid: false, fault: tokens.fault };
}

/** Whether a path may begin with this token. */
export function isPathStart({ kind, text }: Token): boolean {
  return (kind === 'name' && !KEYWORDS.includes(text)) || (kind === 'sign' && (text === '$' || text === '['));
}

/** Reads a path; {@link isPathStart} must hold. Faults are kept by the tokens. */
export function readPath(tokens: TokenReader): FieldPath {
  const { index } = tokens.next;
  const path: (string | number)[] = [];
  if (tokens.next.kind === 'name') path.push(tokens.take().text);
  else tokens.takeIf('$');
  for (let segment = readSegment(tokens); segment !== undefined; segment = readSegment(tokens)) {
    path.push(segment);
    if (path.length > MAX_PATH_SEGMENTS) tokens.fail(index, `a field has at most ${MAX_PATH_SEGMENTS} levels`);
  }
  return path;
}

function readSegment(tokens: TokenReader): string | number | undefined {
  if (tokens.takeIf('.')) {
    const { kind, text, index } = tokens.next;
    // Behind a dot a keyword is a name like any other.
    if (kind === 'name') return tokens.take().text;
    tokens.fail(index, `expected a name behind the dot, found ${describeToken(tokens.next)}${dotAdvice(text)}`);
    return undefined;
  }
  if (!tokens.takeIf('[')) return undefined;
  const inside = tokens.take();
  const { value } = inside;
  const isPlace = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  if (!isPlace && typeof value !== 'string') {
    const expected = 'expected a place in a list such as [0], or a name in quotes such as ["front-left"]';
    tokens.fail(inside.index, `${expected}, found ${describeToken(inside)}`);
    return undefined;
  }
  if (tokens.takeIf(']')) return value;
  tokens.fail(tokens.next.index, `expected ] behind ${inside.text}, found ${describeToken(tokens.next)}`);
  return undefined;
}

function dotAdvice(text: string): string {
  return text === '[' ? '; leave the dot out' : '';
}

/** A token as a message names it. */
export function describeToken({ kind, text }: Token): string {
  if (kind === 'end') return 'the end';
  if (kind !== 'name') return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text;
  const meant = KEYWORDS.includes(text) ? undefined : nearestName(text, KEYWORDS);
  const shown = text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text;
  return meant === undefined ? shown : `${shown} (did you mean ${meant}?)`;
}

const MAX_SHOWN_CHARACTERS = 40;
