import { parseSync } from 'oxc-parser';

/** What the tidy rules need to know of one source file. */
export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly lineCount: number;
  /** Every module named: imports, re-exports, `import(…)` expressions and `import('…')` types. */
  readonly imports: readonly string[];
  /** Calls of ambient time and chance: `Date.now`, `new Date`, `setTimeout`, `setInterval`, `Math.random`. */
  readonly ambientCalls: readonly string[];
}

/** Parses a file far enough to answer {@link SourceFile}. */
export function readSourceFile(path: string, text: string): SourceFile {
  const imports: string[] = [];
  const ambientCalls: string[] = [];
  walk(parseSync(path, text).program, (node) => {
    const module = moduleNamed(node);
    if (module !== undefined) imports.push(module);
    const call = ambientCall(node);
    if (call !== undefined) ambientCalls.push(call);
  });
  return { path, lineCount: text.split('\n').length - 1, imports, ambientCalls };
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string };

const IMPORTING = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]);

function moduleNamed(node: Node): string | undefined {
  if (!IMPORTING.has(node.type)) return undefined;
  const source = node['source'] ?? node['argument'];
  return isNode(source) && typeof source['value'] === 'string' ? source['value'] : undefined;
}

function ambientCall(node: Node): string | undefined {
  const callee = node['callee'];
  if (!isNode(callee)) return undefined;
  const name = nameOf(callee);
  if (node.type === 'NewExpression') {
    const isNow = Array.isArray(node['arguments']) && node['arguments'].length === 0;
    return name === 'Date' && isNow ? 'new Date()' : undefined;
  }
  return AMBIENT.has(name) ? name : undefined;
}

const AMBIENT = new Set(['Date.now', 'Math.random', 'setTimeout', 'setInterval', 'performance.now']);

/** `a` or `a.b`; anything else has no name here. */
function nameOf(node: Node): string {
  if (node.type === 'Identifier') return String(node['name']);
  const { object, property } = node;
  if (node.type !== 'MemberExpression' || !isNode(object) || !isNode(property)) return '';
  return `${nameOf(object)}.${nameOf(property)}`;
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
  } else if (isNode(value)) {
    visit(value);
    for (const child of Object.values(value)) walk(child, visit);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
