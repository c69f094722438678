import type { Expression, FieldPath, Operator, Scalar } from './expression.ts';

/** Whether a condition holds for a payload that was parsed already. */
export type Condition = (payload: unknown) => boolean;

/** Reads one field; undefined where it is missing. */
export type FieldReader = (payload: unknown) => unknown;

/**
 * Makes a condition that can be asked often. What is missing, and what is an object or a list, makes a comparison false, `!=` too:
 * nothing is known of it. A checked expression never throws, whatever the payload.
 */
export function compileExpression(expression: Expression): Condition {
  switch (expression.kind) {
    case 'literal': {
      const isTrue = expression.value === true;
      return () => isTrue;
    }
    case 'field': {
      const read = compilePath(expression.path);
      return (payload) => read(payload) === true;
    }
    case 'exists': {
      const read = compilePath(expression.path);
      return (payload) => read(payload) !== undefined;
    }
    case 'not': {
      const operand = compileExpression(expression.operand);
      return (payload) => !operand(payload);
    }
    case 'and': {
      const operands = expression.operands.map(compileExpression);
      return (payload) => operands.every((operand) => operand(payload));
    }
    case 'or': {
      const operands = expression.operands.map(compileExpression);
      return (payload) => operands.some((operand) => operand(payload));
    }
    case 'membership': {
      const read = compileOperand(expression.operand);
      const options: ReadonlySet<unknown> = new Set(expression.options);
      return (payload) => options.has(read(payload));
    }
    case 'comparison': {
      const [left, right] = [compileOperand(expression.left), compileOperand(expression.right)];
      const compare = COMPARE[expression.operator];
      return (payload) => compare(left(payload), right(payload));
    }
  }
}

/** Only own members are fields: what every object inherits (`constructor`, `__proto__`) is none, nor is the length of a list. */
export function compilePath(path: FieldPath): FieldReader {
  return (payload) => {
    let value = payload;
    for (const segment of path) {
      if (typeof value !== 'object' || value === null) return undefined;
      if (typeof segment === 'number') {
        if (!Array.isArray(value)) return undefined;
        value = value[segment];
      } else {
        if (Array.isArray(value) || !Object.hasOwn(value, segment)) return undefined;
        value = (value as Readonly<Record<string, unknown>>)[segment]; // An object that is no list: its members are unknown values.
      }
    }
    return value;
  };
}

function compileOperand(expression: Expression): FieldReader {
  if (expression.kind === 'field') return compilePath(expression.path);
  const value = expression.kind === 'literal' ? expression.value : undefined;
  return () => value;
}

type Compare = (left: unknown, right: unknown) => boolean;

const COMPARE: Readonly<Record<Operator, Compare>> = {
  '==': (left, right) => left === right && isScalar(left),
  '!=': (left, right) => left !== right && isScalar(left) && isScalar(right),
  '<': ordered((left, right) => left < right),
  '<=': ordered((left, right) => left <= right),
  '>': ordered((left, right) => left > right),
  '>=': ordered((left, right) => left >= right),
};

function isScalar(value: unknown): value is Scalar {
  return value === null || (value !== undefined && typeof value !== 'object');
}

/** Numbers are compared with numbers and texts with texts, by their UTF-16 code units: so RFC 3339 times of one form are in order. */
function ordered(holds: (left: number | string, right: number | string) => boolean): Compare {
  return (left, right) => {
    if (typeof left === 'number') return typeof right === 'number' && holds(left, right);
    return typeof left === 'string' && typeof right === 'string' && holds(left, right);
  };
}
