import fc from 'fast-check';
import { expect, it } from 'vitest';
import { elementExtents, extentAt, memberExtents } from './json-extents.ts';

/** A JSON value written with any white space between its tokens. */
const written = fc
  .tuple(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t', ' \n'))
  .map(([value, space]) => {
    return JSON.stringify(value, undefined, space);
  });

const textAt = (json: Uint8Array, { start, end }: { readonly start: number; readonly end: number }) =>
  Buffer.from(json.subarray(start, end)).toString();

it('finds every value of an object and of an array, as it is written', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), written), { maxLength: 6 }), (members) => {
      const object = Buffer.from(`{ ${members.map(([name, text]) => `${JSON.stringify(name)} :${text}`).join(' ,')}}`);
      const found = memberExtents(object, 0).map(({ name, value }) => [
        JSON.parse(textAt(object, name)),
        textAt(object, value),
      ]);
      expect(found).toEqual(members);
      const array = Buffer.from(`[${members.map(([, text]) => text).join(',\n')} ]`);
      expect(elementExtents(array, 0).map((extent) => textAt(array, extent))).toEqual(members.map(([, text]) => text));
    }),
  );
});

it('finds the end of any value', () => {
  fc.assert(
    fc.property(written, (text) => {
      const json = Buffer.from(`  ${text} , 1`);
      expect(textAt(json, extentAt(json, 0))).toBe(text);
    }),
  );
});

it('ends on any bytes, JSON or not', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      memberExtents(bytes, 0);
      elementExtents(bytes, 0);
      expect(extentAt(bytes, 0).end).toBeLessThanOrEqual(bytes.length);
    }),
    { examples: [[Uint8Array.from(Buffer.from('[}'))]] },
  );
});
