import { expect, it } from 'vitest';
import { compileDoubt } from './compile-doubt.ts';
import { compileExpression } from './compile-expression.ts';
import { fieldsOf, formatFieldPath } from './fields-of.ts';
import { parseExpression } from './parse-expression.ts';

function parse(text: string) {
  const parsed = parseExpression(text);
  if (!parsed.isValid) throw new Error(parsed.fault.message);
  return parsed.expression;
}

const PAYLOAD = { a: 1, no: false, text: 'x', nothing: null };

it.each([
  ['missing > 5', true],
  ['missing != 5', true],
  ['missing', true],
  ['missing in [1, 2]', true],
  ['a.deeper == 1', true],
  ['a > 5', false],
  ['no', false],
  ['nothing > 5', false],
  ['a > missing', true],
  // Whatever it were, the other side settles it.
  ['no and missing > 5', false],
  ['missing > 5 and no', false],
  ['a == 1 and missing > 5', true],
  ['a > 5 or missing > 5', true],
  ['no or (a == 1 and missing)', true],
  ['no or (a == 2 and missing)', false],
  // Whether a field is there is known.
  ['exists(missing)', false],
  ['exists(missing) and missing > 5', false],
  ['exists(missing) or missing > 5', true],
  ['not (a == 1 or missing > 5)', false],
  ['not (a == 1) or not exists(a)', false],
])('%s does not hold for want of a field: %s', (text, isUndecided) => {
  const expression = parse(text);
  expect(compileExpression(expression)(PAYLOAD)).toBe(false);
  expect(compileDoubt(expression)(PAYLOAD)).toBe(isUndecided);
});

it('of a payload that is not even text nothing is known', () => {
  expect(compileDoubt(parse('$ == "ON"'))(undefined)).toBe(true);
  expect(compileDoubt(parse('$ == "ON"'))('OFF')).toBe(false);
});

it('lists the fields of a condition once each, as they are written', () => {
  const text = 'not (a.b > 5) and ["front-left"][0] in [1] or exists($) or 5 < a.b and a == größe.x or $.in';
  expect(fieldsOf(parse(text)).map(formatFieldPath)).toEqual([
    'a.b',
    '["front-left"][0]',
    '$',
    'a',
    'größe.x',
    '["in"]',
  ]);
});
