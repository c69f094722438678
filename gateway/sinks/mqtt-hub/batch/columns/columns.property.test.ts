import fc from 'fast-check';
import { expect, it } from 'vitest';
import { composeColumn } from './compose-column.ts';
import { composeShapes } from './compose-shapes.ts';
import { cutText } from './cut-text.ts';
import { readColumn } from './read-column.ts';
import { readShapes } from './read-shapes.ts';

/** What numbers and times look like, and what almost does. */
const spellings = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }).map(String),
  fc.maxSafeInteger().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc
    .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 15 }))
    .map(([value, digits]) => (value / 1e9).toFixed(digits)),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom(
    '-0',
    '0.0',
    '-0.0',
    '-0.5',
    '1.50',
    '1.5',
    '01',
    '1e3',
    '1E400',
    '.5',
    '5.',
    '-',
    '',
    'true',
    'null',
  ),
  fc.constantFrom('9007199254740993', '-9007199254740991', '99999999999999999999', '0.1234567890123456'),
  fc.constantFrom('2026-02-30T00:00:00.000Z', '2026-11-20T15:04:05Z', '2026-11-20T24:00:00.000Z', '=0', 's', 'n00'),
  fc.json().map((text) => JSON.stringify(text)),
);

it('gives back every spelling of a column', () => {
  fc.assert(
    fc.property(fc.array(spellings, { minLength: 1, maxLength: 6 }), (column) => {
      expect(readColumn(composeColumn(column), [])).toEqual(column);
    }),
  );
});

it('gives back every spelling of decimals that drift, and of even ones', () => {
  const column = fc
    .tuple(
      fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 40 }),
      fc.integer({ min: -(10 ** 9), max: 10 ** 9 }),
      fc.integer({ min: 0, max: 9 }),
      fc.boolean(),
    )
    .map(([steps, first, scale, isFixed]) => {
      let value = first;
      return steps.map((step) => {
        value += step;
        return isFixed ? (value / 10 ** scale).toFixed(scale) : JSON.stringify(value / 10 ** scale);
      });
    });
  fc.assert(
    fc.property(column, (values) => {
      expect(readColumn(composeColumn(values), [])).toEqual(values);
    }),
  );
});

const jsonTexts = fc
  .tuple(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 1, '\t', ' \n'))
  .map(([value, space]) => JSON.stringify(value, undefined, space));

it('cuts a text so that it can be put together again', () => {
  fc.assert(
    fc.property(jsonTexts, (text) => {
      const { pieces, values } = cutText(text);
      expect(pieces.length).toBe(values.length + 1);
      expect(pieces.map((piece, index) => piece + (values[index] ?? '')).join('')).toBe(text);
    }),
  );
});

it('gives back the JSON of every event, to the byte', () => {
  const events = fc.array(
    fc.record({
      topic: fc.constantFrom('a', 'b'),
      json: fc.oneof(
        jsonTexts,
        spellings.map((value) => `{"value":${JSON.stringify(value)},"again":${JSON.stringify(value)}}`),
        fc.integer().map(String),
      ),
    }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(events, (payloads) => {
      const some = payloads.map(({ topic, json }, index) => ({ topic, json: `{"seq":${index},"payload":${json}}` }));
      const read = readShapes(composeShapes(some).slice(1));
      expect(read.isDecoded && read.value.toSorted()).toEqual(some.map(({ json }) => json).toSorted());
    }),
  );
});

it('takes any text without a throw', () => {
  const separators = fc.constantFrom('\u001a', '\u001d', '\u001e', '\u001f');
  const kinds = fc.constantFrom('s', 't1', 't2', 'n00', 'n12', 'f25', 'f0', '=0', '=1', 'x', '');
  const values = fc.oneof(fc.integer().map(String), fc.maxSafeInteger().map(String), fc.string());
  fc.assert(
    fc.property(fc.array(fc.oneof(separators, kinds, values), { maxLength: 40 }), (tokens) => {
      const read = readShapes(tokens.join(''));
      if (read.isDecoded) expect(read.value.length).toBeGreaterThan(0);
    }),
  );
});
