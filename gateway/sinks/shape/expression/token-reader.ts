import type { TextFault } from './expression.ts';

/** A word or a sign of a condition. */
export interface Token {
  readonly kind: TokenKind;
  /** As it was written; empty at the end. */
  readonly text: string;
  readonly index: number;
  /** Of a number or a quoted text. */
  readonly value?: number | string;
}

/** Keywords are names: which of them mean something is the parser's business. */
export type TokenKind = 'name' | 'number' | 'text' | 'sign' | 'end';

/**
 * Takes a condition apart, one token ahead of the parser. After the first fault there is nothing but the end, so that a parser
 * comes to its own end whatever the text holds.
 */
export class TokenReader {
  readonly #text: string;
  #offset = 0;
  #next: Token;
  #fault: TextFault | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#next = this.#read();
  }

  /** The token that {@link take} would give. */
  get next(): Token {
    return this.#next;
  }

  /** The first thing that was wrong. */
  get fault(): TextFault | undefined {
    return this.#fault;
  }

  take(): Token {
    const token = this.#next;
    if (token.kind !== 'end') this.#next = this.#read();
    return token;
  }

  /** @returns whether the next token was that sign or word; then it is taken */
  takeIf(text: string): boolean {
    const { kind } = this.#next;
    if (this.#next.text !== text || (kind !== 'sign' && kind !== 'name')) return false;
    this.take();
    return true;
  }

  /** Keeps the first fault and ends the text there. */
  fail(index: number, message: string): void {
    this.#fault ??= { index, message };
    this.#offset = this.#text.length;
    this.#next = { kind: 'end', text: '', index };
  }

  #read(): Token {
    const index = this.#match(SPACE, this.#offset).length + this.#offset;
    this.#offset = index;
    const first = this.#text[index];
    if (first === undefined) return { kind: 'end', text: '', index };
    if (first === '"' || first === "'") return this.#readText(index, first);
    const name = this.#match(NAME, index);
    if (name !== '') return this.#token('name', name, index);
    const number = this.#match(NUMBER, index);
    if (number !== '') return this.#readNumber(index, number);
    const sign = this.#match(SIGN, index);
    if (sign !== '') return this.#token('sign', sign, index);
    return this.#refuse(index, adviceFor(this.#match(FOREIGN, index) || this.#match(ANY, index)));
  }

  #readNumber(index: number, text: string): Token {
    const behind = this.#text[index + text.length] ?? '';
    const value = Number(text);
    // `0x10`, `1e`, `5km` and `1_000` are no numbers here; half of one must not pass for the whole.
    if (/[\p{L}\p{N}_.]/u.test(behind) || !Number.isFinite(value)) {
      return this.#refuse(index, 'expected a number such as 5, -0.5 or 1e3');
    }
    return { ...this.#token('number', text, index), value };
  }

  #readText(index: number, quote: string): Token {
    let value = '';
    for (let offset = index + 1; offset < this.#text.length; offset++) {
      const character = this.#text[offset] ?? '';
      if (character === quote) return { ...this.#token('text', this.#text.slice(index, offset + 1), index), value };
      if (character !== '\\') {
        value += character;
        continue;
      }
      const sequence = this.#match(ESCAPE, offset);
      if (sequence === '') return this.#refuse(offset, `expected \\\\, \\", \\', \\n, \\t or \\u and four digits`);
      value += ESCAPED[sequence] ?? String.fromCharCode(Number.parseInt(sequence.slice(2), 16));
      offset += sequence.length - 1;
    }
    return this.#refuse(index, `the text that begins here has no ${quote} at its end`);
  }

  #token(kind: TokenKind, text: string, index: number): Token {
    this.#offset = index + text.length;
    return { kind, text, index };
  }

  #refuse(index: number, message: string): Token {
    this.fail(index, message);
    return this.#next;
  }

  /** @param pattern sticky */
  #match(pattern: RegExp, index: number): string {
    pattern.lastIndex = index;
    return pattern.exec(this.#text)?.[0] ?? '';
  }
}

const SPACE = /\s*/y;
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SIGN = /[=!<>]=|[<>()[\],.$]/y;
const ESCAPE = /\\(?:[\\"'nt]|u[0-9a-fA-F]{4})/y;
const ESCAPED: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', "\\'": "'", '\\n': '\n', '\\t': '\t' };
/** What other languages write. */
const FOREIGN = /&&?|\|\|?|!|=~|=|[-+*/%^]/y;
const ANY = /./suy;

const ADVICE: Readonly<Record<string, string>> = {
  '&&': 'write and',
  '&': 'write and',
  '||': 'write or',
  '|': 'write or',
  '!': 'write not',
  '=': 'write == to compare',
  '=~': 'there are no patterns; compare with == or in',
};

function adviceFor(found: string): string {
  const advice = ADVICE[found];
  if (advice !== undefined) return `found ${found}; ${advice}`;
  if (/^[-+*/%^]/.test(found)) {
    return `found ${found}; there is no arithmetic, and a field with such a name is written ["front-left"]`;
  }
  return `${JSON.stringify(found)} means nothing here`;
}
