/** `npm run soak:journal`: a million histories, or `--count N` from `--seed S` on. Exit code 1 if one breaks a guarantee. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runHistories } from './run-histories.ts';

const PROGRESS_MS = 10_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { count: { type: 'string', default: '1000000' }, seed: { type: 'string' } },
  });
  const count = Number(values.count);
  const firstSeed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const workerCount = availableParallelism();
  console.log(`${count} histories from seed ${firstSeed} on, ${workerCount} at a time`);
  const startedMs = performance.now();
  let toldMs = startedMs;
  const onProgress = (playedCount: number) => {
    const nowMs = performance.now();
    if (nowMs - toldMs < PROGRESS_MS) return;
    toldMs = nowMs;
    const restS = (((nowMs - startedMs) / playedCount) * (count - playedCount)) / 1000;
    console.log(`${playedCount} of ${count} played, about ${Math.ceil(restS)} s to go`);
  };
  const { playedCount, broken } = await runHistories({ firstSeed, count, workerCount, onProgress });
  for (const { seed, text } of broken) console.log(`\nseed ${seed}: ${text}`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  console.log(
    `${playedCount} histories from seed ${firstSeed} on in ${seconds} s: ${broken.length} violations of J1-J13`,
  );
  process.exitCode = broken.length === 0 && playedCount === count ? 0 : 1;
}

await main();
