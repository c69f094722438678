import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { seededRandom } from '#gateway/journal/open-test-journal.ts';
import { idOf, openTestLetters, refused } from './testing/open-test-letters.ts';

const FOLDER = '/data/journal/streams/dead-letters';
const LETTER_COUNT = 30;
const payloadOf = (sequence: number) => `event ${sequence} `.repeat(sequence);

/** Letters with everything around them: some went for want of room or were dropped, some are marked, some were refused twice. */
async function makeLetters(): Promise<MemoryStorage> {
  const test = await openTestLetters();
  const { store } = test;
  for (let sequence = 1; sequence <= LETTER_COUNT; sequence++)
    await store.bury(refused(sequence, { payload: payloadOf(sequence) }));
  await store.bury(refused(3, { payload: payloadOf(3) }));
  await store.redrive([idOf(4), idOf(5)]);
  await store.drop([idOf(6)]);
  await store[Symbol.asyncDispose]();
  await test.journal[Symbol.asyncDispose]();
  return test.storage.kill();
}

/** What may have become of the files: decayed bits, sectors that cannot be read, blocks of zeros. */
const damages = fc.array(
  fc.record({
    how: fc.constantFrom('bits', 'sector', 'zeros'),
    seed: fc.nat(),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 6 },
);

it('letters open whatever became of their files: what is left is what was buried, and more can be buried [J5 D6]', async () => {
  await fc.assert(
    fc.asyncProperty(damages, async (list) => {
      const storage = await makeLetters();
      for (const { how, seed, at } of list) {
        const names = (await storage.list(FOLDER)).filter((name) => name.endsWith('.segment'));
        const file = storage.file(`${FOLDER}/${names[Math.floor(at * names.length)] ?? names[0]}`);
        const random = seededRandom(seed + 1);
        if (how === 'bits') file.flipBit(random);
        else if (how === 'sector') file.breakSector(random);
        else file.content.fill(0, Math.floor(random() * 20_000), 4096 + Math.floor(random() * 20_000));
      }
      const { store } = await openTestLetters(storage);
      for (let sequence = 1; sequence <= LETTER_COUNT; sequence++) {
        const letter = await store.read(idOf(sequence));
        if (letter === undefined) continue;
        expect(letter.stored.sequence).toBe(sequence);
        expect(Buffer.from(letter.stored.record.payload).toString()).toBe(payloadOf(sequence));
      }
      await store.bury(refused(99));
      await store.redrive([idOf(99)]);
      const again = await openTestLetters(storage.kill());
      expect((await again.store.read(idOf(99)))?.stored.sequence).toBe(99);
      expect(again.store.isMarked(idOf(99))).toBe(true);
      expect(again.store.index.count).toBe(store.index.count);
    }),
    { numRuns: 60 },
  );
});
