import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sampleRecord } from '#gateway/journal/open-test-journal.ts';
import type { Letter } from './letter.ts';
import { decodeLetter, encodeLetter, peekLetter } from './letter-codec.ts';
import { refused } from './testing/open-test-letters.ts';

const COUNT = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const { stamp } = sampleRecord('');

const letters: fc.Arbitrary<Letter> = fc
  .record({
    order: COUNT,
    sequence: COUNT,
    cutBytes: COUNT,
    attempts: COUNT,
    payload: fc.uint8Array({ maxLength: 300 }),
    topic: fc.string({ unit: 'binary' }),
    reason: fc.string({ unit: 'grapheme' }),
    rewritten: fc.constantFrom({}, { journalTopic: 'devices/gps0/position' }),
  })
  .map(({ order, sequence, cutBytes, attempts, payload, topic, reason, rewritten }) => {
    const { stored } = refused(sequence);
    const record = { ...stored.record, payload: Buffer.from(payload), topic, ...rewritten };
    const refusal = { code: 'hub.rejectedEvent', reason, attempts, first: stamp, last: stamp };
    return { order, sink: 'hub', stored: { ...stored, record }, cutBytes, ...refusal };
  });

it('reads back whatever it writes', () => {
  fc.assert(
    fc.property(letters, (letter) => {
      const bytes = encodeLetter(letter);
      expect(decodeLetter(bytes)).toEqual(letter);
      expect(peekLetter(bytes)).toEqual({ order: letter.order, isCut: letter.cutBytes > 0 });
    }),
  );
});

it('throws at no bytes, be they chance or a damaged letter', () => {
  const damaged = fc.tuple(letters, fc.nat(), fc.nat(255)).map(([letter, at, value]) => {
    const bytes = Buffer.from(encodeLetter(letter));
    bytes[at % bytes.length] = value;
    return bytes;
  });
  const chance = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(damaged, chance), (bytes) => {
      const [letter, place] = [decodeLetter(bytes), peekLetter(bytes)];
      expect(['object', 'string']).toContain(typeof letter);
      // Whatever can be read has a place; whether what has one can be read is seen later.
      if (typeof letter === 'object') expect(place).toEqual({ order: letter.order, isCut: letter.cutBytes > 0 });
      else expect(['object', 'string']).toContain(typeof place);
    }),
    { numRuns: 500 },
  );
});
