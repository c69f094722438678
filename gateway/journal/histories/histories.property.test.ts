import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { runHistories } from './run-histories.ts';

const HISTORY_COUNT = 10_000;
/** The same in every run, so that a red test is about the change; `npm run soak:journal` goes where nobody has been. */
const FIRST_SEED = 1_000_000_001;

it('keeps every guarantee through 10,000 histories of faults, lies, kills and power cuts [J1 J2 J3 J4 J5 J6 J7 J8 J9 J10 J11 J12 J13]', async () => {
  const options = { firstSeed: FIRST_SEED, count: HISTORY_COUNT, workerCount: availableParallelism() };
  const { playedCount, broken } = await runHistories(options);
  expect(broken.map(({ seed, text }) => `seed ${seed}: ${text}`).join('\n\n')).toBe('');
  expect(playedCount).toBe(HISTORY_COUNT);
}, 900_000);

it.each([
  ['goes on in its epoch although the disk was full and its newest segment empty at the crash [J3]', 20_002_167],
  ['goes on in its epoch although a sync failed as well [J3]', 20_002_742],
  ['goes on in its epoch although a sink had passed its only segment [J3]', 20_008_499],
  ['syncs at closing what it has answered, also at its quota [J1]', 30_002_122],
  ['keeps what it gave out after a failed sync that more than one frame waited for [J2]', 40_033_823],
  ['keeps it where the disk was full as well [J2]', 40_076_282],
  ['writes the list of losses where the disk would not say at the start whether there is one [J9]', 70_034_761],
  ['takes away what failed syncs left behind [J8]', 70_056_273],
  ['drops at the start what a power cut has brought back [J8]', 80_041_398],
  ['drops at the start what the disk would not let go [J8]', 80_072_472],
  ['makes no segment larger for a commit of many records [J8]', 90_028_320],
  ['may find what was never synced again where a disk that lies has lost what came after it [J3]', 600_208_268],
  ['may refuse with what a sync failed for before the disk was well again [J7]', 600_372_883],
])('%s', async (_, firstSeed) => {
  const { broken } = await runHistories({ firstSeed, count: 1, workerCount: 1 });
  expect(broken.map(({ text }) => text).join('')).toBe('');
});
