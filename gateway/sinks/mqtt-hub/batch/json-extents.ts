import { isJsonSpace } from '#gateway/sinks/is-plain-json.ts';

/**
 * Where the values of a JSON text lie in its bytes: for what `JSON.parse` cannot give back, such as the spelling of a number.
 * Everything here takes text that `JSON.parse` has accepted, and says nothing of any other.
 */

/** A value, or the name of a member with its quotes: from `start` up to, not including, `end`. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** A member of an object. */
export interface MemberExtent {
  readonly name: Extent;
  readonly value: Extent;
}

/** The members of the object at `start`, in the order in which they are written, repeated names included. */
export function memberExtents(json: Uint8Array, start: number): readonly MemberExtent[] {
  const members: MemberExtent[] = [];
  let at = skipSpace(json, start + 1);
  while (json[at] === QUOTE) {
    const name = { start: at, end: endOfString(json, at) };
    // Behind the colon.
    const value = extentAt(json, skipSpace(json, name.end) + 1);
    members.push({ name, value });
    at = skipSpace(json, value.end);
    if (json[at] === COMMA) at = skipSpace(json, at + 1);
  }
  return members;
}

/** The elements of the array at `start`. */
export function elementExtents(json: Uint8Array, start: number): readonly Extent[] {
  const elements: Extent[] = [];
  let at = skipSpace(json, start + 1);
  while (at < json.length && json[at] !== CLOSE_BRACKET) {
    const value = extentAt(json, at);
    // Only of what is no JSON: there would be no end.
    if (value.end === value.start) break;
    elements.push(value);
    at = skipSpace(json, value.end);
    if (json[at] === COMMA) at = skipSpace(json, at + 1);
  }
  return elements;
}

/** How many values there are, however deep, or a few more: an empty list or object counts twice. Of what is no JSON, some number. */
export function countValues(json: Uint8Array): number {
  let count = 1;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfString(json, at) - 1;
    else if (byte === COMMA || byte === OPEN_BRACE || byte === OPEN_BRACKET) count += 1;
  }
  return count;
}

/** The value at `from`, or behind white space there. */
export function extentAt(json: Uint8Array, from: number): Extent {
  const start = skipSpace(json, from);
  switch (json[start]) {
    case QUOTE:
      return { start, end: endOfString(json, start) };
    case OPEN_BRACE:
    case OPEN_BRACKET:
      return { start, end: endOfNested(json, start) };
    default:
      return { start, end: endOfScalar(json, start) };
  }
}

function endOfNested(json: Uint8Array, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfString(json, at) - 1;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at + 1;
  }
  return json.length;
}

function endOfString(json: Uint8Array, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    const byte = json[at];
    if (byte === BACKSLASH) at += 1;
    else if (byte === QUOTE) return at + 1;
  }
  return json.length;
}

function endOfScalar(json: Uint8Array, start: number): number {
  let at = start;
  while (at < json.length && !isJsonSpace(json[at]) && !isDelimiter(json[at])) at += 1;
  return at;
}

function isDelimiter(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET;
}

function skipSpace(json: Uint8Array, from: number): number {
  let at = from;
  while (isJsonSpace(json[at])) at += 1;
  return at;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
