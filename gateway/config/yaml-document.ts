import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  parseDocument,
} from 'yaml';
import type { ConfigPath, ConfigProblem } from './config-problem.ts';

/** A YAML document as plain values, and where each of them stands in the text. */
export type YamlDocument =
  | { readonly isReadable: true; readonly value: unknown; locate(path: ConfigPath, isAboutKey?: boolean): Position }
  | { readonly isReadable: false; readonly problems: readonly ConfigProblem[] };

/** Both start at 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What an alias may stand for in all; a few lines of aliases can otherwise expand to gigabytes. */
const MAX_ALIAS_COUNT = 100;

/** Sections within sections; a configuration has six. Beyond thousands the parser's own recursion fails, with words of its own. */
const MAX_DEPTH = 64;

/**
 * Parses YAML 1.2 with the positions kept.
 *
 * @see https://yaml.org/spec/1.2.2/
 */
export function readYaml(text: string): YamlDocument {
  const lines = new LineCounter();
  try {
    const deep = positionTooDeep(text);
    if (deep !== undefined) return { isReadable: false, problems: [{ ...deep, path: '', message: TOO_DEEP }] };
    // A `silent` parser passes over all documents but the first.
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
    const problems = document.errors
      .filter(({ code }, index) => index === 0 || !FOLLOWS_A_SLIP.has(code))
      .map(({ pos, code, message }) => ({
        ...positionAt(lines, pos[0]),
        path: '',
        message: MESSAGES[code] ?? message,
      }));
    if (problems.length > 0) return { isReadable: false, problems };
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIAS_COUNT });
    return {
      isReadable: true,
      value,
      locate: (path, isAboutKey = false) => positionAt(lines, offsetOf(document, path, isAboutKey)),
    };
  } catch (error) {
    // Aliases expand too far, or too deeply: a stack overflow is a RangeError.
    const message = error instanceof RangeError ? TOO_DEEP : `cannot be read: ${String(error)}`;
    return { isReadable: false, problems: [{ line: 1, column: 1, path: '', message }] };
  }
}

/** After a first slip the parser says these of every line up to the end of the section; a second one of theirs is told once the first is mended. */
const FOLLOWS_A_SLIP: ReadonlySet<string> = new Set(['MULTILINE_IMPLICIT_KEY', 'BLOCK_AS_IMPLICIT_KEY']);

/** Where the parser's own words are those of the specification. */
const MESSAGES: Readonly<Partial<Record<string, string>>> = {
  BLOCK_AS_IMPLICIT_KEY: 'a second key on one line; put a text with a colon and a space in it into quotation marks',
  MULTILINE_IMPLICIT_KEY: 'expected a key with a colon behind it',
  MULTIPLE_DOCS: 'a second document begins here; a configuration is one',
};

const TOO_DEEP = `nested too deeply; at most ${MAX_DEPTH} levels`;

/** Where the text goes deeper than {@link MAX_DEPTH}; the parser that is asked here keeps a stack of its own. */
function positionTooDeep(text: string): Position | undefined {
  const lines = new LineCounter();
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    for (const _token of parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) return positionAt(lines, parser.offset);
  }
  return undefined;
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** Where the value (or the key) at `path` begins; for what is missing, the nearest thing around it that exists. */
function offsetOf(document: Document.Parsed, path: ConfigPath, isAboutKey: boolean): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, key] of path.entries()) {
    const container = isAlias(node) ? node.resolve(document) : node;
    const pair = isMap(container)
      ? container.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
      : undefined;
    node = pair?.value ?? (isSeq(container) && typeof key === 'number' ? container.items[key] : undefined);
    const isLast = depth === path.length - 1;
    offset = (isAboutKey && isLast ? startOf(pair?.key) : startOf(node)) ?? startOf(pair?.key) ?? offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
