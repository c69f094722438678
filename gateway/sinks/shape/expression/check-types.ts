import type { Expression, Operator, Scalar, TextFault } from './expression.ts';

/** What keeps an expression from being a condition: a number is neither true nor false. A field may hold either; anything but true counts as false. */
export function conditionFault(expression: Expression): TextFault | undefined {
  if (expression.kind !== 'literal' || typeof expression.value === 'boolean') return undefined;
  const found = describeScalar(expression.value);
  return { index: expression.index, message: `expected a condition such as data.speedKmh > 5, found ${found}` };
}

/** What keeps a comparison from ever making sense, whatever the payload. */
export function comparisonFault(expression: Expression): TextFault | undefined {
  if (expression.kind === 'membership') return operandFault(expression.operand) ?? constantFault(expression.operand);
  if (expression.kind !== 'comparison') return undefined;
  const { operator, left, right } = expression;
  const fault = operandFault(left) ?? operandFault(right) ?? orderFault(operator, left) ?? orderFault(operator, right);
  if (fault !== undefined) return fault;
  return right.kind === 'literal' ? constantFault(left) : undefined;
}

/** Values are compared, not conditions. */
function operandFault({ kind, index }: Expression): TextFault | undefined {
  if (kind === 'literal' || kind === 'field') return undefined;
  const message = 'this is true or false and not a value to compare; join conditions with and, or';
  return { index, message };
}

function constantFault(operand: Expression): TextFault | undefined {
  if (operand.kind !== 'literal') return undefined;
  const hint = typeof operand.value === 'string' ? '; a field stands without quotes' : '';
  return { index: operand.index, message: `compares constants, so it is always the same; one side is a field${hint}` };
}

function orderFault(operator: Operator, operand: Expression): TextFault | undefined {
  if (operator === '==' || operator === '!=' || operand.kind !== 'literal') return undefined;
  if (typeof operand.value === 'number' || typeof operand.value === 'string') return undefined;
  const found = describeScalar(operand.value);
  return { index: operand.index, message: `${operator} compares numbers, or texts, and not ${found}` };
}

function describeScalar(value: Scalar): string {
  if (typeof value === 'number') return 'a number';
  return typeof value === 'string' ? 'a text' : String(value);
}
