import { isJsonSpace } from '#gateway/sinks/is-plain-json.ts';

/** A JSON text around its values: a piece before each of them, and one behind the last. */
export interface CutText {
  readonly pieces: readonly string[];
  /** As they are spelled: numbers and words whole, strings without their quotes. Objects, arrays and names are pieces. */
  readonly values: readonly string[];
}

/** Cuts text that `JSON.parse` would accept as part of a value, so that all strings in it end. */
export function cutText(text: string): CutText {
  const pieces: string[] = [];
  const values: string[] = [];
  let start = 0;
  const cut = (from: number, to: number) => {
    pieces.push(text.slice(start, from));
    values.push(text.slice(from, to));
    start = to;
  };
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at + 1);
      if (!isName(text, end + 1)) cut(at + 1, end);
      at = end;
    } else if (isOfWord(code)) {
      const end = endOfWord(text, at + 1);
      cut(at, end);
      at = end - 1;
    }
  }
  pieces.push(text.slice(start));
  return { pieces, values };
}

function endOfString(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

function endOfWord(text: string, from: number): number {
  let at = from;
  while (isOfWord(text.charCodeAt(at))) at += 1;
  return at;
}

/** Whether a string that ends there has a colon behind it. */
function isName(text: string, end: number): boolean {
  let at = end;
  while (isJsonSpace(text.charCodeAt(at))) at += 1;
  return text.charCodeAt(at) === COLON;
}

/** Letters and digits, plus, minus and point. */
function isOfWord(code: number): boolean {
  const lower = code | 0x20;
  return (
    (code >= 0x30 && code <= 0x39) ||
    (lower >= 0x61 && lower <= 0x7a) ||
    code === 0x2b ||
    code === 0x2d ||
    code === 0x2e
  );
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
