import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isPlainJson, MAX_JSON_NESTING } from './is-plain-json.ts';

/** The same rule in other words: what a parser takes, without space around it, and not too deep. */
function isPlain(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    return !/^[ \n\r\t]|[ \n\r\t]$/.test(text) && nestingOf(value) <= MAX_JSON_NESTING;
  } catch {
    return false;
  }
}

function nestingOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(nestingOf));
}

const texts = fc
  .tuple(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 1, '\t'))
  .map(([value, space]) => JSON.stringify(value, undefined, space));

const tokens = fc.constantFrom(
  ...['{', '}', '[', ']', ',', ':', '"', '""', '"a"', '\\', '\\u', '\\u12aF', '\\n', ' ', '\n', '\t'],
  ...['true', 'false', 'null', '0', '1', '-', '+', '.', 'e', 'E', '1.5', '-0', 'ä', '\u001f', '\ufeff', 'x'],
);

const bytes = fc.oneof(
  texts.map((text) => Buffer.from(text)),
  fc.array(tokens, { maxLength: 12 }).map((parts) => Buffer.from(parts.join(''))),
  fc.array(tokens, { maxLength: 4 }).map((parts) => Buffer.from(`"${parts.join('')}"`)),
  fc.uint8Array({ maxLength: 8 }),
  // One byte of JSON is another.
  fc.tuple(texts, fc.nat(), fc.nat({ max: 255 })).map(([text, place, byte]) => {
    const damaged = Buffer.from(text);
    damaged[place % damaged.length] = byte;
    return damaged;
  }),
);

it('takes what a parser takes, and nothing else', () => {
  fc.assert(
    fc.property(bytes, (payload) => {
      expect(isPlainJson(payload)).toBe(isPlain(payload));
    }),
    { numRuns: 2000 },
  );
});
