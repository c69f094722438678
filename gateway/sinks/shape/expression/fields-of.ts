import type { Expression, FieldPath } from './expression.ts';
import { KEYWORDS } from './read-path.ts';

/** Every field that a condition names, in the order of the text; one that is named twice comes once. */
export function fieldsOf(expression: Expression): readonly FieldPath[] {
  const byText = new Map(walk(expression).map((path) => [formatFieldPath(path), path]));
  return [...byText.values()];
}

/** A path as it is written in a condition: `data.satellites[0]["front-left"]`, `$` for the whole payload. */
export function formatFieldPath(path: FieldPath): string {
  const written = path.map((segment, index) => {
    if (typeof segment === 'number') return `[${segment}]`;
    if (!PLAIN_NAME.test(segment)) return `[${JSON.stringify(segment)}]`;
    if (index > 0) return `.${segment}`;
    return KEYWORDS.includes(segment) ? `["${segment}"]` : segment;
  });
  return written.join('') || '$';
}

const PLAIN_NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

function walk(expression: Expression): readonly FieldPath[] {
  switch (expression.kind) {
    case 'literal':
      return [];
    case 'field':
    case 'exists':
      return [expression.path];
    case 'not':
    case 'membership':
      return walk(expression.operand);
    case 'and':
    case 'or':
      return expression.operands.flatMap(walk);
    case 'comparison':
      return [...walk(expression.left), ...walk(expression.right)];
  }
}
