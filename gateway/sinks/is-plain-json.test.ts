import { describe, expect, it } from 'vitest';
import { isPlainJson, MAX_JSON_NESTING } from './is-plain-json.ts';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('a payload that can stand inside JSON as it is', () => {
  it.each([
    ...['null', 'true', 'false', '0', '-0', '1.0', '1.50', '1e400', '-1E+05', '2e-7', '12345678901234567890'],
    ...['""', '"ä€😀"', '"\\u00e4\\ud800\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\u007f\u2028"', '{}', '[]', '[ ]', '{\r\n\t }'],
    ...['{"a":1,"a":2}', '{"__proto__":{}}', '{ "a" : [ 1 , "b" , {} ] }', nested(MAX_JSON_NESTING)],
  ])('%s', (text) => {
    expect(isPlainJson(Buffer.from(text))).toBe(true);
  });
});

describe('what cannot', () => {
  it.each<[string, string]>([
    ['nothing', ''],
    ['white space', ' '],
    ['space before the value', ' 1'],
    ['a line end behind it', '{"a":1}\n'],
    ['a byte order mark', '\ufeff1'],
    ['two values', '1 2'],
    ['two objects', '{}{}'],
    ['a comma behind the value', '1,'],
    ['a word', 'ON'],
    ['a word in capitals', 'TRUE'],
    ['half a word', 'tru'],
    ['a word that goes on', 'nulls'],
    ['what is no number of JSON', 'NaN'],
    ['a minus', '-'],
    ['a plus', '+1'],
    ['a zero before a number', '01'],
    ['a zero before a negative one', '-01'],
    ['a point at the end', '1.'],
    ['a point at the start', '.5'],
    ['a point before the exponent', '1.e5'],
    ['an exponent without digits', '1e'],
    ['an exponent of a sign', '1e-'],
    ['hex', '0x10'],
    ['a string without end', '"a'],
    ['a string that ends with a backslash', '"a\\'],
    ['a quote that is escaped', '"a\\"'],
    ['an escape that is none', '"\\x41"'],
    ['an escape cut short', '"\\u00e'],
    ['an escape without hex', '"\\u00g0"'],
    ['a line end in a string', '"a\nb"'],
    ['a zero byte in a string', '"a\0b"'],
    ['a separator of columns in a string', '"a\u001db"'],
    ['single quotes', "'a'"],
    ['an array without end', '[1'],
    ['an array of a comma', '[,]'],
    ['a comma before the end of an array', '[1,]'],
    ['no comma in an array', '[1 2]'],
    ['an array that ends as an object', '[1}'],
    ['an object without end', '{"a":1'],
    ['an object that ends as an array', '{"a":1]'],
    ['a name without a value', '{"a"}'],
    ['a name without a colon', '{"a" 1}'],
    ['a colon without a value', '{"a":}'],
    ['a name without quotes', '{a:1}'],
    ['a name that is a number', '{1:1}'],
    ['a comma before the end of an object', '{"a":1,}'],
    ['no comma in an object', '{"a":1"b":2}'],
    ['a comment', '[/* 1 */]'],
    ['an end alone', ']'],
    ['a level too many', nested(MAX_JSON_NESTING + 1)],
    ['a level too many of objects', '{"a":'.repeat(MAX_JSON_NESTING + 1) + 1 + '}'.repeat(MAX_JSON_NESTING + 1)],
    ['a million levels', '['.repeat(1_000_000)],
  ])('%s', (_, text) => {
    expect(isPlainJson(Buffer.from(text))).toBe(false);
  });

  it.each<[string, readonly number[]]>([
    ['broken UTF-8', [0x22, 0xc3, 0x22]],
    ['UTF-8 that is longer than need be', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate in UTF-8', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['UTF-16', [0x31, 0x00]],
  ])('%s', (_, bytes) => {
    expect(isPlainJson(Uint8Array.from(bytes))).toBe(false);
  });
});
