import { nearestName } from '#gateway/model/nearest-name.ts';
import { comparisonFault, conditionFault } from './check-types.ts';
import {
  type Expression,
  MAX_EXPRESSION_CHARACTERS,
  MAX_EXPRESSION_DEPTH,
  type Operator,
  type Scalar,
  type TextFault,
} from './expression.ts';
import { describeToken, isPathStart, KEYWORDS, readPath } from './read-path.ts';
import { TokenReader } from './token-reader.ts';

/** A condition, or what is wrong with it. */
export type ParsedExpression =
  | { readonly isValid: true; readonly expression: Expression }
  | { readonly isValid: false; readonly fault: TextFault };

/**
 * Parses the `when` of a rule, and checks what can be checked without a payload: that conditions are conditions, and that
 * comparisons compare what can be compared. Never throws; costs time in the length of the text, which is bounded.
 *
 * ```text
 * or         = and { "or" and }
 * and        = not { "and" not }
 * not        = "not" not | comparison
 * comparison = operand [ operator operand | "in" "[" literal { "," literal } "]" ]
 * operand    = literal | path | "exists" "(" path ")" | "(" or ")"
 * ```
 */
export function parseExpression(text: string): ParsedExpression {
  if (text.length > MAX_EXPRESSION_CHARACTERS) {
    const message = `longer than ${MAX_EXPRESSION_CHARACTERS} characters`;
    return { isValid: false, fault: { index: MAX_EXPRESSION_CHARACTERS, message } };
  }
  const tokens = new TokenReader(text);
  const expression = asCondition(tokens, parseOr(tokens, 0));
  const { next } = tokens;
  if (tokens.fault === undefined && next.kind !== 'end') {
    tokens.fail(next.index, `expected and, or, or the end, found ${describeToken(next)}${chainAdvice(next.text)}`);
  }
  return tokens.fault === undefined ? { isValid: true, expression } : { isValid: false, fault: tokens.fault };
}

function parseOr(tokens: TokenReader, depth: number): Expression {
  return parseSequence(tokens, 'or', () => parseSequence(tokens, 'and', () => parseNot(tokens, depth)));
}

/** One operand stands for itself; of several each must be a condition. */
function parseSequence(tokens: TokenReader, kind: 'and' | 'or', parseOperand: () => Expression): Expression {
  const first = parseOperand();
  if (tokens.next.text !== kind) return first;
  const operands = [asCondition(tokens, first)];
  while (tokens.takeIf(kind)) operands.push(asCondition(tokens, parseOperand()));
  return { kind, index: first.index, operands };
}

function parseNot(tokens: TokenReader, depth: number): Expression {
  const { index } = tokens.next;
  if (!tokens.takeIf('not')) return parseComparison(tokens, depth);
  if (isTooDeep(tokens, index, depth)) return NOTHING;
  return { kind: 'not', index, operand: asCondition(tokens, parseNot(tokens, depth + 1)) };
}

function parseComparison(tokens: TokenReader, depth: number): Expression {
  const left = parseOperand(tokens, depth);
  const { index, text, kind } = tokens.next;
  if (tokens.takeIf('in'))
    return checked(tokens, { kind: 'membership', index, operand: left, options: parseOptions(tokens) });
  if (text === 'not' && kind === 'name') {
    tokens.fail(index, 'not stands before a condition: write not (data.fix in ["2d", "3d"])');
    return NOTHING;
  }
  const operator = OPERATORS.find((each) => each === text && kind === 'sign');
  if (operator === undefined) return left;
  tokens.take();
  return checked(tokens, { kind: 'comparison', index, operator, left, right: parseOperand(tokens, depth) });
}

function parseOperand(tokens: TokenReader, depth: number): Expression {
  const { next } = tokens;
  const { index, text } = next;
  const literal = parseLiteral(tokens);
  if (literal !== undefined) return { kind: 'literal', index, value: literal };
  if (tokens.takeIf('(')) {
    if (isTooDeep(tokens, index, depth)) return NOTHING;
    const inner = parseOr(tokens, depth + 1);
    expectSign(tokens, ')', 'the parenthesis that opened');
    return inner;
  }
  if (!isPathStart(next)) {
    const found = next.kind === 'end' ? 'the end' : describeToken(next);
    tokens.fail(index, `expected a field such as data.speedKmh, or a value, found ${found}`);
    return NOTHING;
  }
  const path = readPath(tokens);
  if (tokens.next.text !== '(' || tokens.next.kind !== 'sign') return { kind: 'field', index, path };
  return parseCall(tokens, index, text);
}

/** `exists` is the only function there is. */
function parseCall(tokens: TokenReader, index: number, name: string): Expression {
  if (name !== 'exists') {
    const meant = nearestName(name, ['exists']);
    const advice = meant === undefined ? 'the only one is exists(data.speedKmh)' : `did you mean ${meant}?`;
    tokens.fail(index, `unknown function ${name}; ${advice}`);
    return NOTHING;
  }
  tokens.take();
  const { next } = tokens;
  if (!isPathStart(next)) {
    tokens.fail(next.index, `expected a field as in exists(data.speedKmh), found ${describeToken(next)}`);
    return NOTHING;
  }
  const path = readPath(tokens);
  expectSign(tokens, ')', 'exists');
  return { kind: 'exists', index, path };
}

function parseOptions(tokens: TokenReader): readonly Scalar[] {
  const options: Scalar[] = [];
  const { index } = tokens.next;
  if (!tokens.takeIf('[')) {
    tokens.fail(index, `expected a list as in ["2d", "3d"], found ${describeToken(tokens.next)}`);
    return options;
  }
  do {
    const { next } = tokens;
    const value = parseLiteral(tokens);
    if (value === undefined) {
      tokens.fail(next.index, `expected a number, a text in quotes, true, false or null, found ${describeToken(next)}`);
      return options;
    }
    options.push(value);
  } while (tokens.takeIf(','));
  expectSign(tokens, ']', 'the list');
  return options;
}

/** @returns undefined, with nothing taken, where something else stands */
function parseLiteral(tokens: TokenReader): Scalar | undefined {
  const { kind, text, value } = tokens.next;
  if (kind === 'number' || kind === 'text') {
    tokens.take();
    return value;
  }
  if (kind !== 'name' || !WORDS.has(text)) return undefined;
  tokens.take();
  return WORDS.get(text);
}

const WORDS: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const OPERATORS: readonly Operator[] = ['==', '!=', '<', '<=', '>', '>='];

/** In place of what could not be read; the fault is kept by the tokens. */
const NOTHING: Expression = { kind: 'literal', index: 0, value: false };

function expectSign(tokens: TokenReader, sign: string, what: string): void {
  const { next } = tokens;
  if (tokens.takeIf(sign)) return;
  tokens.fail(next.index, `expected ${sign} at the end of ${what}, found ${describeToken(next)}`);
}

function isTooDeep(tokens: TokenReader, index: number, depth: number): boolean {
  if (depth < MAX_EXPRESSION_DEPTH) return false;
  tokens.fail(index, `nested deeper than ${MAX_EXPRESSION_DEPTH} levels`);
  return true;
}

function asCondition(tokens: TokenReader, expression: Expression): Expression {
  const fault = tokens.fault === undefined ? conditionFault(expression) : undefined;
  if (fault !== undefined) tokens.fail(fault.index, fault.message);
  return expression;
}

function checked(tokens: TokenReader, expression: Expression): Expression {
  const fault = tokens.fault === undefined ? comparisonFault(expression) : undefined;
  if (fault !== undefined) tokens.fail(fault.index, fault.message);
  return expression;
}

function chainAdvice(text: string): string {
  if (OPERATORS.some((operator) => operator === text))
    return '; comparisons do not chain: write 1 < data.x and data.x < 5';
  const word = KEYWORDS.find((keyword) => keyword === text.toLowerCase());
  return word === undefined || word === text ? '' : `; write ${word}`;
}
