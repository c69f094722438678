import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLineReader } from './line-reader.ts';

it('gives the same lines in any chunking', () => {
  const text = '{"a":1}\n\n{"b":"ü"}\nunfinished';
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const lines: string[] = [];
      const read = createLineReader((line) => lines.push(line));
      const bounds = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      for (const [index, bound] of bounds.slice(1).entries()) read(text.slice(bounds[index], bound));
      expect(lines).toEqual(['{"a":1}', '', '{"b":"ü"}']);
    }),
  );
});

it('drops a line without an end before it fills the memory', () => {
  const lines: string[] = [];
  const read = createLineReader((line) => lines.push(line));
  read('x'.repeat(1_000_001));
  read('\nnext\n');
  expect(lines).toEqual(['', 'next']);
});
