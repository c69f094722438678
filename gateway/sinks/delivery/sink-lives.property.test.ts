import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SinkLives } from './sink-lives.ts';

const LIVES = 6;

it('skips nothing that was accepted without a word, whatever becomes of disk, power, cursors, lanes and quota [D1 D9 J9 J10]', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const lives = new SinkLives(seed);
      await lives.play(LIVES);
      expect(lives.missing).toEqual([]);
      expect(lives.confused).toEqual([]);
    }),
    { numRuns: 20 },
  );
});
