/**
 * `npm run soak:journal`: a million histories (`--count N`) from a random number on (`--seed S`), then 500 deaths of a real process
 * (`--kills N`), and as many power cuts where a disk can be mounted. Exit code 1 if one breaks a guarantee.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { BrokenHistory } from '#gateway/journal/histories/history-worker.ts';
import { runHistories } from '#gateway/journal/histories/run-histories.ts';
import { killAppender } from './support/killable-journal.ts';
import { openScratchFolder } from './support/scratch-folder.ts';
import { type SeededRandom, seededRandom } from './support/seeded-random.ts';
import { MOUNT_NEED, mustSkipMounts, SmallDisk } from './support/small-disk.ts';

const PROGRESS_MS = 10_000;

/** A journal lives through so many deaths, then a new one begins: reading all of it each time takes its time. */
const DEATHS_PER_JOURNAL = 20;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: `${1e9 + Math.floor(Math.random() * 1e9)}` },
      kills: { type: 'string', default: '500' },
    },
  });
  const firstSeed = Number(values.seed);
  const isSound = await playHistories(firstSeed, Number(values.count));
  await die('kills', firstSeed, Number(values.kills), async (count, random) => {
    await using folder = await openScratchFolder();
    return await killAppender({ folder: folder.path, count, random });
  });
  if (await mustSkipMounts()) console.log(`skipped: power cuts of an ext4 disk (${MOUNT_NEED})`);
  else {
    await die('power cuts of an ext4 disk', firstSeed, Number(values.kills), async (count, random) => {
      await using folder = await openScratchFolder();
      await using disk = await SmallDisk.mount(folder.path, 'ext4');
      return await killAppender({ folder: disk.path, count, random, befall: (kill) => disk.powerCut(kill) });
    });
  }
  process.exitCode = isSound ? 0 : 1;
}

async function playHistories(firstSeed: number, count: number): Promise<boolean> {
  const workerCount = availableParallelism();
  console.log(`${count} histories from seed ${firstSeed} on, ${workerCount} at a time`);
  const progress = new Progress(count, 'played');
  const onProgress = (playedCount: number) => progress.tell(playedCount);
  const onBroken = ({ seed, text }: BrokenHistory) => console.log(`\nseed ${seed}: ${text}\n`);
  const { playedCount, broken } = await runHistories({ firstSeed, count, workerCount, onProgress, onBroken });
  const result = `${broken.length} violations of J1-J13`;
  console.log(`${playedCount} histories from seed ${firstSeed} on in ${progress.seconds} s: ${result}`);
  return broken.length === 0 && playedCount === count;
}

/** Throws at the first record that is not there. */
async function die(
  what: string,
  seed: number,
  count: number,
  someDeaths: (count: number, random: SeededRandom) => Promise<number>,
): Promise<void> {
  const random = seededRandom(seed);
  const progress = new Progress(count, what);
  let answerCount = 0;
  for (let done = 0; done < count; done += DEATHS_PER_JOURNAL) {
    progress.tell(done);
    answerCount += await someDeaths(Math.min(DEATHS_PER_JOURNAL, count - done), random);
  }
  console.log(`${count} ${what} in ${progress.seconds} s: nothing of ${answerCount} acknowledged records was lost`);
}

/** Says every now and then how far something has come. */
class Progress {
  readonly #count: number;
  readonly #what: string;
  readonly #startedMs = performance.now();
  #toldMs = performance.now();

  constructor(count: number, what: string) {
    this.#count = count;
    this.#what = what;
  }

  get seconds(): string {
    return ((performance.now() - this.#startedMs) / 1000).toFixed(0);
  }

  tell(done: number): void {
    const nowMs = performance.now();
    if (nowMs - this.#toldMs < PROGRESS_MS || done === 0) return;
    this.#toldMs = nowMs;
    const restS = (((nowMs - this.#startedMs) / done) * (this.#count - done)) / 1000;
    console.log(`${done} of ${this.#count} ${this.#what}, about ${Math.ceil(restS)} s to go`);
  }
}

await main();
