import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Point } from './compose-point.ts';
import { MAX_NAMED_LINES, parseRejectedLines } from './rejected-lines.ts';

function point(measurement: string, text = '1'): Point {
  return { measurement, tags: {}, fields: new Map([['a', text]]), timeUs: 1 };
}

const POINTS = [point('alpha'), point('beta\\ gamma'), point('delta')];
const entry = (line: unknown, original: unknown = 'alpha a=1', reason: unknown = 'bad') => ({
  line_number: line,
  original_line: original,
  error_message: reason,
});
const answer = (data: unknown) => JSON.stringify({ error: 'partial write of line protocol occurred', data });

describe('a list of lines', () => {
  it('names points by their places, in order', () => {
    const data = [entry(3, 'delta a=1 1'), entry(2, 'beta gamma a=1 1', 'two\nlines')];
    expect(parseRejectedLines(answer(data), POINTS)).toEqual([
      { index: 1, reason: 'two lines' },
      { index: 2, reason: 'bad' },
    ]);
  });

  it.each([
    ['no JSON', 'partial write'],
    ['JSON that was cut', answer([entry(1)]).slice(0, -3)],
    ['no object', '7'],
    ['null', 'null'],
    ['no list', answer(entry(1))],
    ['an empty list', answer([])],
    ['a line that is none of ours', answer([entry(4)])],
    ['a line before the first', answer([entry(0)])],
    ['half a line', answer([entry(1.5)])],
    ['a number as text', answer([entry('1')])],
    ['the same line twice', answer([entry(1), entry(1)])],
    ['another line than it says', answer([entry(3, 'alpha a=1')])],
    ['no reason', answer([{ line_number: 1, original_line: 'alpha a=1' }])],
    ['a good entry and a bad one', answer([entry(1), null])],
  ])('that is %s is not believed', (_, text) => {
    expect(parseRejectedLines(text, POINTS)).toBeUndefined();
  });

  it('that may go on is not believed: the server names only so many [D1]', () => {
    const points = Array.from({ length: 200 }, () => point('alpha'));
    const list = (count: number) => answer(Array.from({ length: count }, (_, index) => entry(index + 1)));
    expect(parseRejectedLines(list(MAX_NAMED_LINES - 1), points)).toHaveLength(MAX_NAMED_LINES - 1);
    expect(parseRejectedLines(list(MAX_NAMED_LINES), points)).toBeUndefined();
  });

  it('is not believed where a text goes over several lines, which may be counted', () => {
    expect(parseRejectedLines(answer([entry(1)]), [point('alpha', '"a\nb"')])).toBeUndefined();
  });
});

it('never throws, and names each point at most once, whatever is answered', () => {
  const value = fc.oneof(fc.jsonValue(), fc.integer({ min: -1, max: 4 }), fc.constantFrom('alpha', 'delta x'));
  const entries = fc.record({ line_number: value, original_line: value, error_message: value });
  const data = fc.oneof(fc.array(fc.oneof(entries, value)), entries, fc.jsonValue());
  const text = fc.oneof(fc.string(), data.map(answer), fc.json());
  fc.assert(
    fc.property(text, (given) => {
      const rejected = parseRejectedLines(given, POINTS) ?? [];
      const places = rejected.map(({ index }) => index);
      expect(new Set(places).size).toBe(places.length);
      expect(places.every((index) => POINTS[index] !== undefined)).toBe(true);
    }),
  );
});
