import fc from 'fast-check';
import { expect, it } from 'vitest';
import { composeColumn } from './compose-column.ts';
import { composeShapes } from './compose-shapes.ts';
import { cutText } from './cut-text.ts';
import { readColumn } from './read-column.ts';
import { readShapes } from './read-shapes.ts';
import { spellDecimal } from './spell.ts';

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

it('gives back whole numbers of any size, whatever a difference of them comes to', () => {
  const most = Number.MAX_SAFE_INTEGER;
  const far = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(most, -most, 0, 1), fc.integer({ min: -5, max: 5 }));
  // Differences that grow beyond what a double holds, by steps that it does hold.
  const growing = [-9e15, -8.8e15, 0.3e15, 9e15];
  fc.assert(
    fc.property(fc.array(far, { minLength: 1, maxLength: 8 }), fc.integer({ min: 0, max: 15 }), (numbers, scale) => {
      const values = numbers.map((units) => spellDecimal(units, { scale, isFixed: true }));
      expect(readColumn(composeColumn(values), [])).toEqual(values);
    }),
    {
      numRuns: 500,
      examples: [
        [growing, 0],
        [growing.map((value) => -value), 3],
      ],
    },
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

/** What the field publishes: positions, frames, packs of SenML, lists in lists, and texts that look like the format itself. */
const fieldPayloads = fc.oneof(
  fc
    .tuple(fc.integer({ min: -90_000_000, max: 90_000_000 }), fc.integer({ min: 0, max: 3600 }), fc.boolean())
    .map(([lat, heading, isValid]) => {
      const data = `"latitude":${(lat / 1e6).toFixed(6)},"headingDeg":${heading / 10},"valid":${isValid}`;
      return `{"type":"gnss.position","time":"2026-11-20T15:04:05.${String(heading % 1000).padStart(3, '0')}Z","data":{${data}}}`;
    }),
  fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => {
    const hex = Buffer.from(bytes).toString('hex');
    return `{"id":"18FEF1${hex.slice(0, 2)}","dlc":8,"bytes":"${hex}","signals":{"Speed":{"value":${(bytes[0] ?? 0) / 8},"unit":"km/h"}}}`;
  }),
  fc
    .array(fc.tuple(fc.constantFrom('lat', 'lon', 'rpm'), fc.double({ noNaN: true, noDefaultInfinity: true })), {
      minLength: 1,
      maxLength: 3,
    })
    .map((pack) => JSON.stringify([{ bn: 'urn:dev:ow:1', bt: 1.320067464e9 }, ...pack.map(([n, v]) => ({ n, v }))])),
  fc
    .array(fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 3 }), { maxLength: 3 })
    .map((rows) => JSON.stringify(rows)),
  fc.constantFrom(
    ...['1.7976931348623157e308', '5e-324', '-0', '-0.0', '9007199254740993', '0.1e1', '1E400', '12345678901234567890'],
    ...[
      '"\\u001a\\u001d\\u001e\\u001f"',
      '"\\ud800"',
      '"\\udc00x"',
      '"\\\\\\""',
      '"€😀\u2028"',
      '"=0"',
      '"n00"',
      '{"":""}',
    ],
    ...['{"a:":":","b":"c\\":"}', '[true,null,"true"]', '{"a" : 1 , "a" : 2 }', '[]', '{}', '"\ufeff"', '[1.50,1.5]'],
  ),
);

it('gives back what the field publishes, in batches of many topics', () => {
  const events = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fieldPayloads), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(events, (published) => {
      const some = published.map(([topic, json], index) => ({ topic, json: `{"seq":${index},"payload":${json}}` }));
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
