import { expect, it } from 'vitest';
import { STATE_STREAM } from '#gateway/model/built-in-streams.ts';
import type { TrimmableStream } from './journal.ts';
import { MemoryStorage } from './memory-storage.ts';
import { append, openTestJournal, readAll, seededRandom } from './open-test-journal.ts';

const OPTIONS = { segmentBytes: 16_384 };

/** A stream with three segments: 1 to 3, 4 to 6, 7 to 9. */
async function openTrimmable(storage = new MemoryStorage()) {
  const { journal } = await openTestJournal(storage, OPTIONS);
  const stream = await journal.openBuiltIn(STATE_STREAM);
  while (stream.syncedSequence < 9) await append(stream, 'x'.repeat(2000));
  return { stream, storage, journal };
}

async function sequencesOf(stream: TrimmableStream): Promise<readonly number[]> {
  return (await readAll(stream, stream.oldestSequence)).map(({ sequence }) => sequence);
}

it('gives up whole segments before a sequence, and never the newest', async () => {
  const { stream, storage } = await openTrimmable();
  const { sizeBytes } = stream;
  await stream.trim(3);
  expect(stream.oldestSequence).toBe(1);
  await stream.trim(6);
  expect(await sequencesOf(stream)).toEqual([4, 5, 6, 7, 8, 9]);
  expect(stream.sizeBytes).toBeLessThan(sizeBytes);
  await stream.trim(100);
  expect(await sequencesOf(stream)).toEqual([7, 8, 9]);
  const again = await openTrimmable(storage.powerCut(seededRandom(1)));
  expect(await sequencesOf(again.stream)).toEqual([7, 8, 9]);
  expect(again.stream.losses).toEqual([]);
});

it('lets no segment go before those older than it have gone for good, also where the disk failed meanwhile', async () => {
  for (const [cut, seed] of [1, 2, 3].flatMap((each) =>
    Array.from({ length: 8 }, (_, index) => [each, index] as const),
  )) {
    const { stream, storage } = await openTrimmable();
    storage.failNext('syncDirectory', 'EIO');
    await expect(stream.trim(5)).rejects.toThrow('EIO');
    storage.dieAfter(storage.operationCount + cut);
    await Promise.race([stream.trim(8), storage.died]);
    const { journal } = await openTestJournal(storage.powerCut(seededRandom(seed)), OPTIONS);
    const left = await sequencesOf(await journal.openBuiltIn(STATE_STREAM));
    expect(['1,2,3,4,5,6,7,8,9', '4,5,6,7,8,9', '7,8,9'], `cut ${cut}, seed ${seed}`).toContain(left.join());
  }
});
