import { afterEach, beforeEach, expect, it } from 'vitest';
import { killAppender } from '#tests/support/killable-journal.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { openSeededRandom } from '#tests/support/seeded-random.ts';
import { MOUNT_NEED, mustSkipMounts, SmallDisk } from '#tests/support/small-disk.ts';

const DEATH_COUNT = 20;

let cleanup: AsyncDisposableStack;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});

afterEach(async () => {
  await cleanup.disposeAsync();
});

it('has everything that was acknowledged after each of 20 kills while appending [J1 J2 J3]', async () => {
  const folder = cleanup.use(await openScratchFolder());
  const random = openSeededRandom();
  const answerCount = await killAppender({ folder: folder.path, count: DEATH_COUNT, random });
  console.log(`seed ${random.seed}, ${DEATH_COUNT} kills, ${answerCount} acknowledged`);
  expect(answerCount).toBeGreaterThan(DEATH_COUNT);
});

it.skipIf(await mustSkipMounts())(
  `has everything that was acknowledged after each of 20 power cuts of an ext4 disk [J1 J2 J3] (${MOUNT_NEED})`,
  async () => {
    const folder = cleanup.use(await openScratchFolder());
    const disk = cleanup.use(await SmallDisk.mount(folder.path, 'ext4'));
    const random = openSeededRandom();
    const befall = (kill: () => Promise<unknown>) => disk.powerCut(kill);
    const answerCount = await killAppender({ folder: disk.path, count: DEATH_COUNT, random, befall });
    console.log(`seed ${random.seed}, ${DEATH_COUNT} power cuts, ${answerCount} acknowledged`);
    expect(answerCount).toBeGreaterThan(DEATH_COUNT);
  },
);
