/**
 * Text as it may stand in InfluxDB's line protocol. Broken text does not fail loudly there: a newline begins another point, a
 * backslash takes its neighbour along. So names and tags are cleaned here, whatever a client library does after.
 *
 * @see InfluxDB 1.8, line protocol reference, «special characters»
 */

/** Control characters, backslash and double quote. */
const UNSAFE = /[\p{Cc}\\"]/gu;

/** Longest tag value, in characters: with its series key it must stay far below InfluxDB's 65,535 bytes. */
export const MAX_TAG_CHARS = 1024;

/** Names that InfluxDB keeps for itself, or that would hide one of our tags in a query. */
const TAKEN_NAMES: ReadonlySet<string> = new Set([
  ...['time', '_time', '_field', '_measurement'],
  ...['gateway', 'device', 'client', 'topic', 'message', 'timebasis'],
]);

/** A measurement, escaped: the client library does not do it. A `#` in front would make the line a comment. */
export function measurementText(name: string): string {
  return name
    .replace(UNSAFE, percentEncoded)
    .replace(/^#/, percentEncoded)
    .replaceAll(/[, ]/g, (character) => `\\${character}`);
}

/** A tag's value, unescaped: the client library escapes it. Bytes that a line cannot hold stand as `%0A`, `%5C`, `%22`. */
export function tagText(value: string): string {
  return value.slice(0, MAX_TAG_CHARS).replace(UNSAFE, percentEncoded).slice(0, MAX_TAG_CHARS);
}

/** The name of a field, unescaped: cleaned as tags are, never empty, never one that is taken (those get a `_` behind). */
export function fieldName(path: string): string {
  const name = path.replace(UNSAFE, percentEncoded);
  return name === '' || TAKEN_NAMES.has(name) ? `${name}_` : name;
}

/** A field's string value, quoted and escaped. Every other character may stand in it, newlines too. */
export function quotedText(text: string): string {
  return `"${text.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`;
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
