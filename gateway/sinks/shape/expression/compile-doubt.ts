import { type Condition, compileExpression, compilePath } from './compile-expression.ts';
import type { Expression } from './expression.ts';
import { fieldsOf } from './fields-of.ts';

/**
 * Makes the question whether a condition that does not hold for a payload might, were a field there that is missing: by Kleene's
 * logic, in which such a comparison is neither true nor false. To be asked where the condition does not hold; what tells nothing by
 * being missing, as in `data.valid and data.x > 5` where `valid` is false, is no doubt. Never throws, whatever the payload.
 */
export function compileDoubt(expression: Expression): Condition {
  const judge = compileJudgement(expression);
  return (payload) => judge(payload) === undefined;
}

/** Undefined: nobody knows. */
type Judgement = (payload: unknown) => boolean | undefined;

function compileJudgement(expression: Expression): Judgement {
  switch (expression.kind) {
    case 'not': {
      const operand = compileJudgement(expression.operand);
      return (payload) => {
        const judged = operand(payload);
        return judged === undefined ? undefined : !judged;
      };
    }
    case 'and':
      return settledBy(false, expression.operands.map(compileJudgement));
    case 'or':
      return settledBy(true, expression.operands.map(compileJudgement));
    default: {
      const holds = compileExpression(expression);
      const needed = expression.kind === 'exists' ? [] : fieldsOf(expression).map(compilePath);
      return (payload) => (needed.some((read) => read(payload) === undefined) ? undefined : holds(payload));
    }
  }
}

/** One operand of that value settles the whole, whatever the others are. */
function settledBy(value: boolean, operands: readonly Judgement[]): Judgement {
  return (payload) => {
    let judged: boolean | undefined = !value;
    for (const operand of operands) {
      const each = operand(payload);
      if (each === value) return value;
      if (each === undefined) judged = undefined;
    }
    return judged;
  };
}
