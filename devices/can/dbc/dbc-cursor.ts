import type { DbcPosition, DbcSyntaxProblem } from './dbc-warning.ts';

/** One token. A text in quotes is a `quote` until it is asked for: where it ends depends on what may follow. */
export interface DbcToken {
  readonly kind: 'word' | 'number' | 'quote' | 'symbol' | 'end';
  readonly text: string;
  readonly offset: number;
  /** Also true of the end. */
  readonly isFirstOnLine: boolean;
}

/** What closes a text: a quote with space and one of these behind it, so that a stray quote inside does not. */
const MAY_FOLLOW = {
  name: /(?:)/y,
  unit: /[\w\u0080-\uffff,;]|\/\/|\n|$/y,
  label: /;|[-+.]?\d|$/y,
  value: /[;,]|$/y,
  comment: /;|$/y,
} as const;
/** Closes a text that may go over several lines, if it begins one: the semicolon is missing. */
const KEYWORD = /(?:[A-Z]+_)+\b/y;

/** The kinds of text; a name and a unit end on their line. */
export type DbcTextKind = keyof typeof MAY_FOLLOW;

const SPACE = /\s+/y;
const BLANKS = /[^\S\n]+/y;
const LINE_END = /[^\S\n]*(?:\n|$)/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*/y;
const NAME = /[^\s:;,"]+/y;
// Without a sign, since `8-8` is a range. Bounded: no number of a real file is longer than 512 bits.
const NUMBER = /0[xX][\da-fA-F]{1,128}|(?:\d{1,160}\.?\d{0,160}|\.\d{1,160})(?:[eE][+-]?\d{1,4})?/y;
const LIMITS = /\[([^\]\n"]{0,512})\]/y;
const STATEMENT_LINE = /\n[ \t]*(?:BO_|SG_|VAL_|CM_|BA_|BA_DEF_|SIG_VALTYPE_|SG_MUL_VAL_)[ \t]/g;

/** How far the end of a text is looked for. */
const MAX_TEXT_CHARS = 64 * 1024;
/**
 * What may be looked at in search of the ends of texts, for each character of the file; one that is right takes less than one. Whoever has
 * used it up gets the first quote on the line: a file of open quotes costs no quadratic time.
 */
const LOOKS_PER_CHAR = 4;

/**
 * Walks over the tokens of a DBC text, whose line ends are `\n`.
 *
 * Each reader takes what it asks for, or notes in {@link DbcCursor.problem} the first thing that was not there and takes nothing from
 * then on, so a statement is read straight through and checked once at its end.
 */
export class DbcCursor {
  readonly #source: string;
  readonly #lineOffsets: readonly number[];
  #token: DbcToken;
  #nextOffset = 0;
  #problem: DbcSyntaxProblem | undefined;
  #looksLeft: number;
  /** Found last, and still right for what lies between. */
  #line = { begin: 0, end: -1 };
  #statementLine = { lookedFrom: 0, begin: -1, end: -1 };

  constructor(source: string) {
    this.#source = source;
    this.#lineOffsets = findLines(source);
    this.#looksLeft = source.length * LOOKS_PER_CHAR;
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

  /** Passes over one token; of a text, over all of it that is on this line. */
  skip(): void {
    if (this.#problem !== undefined) return;
    if (this.#token.kind === 'quote') {
      const end = this.#findTextEnd('name');
      if (end !== undefined) this.#nextOffset = end + 1;
    }
    this.#token = this.#scan();
  }

  /** A name, whatever it is made of. */
  name(): string {
    NAME.lastIndex = this.#token.offset;
    const name = NAME.exec(this.#source)?.[0];
    if (name === undefined) this.fail('name-expected');
    if (this.#problem !== undefined || name === undefined) return '';
    this.#goTo(this.#token.offset + name.length);
    return name;
  }

  /** A quoted text. */
  text(kind: DbcTextKind): string {
    const { offset } = this.#token;
    if (this.#token.kind !== 'quote') this.fail('text-expected');
    const end = this.#problem === undefined ? this.#findTextEnd(kind) : undefined;
    if (end === undefined) this.fail('open-text');
    if (this.#problem !== undefined || end === undefined) return '';
    this.#goTo(end + 1);
    return this.#source.slice(offset + 1, end).replaceAll('\\"', '"');
  }

  /** A number, with or without a sign. */
  number(): number {
    const sign = this.#sign();
    return sign * Number(this.#take('number', 'number-expected'));
  }

  /** An integer of any size, with or without a sign. */
  integer(): bigint {
    const sign = BigInt(this.#sign());
    const { kind, text } = this.#token;
    const digits = /^(0[xX][\da-fA-F]+|\d+)(?:\.0*)?$/.exec(text)?.[1];
    const isWhole = digits !== undefined || Number.isSafeInteger(Number(text));
    if (kind === 'number' && !isWhole) this.fail('integer-expected');
    this.#take('number', 'integer-expected');
    return this.#problem === undefined ? sign * BigInt(digits ?? Number(text)) : 0n;
  }

  /** `[0|100]`: two numbers; what is none, like `nan`, is undefined. */
  limits(): readonly [minimum: number | undefined, maximum: number | undefined] {
    LIMITS.lastIndex = this.#token.offset;
    const match = LIMITS.exec(this.#source);
    if (match === null) this.fail('symbol-expected');
    if (this.#problem !== undefined || match === null) return [undefined, undefined];
    this.#goTo(this.#token.offset + match[0].length);
    const [minimum, maximum] = (match[1] ?? '').split('|').map((text) => {
      const value = text.trim() === '' ? Number.NaN : Number(text);
      return Number.isFinite(value) ? value : undefined;
    });
    return [minimum, maximum];
  }

  /** One certain punctuation mark. */
  symbol(symbol: string): void {
    if (!this.isAt(symbol)) this.fail('symbol-expected');
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

  /** The word after the token ahead; empty at the end of a line, undefined for anything else. */
  peekWord(): string | undefined {
    LINE_END.lastIndex = this.#nextOffset;
    if (LINE_END.test(this.#source)) return '';
    return /^[^\S\n]*([A-Za-z_]\w*)/.exec(this.#source.slice(this.#nextOffset, this.#nextOffset + 64))?.[1];
  }

  /** Notes a problem with the token ahead, if none was noted before. */
  fail(problem: DbcSyntaxProblem): void {
    this.#problem ??= problem;
  }

  /** Forgets the problem and goes on with the line after the statement: the one where the problem is, if that begins there, else the next. */
  resume(): void {
    const { offset, isFirstOnLine } = this.#token;
    this.#problem = undefined;
    if (isFirstOnLine) return;
    this.#goTo(this.#lineEndFrom(offset));
  }

  /** The beginning of the text at a token; of a text in quotes all that is on this line. */
  textFrom(offset: number, maxChars: number): string {
    const text = this.#source.slice(offset, offset + maxChars);
    if (text.startsWith('"')) return text.split('\n', 1)[0] ?? '';
    NAME.lastIndex = 0;
    return NAME.exec(text)?.[0] ?? text.charAt(0);
  }

  /** Where a token is. */
  positionOf(offset: number): DbcPosition {
    let low = 0;
    for (let high = this.#lineOffsets.length; high - low > 1; ) {
      const middle = (low + high) >>> 1;
      if ((this.#lineOffsets[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.#lineOffsets[low] ?? 0) + 1 };
  }

  #sign(): 1 | -1 {
    if (this.skipSymbol('-')) return -1;
    this.skipSymbol('+');
    return 1;
  }

  #take(kind: DbcToken['kind'], problem: DbcSyntaxProblem): string {
    if (this.#token.kind !== kind) this.fail(problem);
    if (this.#problem !== undefined) return '';
    const { text } = this.#token;
    this.skip();
    return text;
  }

  #goTo(offset: number): void {
    this.#nextOffset = offset;
    this.#token = this.#scan();
  }

  #scan(): DbcToken {
    const begin = this.#nextOffset;
    for (;;) {
      this.#match(SPACE);
      if (!this.#source.startsWith('//', this.#nextOffset)) break;
      this.#nextOffset = this.#lineEndFrom(this.#nextOffset);
    }
    const offset = this.#nextOffset;
    const isFirstOnLine =
      begin === 0 || offset === this.#source.length || this.#source.slice(begin, offset).includes('\n');
    const word = this.#match(WORD);
    if (word !== '') return { kind: 'word', text: word, offset, isFirstOnLine };
    const number = this.#match(NUMBER);
    if (number !== '') return { kind: 'number', text: number, offset, isFirstOnLine };
    const text = this.#source.charAt(offset);
    this.#nextOffset += text.length;
    return { kind: text === '' ? 'end' : text === '"' ? 'quote' : 'symbol', text, offset, isFirstOnLine };
  }

  /** Where the closing quote of the text ahead is: the first that something of the kind may follow, else the first on this line. */
  #findTextEnd(kind: DbcTextKind): number | undefined {
    const source = this.#source;
    const begin = this.#token.offset + 1;
    const lineEnd = this.#lineEndFrom(begin);
    const isOneLine = kind === 'name' || kind === 'unit';
    const limit = Math.min(isOneLine ? lineEnd : source.length, begin + MAX_TEXT_CHARS);
    let first: number | undefined;
    for (let quote = source.indexOf('"', begin); quote >= 0 && quote < limit; quote = source.indexOf('"', quote + 1)) {
      if (this.#looksLeft <= 0) {
        first ??= quote;
        break;
      }
      const isFollowed = this.#mayClose(quote, kind);
      // In Shift-JIS and GBK the second byte of a character can be that of a backslash.
      const isStray = isFollowed && source.charCodeAt(quote - 2) >= 0x80;
      if (this.#isEscaped(quote) && !isStray) continue;
      // A text that was left open must not swallow the statements that follow.
      const isAcross = quote > lineEnd && (first !== undefined || kind !== 'comment');
      if (isAcross && this.#statementLineFrom(begin) <= quote) break;
      if (isFollowed) return quote;
      first ??= quote;
    }
    return first !== undefined && first < lineEnd ? first : undefined;
  }

  /** Whether something of the kind follows a quote. */
  #mayClose(quote: number, kind: DbcTextKind): boolean {
    const space = kind === 'unit' ? BLANKS : SPACE;
    space.lastIndex = quote + 1;
    const between = space.exec(this.#source)?.[0] ?? '';
    const next = quote + 1 + between.length;
    this.#looksLeft -= 1 + between.length;
    const mayFollow = MAY_FOLLOW[kind];
    mayFollow.lastIndex = next;
    if (mayFollow.test(this.#source)) return true;
    if (kind === 'unit' || !between.includes('\n')) return false;
    KEYWORD.lastIndex = next;
    return KEYWORD.test(this.#source);
  }

  /** Whether there is a backslash before a quote that is not itself escaped. */
  #isEscaped(quote: number): boolean {
    let count = 0;
    while (this.#source[quote - 1 - count] === '\\') count++;
    this.#looksLeft -= count;
    return count % 2 === 1;
  }

  /** Where the line ends; the end of the text for the last one. */
  #lineEndFrom(offset: number): number {
    if (offset < this.#line.begin || offset > this.#line.end) {
      const end = this.#source.indexOf('\n', offset);
      this.#line = { begin: offset, end: end < 0 ? this.#source.length : end };
    }
    return this.#line.end;
  }

  /** Where the keyword of the next line that begins like a statement ends; infinite if there is none. */
  #statementLineFrom(offset: number): number {
    if (offset < this.#statementLine.lookedFrom || offset > this.#statementLine.begin) {
      STATEMENT_LINE.lastIndex = offset;
      const begin = STATEMENT_LINE.exec(this.#source)?.index ?? Number.POSITIVE_INFINITY;
      const end = begin === Number.POSITIVE_INFINITY ? begin : STATEMENT_LINE.lastIndex;
      this.#statementLine = { lookedFrom: offset, begin, end };
    }
    return this.#statementLine.end;
  }

  /** What the sticky pattern finds right here; empty if nothing. */
  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#nextOffset;
    const text = pattern.exec(this.#source)?.[0] ?? '';
    this.#nextOffset += text.length;
    return text;
  }
}

function findLines(source: string): readonly number[] {
  const offsets = [0];
  for (let index = source.indexOf('\n'); index >= 0; index = source.indexOf('\n', index + 1)) offsets.push(index + 1);
  return offsets;
}
