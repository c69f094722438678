import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bitFieldOf, compileWords, writeBits } from './bit-field.ts';
import type { DbcSignal } from './dbc.ts';

type Layout = Pick<DbcSignal, 'startBit' | 'length' | 'byteOrder'>;

const layouts: fc.Arbitrary<Layout> = fc.record({
  startBit: fc.nat(8 * 8 - 1),
  length: fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 65, max: 130 })),
  byteOrder: fc.constantFrom('intel', 'motorola'),
});
const payloads = fc.uint8Array({ minLength: 25, maxLength: 25 });

/** The places of the bits of a value, the most significant first, by the definition: one step at a time. */
function bitPlaces({ startBit, length, byteOrder }: Layout): readonly number[] {
  const places = [startBit];
  for (let place = startBit; places.length < length; places.push(place)) {
    if (byteOrder === 'intel') place++;
    else place = place % 8 === 0 ? place + 15 : place - 1;
  }
  return byteOrder === 'intel' ? places.reverse() : places;
}

function readByDefinition(data: Uint8Array, layout: Layout): bigint {
  const bitAt = (place: number) => ((data[Math.floor(place / 8)] ?? 0) >> (place % 8)) & 1;
  return bitPlaces(layout).reduce((value, place) => value * 2n + BigInt(bitAt(place)), 0n);
}

it('reads the bits where the definition of both byte orders puts them', () => {
  fc.assert(
    fc.property(layouts, payloads, (layout, data) => {
      const field = bitFieldOf(layout);
      const value = readByDefinition(data, layout);
      const words = compileWords(field).map((word) => BigInt(word(data)));
      expect(words.reduceRight((bits, word) => bits * 2n ** 32n + word, 0n)).toBe(value);
      expect(field.endByte).toBe(Math.max(...bitPlaces(layout).map((place) => Math.floor(place / 8))) + 1);
    }),
    { numRuns: 2000 },
  );
});

it('writes those bits and no others', () => {
  fc.assert(
    fc.property(layouts, payloads, fc.bigInt({ min: -(2n ** 130n), max: 2n ** 130n }), (layout, before, value) => {
      const data = Uint8Array.from(before);
      const field = bitFieldOf(layout);
      writeBits(data, field, value);
      expect(readByDefinition(data, layout)).toBe(BigInt.asUintN(layout.length, value));
      writeBits(data, field, readByDefinition(before, layout));
      expect(data).toEqual(before);
    }),
    { numRuns: 2000 },
  );
});
