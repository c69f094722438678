import type { DbcPosition, DbcSyntaxProblem } from './dbc.ts';

/** One token. `open-text` is a quote that is never closed: it takes the rest of the file. */
export interface DbcToken extends DbcPosition {
  readonly kind: 'word' | 'number' | 'text' | 'symbol' | 'open-text' | 'end';
  /** Without the quotes in a `text`. */
  readonly text: string;
  readonly offset: number;
  /** Also true of the end. */
  readonly isFirstOnLine: boolean;
}

const SPACE = /\s*/y;
const LINE_END = /[^\S\n]*(?:\n|$)/y;
const WORD = /[A-Za-z_]\w*/y;
// Without a sign, since `8-8` is a range. Bounded: no number of a real file is longer.
const NUMBER = /(?:\d{1,64}\.?\d{0,64}|\.\d{1,64})(?:[eE][+-]?\d{1,4})?/y;

/**
 * Walks over the tokens of a DBC text.
 *
 * Each reader takes what it asks for, or notes in {@link DbcCursor.problem} the first thing that was not there and takes nothing from
 * then on, so a statement is read straight through and checked once at its end.
 */
export class DbcCursor {
  readonly #source: string;
  #token: DbcToken;
  #nextOffset = 0;
  #line = 1;
  #lineOffset = 0;
  #problem: DbcSyntaxProblem | undefined;

  constructor(source: string) {
    this.#source = source;
    this.#token = this.#scan();
  }

  /** The token ahead. */
  get token(): DbcToken {
    return this.#token;
  }

  /** What the statement in hand lacks, where the token ahead is. */
  get problem(): DbcSyntaxProblem | undefined {
    return this.#problem;
  }

  /** Passes over one token. */
  skip(): void {
    if (this.#problem === undefined) this.#token = this.#scan();
  }

  /** A name. */
  word(): string {
    return this.#take('word', 'name-expected');
  }

  /** A quoted text of one line. Any other closing quote belongs to a later text: the one in hand was left open. */
  text(): string {
    if (this.#token.kind === 'text' && this.#token.text.includes('\n')) this.#fail('open-text');
    return this.#take('text', 'text-expected');
  }

  /** A decimal number, with or without a sign. */
  number(): number {
    const sign = this.#sign();
    return sign * Number(this.#take('number', 'number-expected'));
  }

  /** An integer of any size, with or without a sign. */
  integer(): bigint {
    const sign = BigInt(this.#sign());
    const { text } = this.#token;
    if (this.#token.kind === 'number' && !/^\d+(?:\.0*)?$/.test(text)) this.#fail('integer-expected');
    const digits = this.#take('number', 'integer-expected').split('.')[0] ?? '';
    return sign * BigInt(digits);
  }

  /** One certain punctuation mark. */
  symbol(symbol: string): void {
    if (!this.isAt(symbol)) this.#fail('symbol-expected');
    this.skip();
  }

  /** Whether the token ahead is this punctuation mark. */
  isAt(symbol: string): boolean {
    return this.#token.kind === 'symbol' && this.#token.text === symbol;
  }

  /** Passes over this punctuation mark if it is ahead. */
  skipSymbol(symbol: string): boolean {
    const isThere = this.#problem === undefined && this.isAt(symbol);
    if (isThere) this.skip();
    return isThere;
  }

  /** Whether nothing follows the token ahead on its line. */
  isLastOnLine(): boolean {
    LINE_END.lastIndex = this.#nextOffset;
    return LINE_END.test(this.#source);
  }

  /** States a problem of the statement's own with the token ahead. */
  fail(reason: DbcSyntaxProblem): void {
    this.#fail(reason);
  }

  /** Passes over the rest of the line. */
  skipLine(): void {
    while (!this.#token.isFirstOnLine) this.skip();
  }

  /** Forgets the problem and goes on with the line after the statement: the one where the problem is, if that begins there, else the next. */
  resume(): void {
    const { offset, line, column, isFirstOnLine } = this.#token;
    this.#problem = undefined;
    if (isFirstOnLine) return;
    // A text can reach over many lines, which then count as not yet read.
    const lineEnd = this.#source.indexOf('\n', offset);
    this.#nextOffset = lineEnd < 0 ? this.#source.length : lineEnd;
    this.#line = line;
    this.#lineOffset = offset - column + 1;
    this.#token = this.#scan();
  }

  #sign(): 1 | -1 {
    if (this.skipSymbol('-')) return -1;
    this.skipSymbol('+');
    return 1;
  }

  #take(kind: DbcToken['kind'], reason: DbcSyntaxProblem): string {
    if (this.#token.kind === 'open-text') this.#fail('open-text');
    if (this.#token.kind !== kind) this.#fail(reason);
    if (this.#problem !== undefined) return '';
    const { text } = this.#token;
    this.skip();
    return text;
  }

  #fail(reason: DbcSyntaxProblem): void {
    this.#problem ??= reason;
  }

  #scan(): DbcToken {
    const lineBefore = this.#line;
    const isAtStart = this.#nextOffset === 0;
    this.#countLines(this.#match(SPACE));
    const offset = this.#nextOffset;
    const place = {
      offset,
      line: this.#line,
      column: offset - this.#lineOffset + 1,
      isFirstOnLine: isAtStart || this.#line > lineBefore || offset === this.#source.length,
    };
    const word = this.#match(WORD);
    if (word !== '') return { kind: 'word', text: word, ...place };
    const number = this.#match(NUMBER);
    if (number !== '') return { kind: 'number', text: number, ...place };
    const symbol = this.#source.charAt(offset);
    if (symbol === '"') return { ...this.#scanText(offset), ...place };
    this.#nextOffset += symbol.length;
    return { kind: symbol === '' ? 'end' : 'symbol', text: symbol, ...place };
  }

  #scanText(offset: number): { readonly kind: 'text' | 'open-text'; readonly text: string } {
    const source = this.#source;
    let end = source.indexOf('"', offset + 1);
    while (end > 0 && source[end - 1] === '\\') end = source.indexOf('"', end + 1);
    this.#nextOffset = end < 0 ? source.length : end + 1;
    if (end < 0) return { kind: 'open-text', text: source.slice(offset) };
    const text = source.slice(offset + 1, end);
    this.#countLines(text, offset + 1);
    return { kind: 'text', text: text.replaceAll('\\"', '"') };
  }

  /** What the sticky pattern finds right here; empty if nothing. */
  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#nextOffset;
    const text = pattern.exec(this.#source)?.[0] ?? '';
    this.#nextOffset += text.length;
    return text;
  }

  /** Takes note of the line ends in a text that has just been passed over. */
  #countLines(text: string, offset = this.#nextOffset - text.length): void {
    for (let index = text.indexOf('\n'); index >= 0; index = text.indexOf('\n', index + 1)) {
      this.#line++;
      this.#lineOffset = offset + index + 1;
    }
  }
}
