import { isUtf8 } from 'node:buffer';

/** JSON that is nested deeper does not stand as it is: parsers of other languages give up, and with it a whole batch. */
export const MAX_JSON_NESTING = 64;

/**
 * Whether a payload can stand inside JSON as it is, and be cut out again byte for byte: exactly one JSON value in UTF-8, without white space
 * around it, of at most {@link MAX_JSON_NESTING} levels. The one rule of every form in which events leave: structured events, web hooks,
 * files and batches. It is looked through and not parsed, which takes a fraction of the time where it is none.
 *
 * @see RFC 8259, sections 2 to 8
 */
export function isPlainJson(payload: Uint8Array): boolean {
  return endOfValue(payload, 0, MAX_JSON_NESTING) === payload.length && isUtf8(payload);
}

/** White space of JSON: a byte, or the code of a character. @see RFC 8259, section 2 */
export function isJsonSpace(code: number | undefined): boolean {
  return code === SPACE || code === 0x0a || code === 0x0d || code === 0x09;
}

/** No place in any payload. */
const NONE = -1;

/** What each of these returns is the place behind what begins at `at`, or {@link NONE}. What follows is for the caller to judge. */
function endOfValue(json: Uint8Array, at: number, levels: number): number {
  switch (json[at]) {
    case QUOTE:
      return endOfString(json, at + 1);
    case OPEN_BRACE:
      return levels === 0 ? NONE : endOfObject(json, at + 1, levels - 1);
    case OPEN_BRACKET:
      return levels === 0 ? NONE : endOfArray(json, at + 1, levels - 1);
    case 0x74:
      return endOfWord(json, at, TRUE);
    case 0x66:
      return endOfWord(json, at, FALSE);
    case 0x6e:
      return endOfWord(json, at, NULL);
    default:
      return endOfNumber(json, at);
  }
}

function endOfObject(json: Uint8Array, from: number, levels: number): number {
  let at = skipSpace(json, from);
  if (json[at] === CLOSE_BRACE) return at + 1;
  for (;;) {
    if (json[at] !== QUOTE) return NONE;
    const nameEnd = endOfString(json, at + 1);
    if (nameEnd === NONE) return NONE;
    at = skipSpace(json, nameEnd);
    if (json[at] !== COLON) return NONE;
    const end = endOfValue(json, skipSpace(json, at + 1), levels);
    if (end === NONE) return NONE;
    at = skipSpace(json, end);
    if (json[at] === CLOSE_BRACE) return at + 1;
    if (json[at] !== COMMA) return NONE;
    at = skipSpace(json, at + 1);
  }
}

function endOfArray(json: Uint8Array, from: number, levels: number): number {
  let at = skipSpace(json, from);
  if (json[at] === CLOSE_BRACKET) return at + 1;
  for (;;) {
    const end = endOfValue(json, at, levels);
    if (end === NONE) return NONE;
    at = skipSpace(json, end);
    if (json[at] === CLOSE_BRACKET) return at + 1;
    if (json[at] !== COMMA) return NONE;
    at = skipSpace(json, at + 1);
  }
}

/** @param from behind its first quote */
function endOfString(json: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    while (isPlain(json[at] ?? 0)) at += 1;
    if (json[at] === QUOTE) return at + 1;
    if (json[at] !== BACKSLASH) return NONE;
    at = endOfEscape(json, at + 1);
    if (at === NONE) return NONE;
  }
}

/** @param at behind the backslash */
function endOfEscape(json: Uint8Array, at: number): number {
  const byte = json[at] ?? 0;
  if (byte !== LOWER_U) return ESCAPED.includes(byte) ? at + 1 : NONE;
  for (let digit = at + 1; digit <= at + 4; digit++) if (!isHex(json[digit] ?? 0)) return NONE;
  return at + 5;
}

/** @see RFC 8259, section 6 */
function endOfNumber(json: Uint8Array, from: number): number {
  const first = json[from] === MINUS ? from + 1 : from;
  let at = skipDigits(json, first);
  if (at === first || (json[first] === ZERO && at > first + 1)) return NONE;
  if (json[at] === POINT) {
    const end = skipDigits(json, at + 1);
    if (end === at + 1) return NONE;
    at = end;
  }
  if (json[at] !== LOWER_E && json[at] !== UPPER_E) return at;
  const exponent = json[at + 1] === PLUS || json[at + 1] === MINUS ? at + 2 : at + 1;
  const end = skipDigits(json, exponent);
  return end === exponent ? NONE : end;
}

function endOfWord(json: Uint8Array, from: number, word: Uint8Array): number {
  for (let index = 0; index < word.length; index++) if (json[from + index] !== word[index]) return NONE;
  return from + word.length;
}

function skipDigits(json: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(json[at] ?? 0)) at += 1;
  return at;
}

function skipSpace(json: Uint8Array, from: number): number {
  let at = from;
  while (isJsonSpace(json[at])) at += 1;
  return at;
}

/** Whether it stands in a string as it is; of bytes of other than ASCII `isUtf8` judges. @see RFC 8259, section 7 */
function isPlain(byte: number): boolean {
  return byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}

function isHex(byte: number): boolean {
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}

const [TRUE, FALSE, NULL] = [Buffer.from('true'), Buffer.from('false'), Buffer.from('null')];
const ESCAPED = Buffer.from('"\\/bfnrt');
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const UPPER_E = 0x45;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const LOWER_E = 0x65;
const LOWER_U = 0x75;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
