import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileExpression } from './compile-expression.ts';
import type { Expression, FieldPath, Operator, Scalar } from './expression.ts';
import { parseExpression } from './parse-expression.ts';
import { parsePath } from './read-path.ts';

const NAMES = ['data', 'x', 'in', 'not', '__proto__', 'constructor', 'front-left', 'größe', ''];
const scalars: fc.Arbitrary<Scalar> = fc.oneof(
  fc.constantFrom(null, true, false, 0, -1, 2.5, 'a', 'b', '', '"', "'", '\\', '\n'),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);
const paths = fc.array(fc.oneof(fc.constantFrom(...NAMES), fc.nat(2)), { maxLength: 4 });
const payloads = fc.jsonValue({ maxDepth: 3 });
const documents = fc.oneof(
  payloads,
  fc.dictionary(
    fc.constantFrom(...NAMES),
    fc.oneof(scalars, fc.dictionary(fc.constantFrom(...NAMES), scalars), fc.array(scalars)),
  ),
);

const fields: fc.Arbitrary<Expression> = paths.map((path) => ({ kind: 'field', index: 0, path }));
const operands = fc.oneof(
  fields,
  scalars.map((value): Expression => ({ kind: 'literal', index: 0, value })),
);
const ordered = operands.filter(({ kind, ...rest }) => kind === 'field' || !isUnordered(rest));
const { condition: conditions } = fc.letrec<{ condition: Expression }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fields,
    paths.map((path): Expression => ({ kind: 'exists', index: 0, path })),
    fc.tuple(fields, fc.constantFrom('==' as const, '!=' as const), operands).map(comparison),
    fc
      .tuple(fields, fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const), ordered)
      .map(comparison),
    fc.record({
      kind: fc.constant('membership' as const),
      index: fc.constant(0),
      operand: fields,
      options: fc.array(scalars, { minLength: 1, maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant('not' as const), index: fc.constant(0), operand: tie('condition') }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      index: fc.constant(0),
      operands: fc.array(tie('condition'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

function isUnordered(rest: object): boolean {
  return 'value' in rest && (typeof rest.value === 'boolean' || rest.value === null);
}

function comparison([left, operator, right]: [Expression, Operator, Expression]): Expression {
  return { kind: 'comparison', index: 0, operator, left, right };
}

function printPath(path: FieldPath): string {
  return path.reduce<string>((text, segment) => `${text}[${JSON.stringify(segment)}]`, '$');
}

function printScalar(value: Scalar): string {
  const text = Object.is(value, -0) ? '-0' : JSON.stringify(value);
  // JSON knows more escapes than the language.
  return text.replace(/\\[bfr]/g, (found) => ({ '\\b': '\\u0008', '\\f': '\\u000c', '\\r': '\\u000d' })[found] ?? '');
}

function print(expression: Expression): string {
  switch (expression.kind) {
    case 'literal':
      return printScalar(expression.value);
    case 'field':
      return printPath(expression.path);
    case 'exists':
      return `exists(${printPath(expression.path)})`;
    case 'not':
      return `not (${print(expression.operand)})`;
    case 'and':
    case 'or':
      return expression.operands.map((operand) => `(${print(operand)})`).join(` ${expression.kind} `);
    case 'comparison':
      return `${print(expression.left)} ${expression.operator} ${print(expression.right)}`;
    case 'membership':
      return `${print(expression.operand)} in [${expression.options.map(printScalar).join(', ')}]`;
  }
}

/** What the documentation says, without a thought for speed. */
function meaning(expression: Expression, payload: unknown): unknown {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'field':
      return lookUp(expression.path, payload);
    case 'exists':
      return lookUp(expression.path, payload) !== undefined;
    case 'not':
      return meaning(expression.operand, payload) !== true;
    case 'and':
      return expression.operands.every((operand) => meaning(operand, payload) === true);
    case 'or':
      return expression.operands.some((operand) => meaning(operand, payload) === true);
    case 'membership':
      return expression.options.some((option) => option === meaning(expression.operand, payload));
    case 'comparison': {
      const [left, right] = [meaning(expression.left, payload), meaning(expression.right, payload)];
      if ([left, right].some((side) => side === undefined || (typeof side === 'object' && side !== null))) return false;
      if (expression.operator === '==') return left === right;
      if (expression.operator === '!=') return left !== right;
      const pair = [left, right];
      if (!pair.every((side) => typeof side === 'number') && !pair.every((side) => typeof side === 'string'))
        return false;
      const order = (left as number) < (right as number) ? '<' : left === right ? '=' : '>';
      return expression.operator.includes(order);
    }
  }
}

function lookUp(path: FieldPath, payload: unknown): unknown {
  return path.reduce<unknown>((value, segment) => {
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    const isPlace = typeof segment === 'number';
    return Array.isArray(value) === isPlace ? entries.find(([name]) => name === String(segment))?.[1] : undefined;
  }, payload);
}

it('means what it says, however it is nested', () => {
  fc.assert(
    fc.property(conditions, documents, (expression, payload) => {
      const text = print(expression);
      fc.pre(text.length <= 2000);
      const parsed = parseExpression(text);
      if (!parsed.isValid) throw new Error(`${text}: ${parsed.fault.message}`);
      expect(compileExpression(parsed.expression)(payload)).toBe(meaning(expression, payload) === true);
    }),
    { numRuns: 500 },
  );
});

const PIECES = [
  ...['and', 'or', 'not', 'in', 'exists', 'true', 'null', 'data', '.x', '$', '[0]', '["a"]', '(', ')', '[', ']', ','],
  ...['==', '!=', '<', '>=', '=', '&&', '-1', '5', '1e', '0x', '"', "'", '"a"', '\\', '\u0000', ' '],
];

it('answers any text with a condition or a place in it, never an exception', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((pieces) => pieces.join('')),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((pieces) => pieces.join(' ')),
  );
  fc.assert(
    fc.property(texts, documents, (text, payload) => {
      for (const parsed of [parseExpression(text), parsePath(text)]) {
        if (parsed.isValid) continue;
        const { index, message } = parsed.fault;
        expect(index >= 0 && index <= text.length && message !== '').toBe(true);
      }
      const parsed = parseExpression(text);
      if (parsed.isValid) expect(typeof compileExpression(parsed.expression)(payload)).toBe('boolean');
    }),
    { numRuns: 500 },
  );
});
