import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileDbc } from './compile-dbc.ts';
import type { DbcMessage, DbcSignal } from './dbc.ts';
import { encodeMessage } from './encode-message.ts';

/** Scales with decimals only where a number still holds every value: beyond 40 bits rounding would be the test's own loss. */
function scales(length: number) {
  if (length > 53) return fc.constantFrom([1, 0], [3, -7], [-1, 1000]);
  if (length > 40) return fc.constant([1, 0]);
  return fc.constantFrom([1, 0], [0.1, -40], [0.005, 0], [-2.5, 3.75], [1e-6, 0], [1000, 0.5]);
}

/** A run of bytes in one byte order, cut into signals without a gap. */
function regions(firstByte: number, byteCount: number, prefix: string): fc.Arbitrary<DbcSignal[]> {
  const cuts = fc.array(fc.integer({ min: 1, max: byteCount * 8 - 1 }), { maxLength: 6 });
  return fc.tuple(cuts, fc.constantFrom('intel' as const, 'motorola' as const)).chain(([places, byteOrder]) => {
    const ends = [...new Set([...places, byteCount * 8])].sort((a, b) => a - b);
    const signals = ends.map((end, index) => {
      const begin = firstByte * 8 + (ends[index - 1] ?? 0);
      const length = firstByte * 8 + end - begin;
      const startBit = byteOrder === 'intel' ? begin : begin - (begin % 8) + 7 - (begin % 8);
      return fc
        .tuple(fc.boolean(), scales(length), fc.boolean())
        .map(([isSigned, [factor = 1, offset = 0], isFloat]): DbcSignal => {
          const place = {
            name: `${prefix}${index}`,
            startBit,
            length,
            byteOrder,
            labels: new Map(),
            receivers: [],
            attributes: new Map(),
          };
          if (isFloat && (length === 32 || length === 64)) {
            const valueType = length === 32 ? 'float' : 'double';
            return { ...place, isSigned: true, valueType, factor: 1, offset: 0 };
          }
          return { ...place, isSigned, valueType: 'integer', factor, offset };
        });
    });
    return fc.tuple(...signals);
  });
}

const NOTHING = { transmitters: [], attributes: new Map() };

const messages: fc.Arbitrary<DbcMessage> = fc
  .nat(8)
  .chain((split) =>
    fc.tuple(
      split > 0 ? regions(0, split, 'A') : fc.constant([]),
      split < 8 ? regions(split, 8 - split, 'B') : fc.constant([]),
    ),
  )
  .map(([first, second]) => ({
    id: 1,
    isExtended: false,
    name: 'M',
    sizeBytes: 8,
    ...NOTHING,
    signals: [...first, ...second],
  }));

it('is the inverse of the decoder, for any layout and payload', () => {
  fc.assert(
    fc.property(messages, fc.uint8Array({ minLength: 8, maxLength: 8 }), (message, data) => {
      const decoder = compileDbc({ messages: [message] });
      const decodedMessage = decoder.decode({ id: 1, isExtended: false, isRemote: false, data });
      const entries = Object.entries(decodedMessage?.signals ?? {}).map(([name, { phys }]) => [name, phys] as const);
      fc.pre(entries.every(([, phys]) => typeof phys === 'bigint' || !Number.isNaN(phys)));
      expect(entries).toHaveLength(message.signals.length);
      expect(encodeMessage(message, Object.fromEntries(entries))).toEqual(data);
    }),
    { numRuns: 2000 },
  );
});
