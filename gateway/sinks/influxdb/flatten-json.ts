import { fieldName, quotedText } from './line-text.ts';

/** The fields of a point by name; the values as they stand in the line: `21.5`, `true`, `"text"`. */
export type Fields = ReadonlyMap<string, string>;

/** Most fields of one point. */
export const MAX_FIELDS = 256;
/** Deepest nesting that is flattened. */
export const MAX_DEPTH = 8;
/** Longest field name, in characters. */
export const MAX_NAME_CHARS = 256;
/** All fields of one point together, in bytes of the line. */
export const MAX_FIELD_BYTES = 64 * 1024;

/** No field is an integer unless it was declared so. */
export const NO_INTEGERS: ReadonlySet<string> = new Set();

/**
 * Flattens a JSON object or array: `{"signals":{"EngineSpeed":{"value":1450.5}}}` is the field `signals.EngineSpeed.value`, places
 * in an array are counted from 0. Every number is a float, so that 3 today and 3.5 tomorrow have one type; `null` is absent.
 * Values that have no name are left out by the caller's choice of the object, never by this function.
 *
 * @param integers names of fields whose numbers are integers, today and tomorrow
 * @returns undefined when a bound is exceeded or a number is none that its field holds: all or nothing, a part would look like the whole
 */
export function flattenJson(value: object, integers: ReadonlySet<string>): Fields | undefined {
  const fields = new Map<string, string>();
  return addMembers({ fields, integers }, value, '', 1) && totalBytes(fields) <= MAX_FIELD_BYTES ? fields : undefined;
}

interface Flattening {
  readonly fields: Map<string, string>;
  readonly integers: ReadonlySet<string>;
}

function addMembers(into: Flattening, parent: object, prefix: string, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  return Object.entries(parent).every(([key, value]) => addValue(into, value, `${prefix}${key}`, depth));
}

function addValue(into: Flattening, value: unknown, path: string, depth: number): boolean {
  if (value === null) return true;
  if (typeof value === 'object') return addMembers(into, value, `${path}.`, depth + 1);
  const { fields, integers } = into;
  const name = fieldName(path);
  const text = typeof value === 'number' ? numberText(value, integers.has(name)) : scalarText(value);
  // Two paths that look alike when joined by dots would overwrite each other.
  if (text === undefined || name.length > MAX_NAME_CHARS || fields.has(name)) return false;
  fields.set(name, text);
  return fields.size <= MAX_FIELDS;
}

/** A number as it stands in the line; none for one that its field does not hold: JSON may hold 1e999, and a sensor may send halves. */
export function numberText(value: number, isInteger: boolean): string | undefined {
  if (!isInteger) return Number.isFinite(value) ? String(value) : undefined;
  return Number.isSafeInteger(value) ? `${value}i` : undefined;
}

function scalarText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'boolean':
      return String(value);
    case 'string':
      return quotedText(value);
    default:
      return undefined;
  }
}

function totalBytes(fields: Fields): number {
  let bytes = 0;
  for (const [name, text] of fields) bytes += fieldBytes(name, text);
  return bytes;
}

/** Bytes of one field in the line, escapes and separator included. */
export function fieldBytes(name: string, text: string): number {
  const escapes = name.match(/[,= ]/g)?.length ?? 0;
  return Buffer.byteLength(name) + escapes + Buffer.byteLength(text) + 2;
}
