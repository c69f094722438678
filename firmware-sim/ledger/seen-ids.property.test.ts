import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SeenIds } from './seen-ids.ts';

it('knows every id again, in whatever order they come', () => {
  const ids = fc.array(fc.tuple(fc.constantFrom('a/1', 'b/1'), fc.integer({ min: 0, max: 30 })), { maxLength: 200 });
  fc.assert(
    fc.property(ids, (sequence) => {
      const seen = new SeenIds();
      const expected = new Set<string>();
      for (const [lane, number] of sequence) {
        const id = `${lane}/${number}`;
        expect(seen.add(id)).toBe(!expected.has(id));
        expected.add(id);
        expect(seen.count).toBe(expected.size);
      }
    }),
  );
});

it('takes an id without a sequence as new', () => {
  const seen = new SeenIds();
  expect([seen.add('odd'), seen.add('odd')]).toEqual([true, true]);
});
