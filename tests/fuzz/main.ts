/**
 * `npm run fuzz [-- [--seconds 300] [--seed N] [target …]]`: feeds every parser of foreign bytes with input that is valid, damaged or noise,
 * and holds what comes out against what may come out. Exit code 1 if one failed.
 *
 * Start reading at `fuzz-target.ts`; the targets are in `targets/`.
 */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { describeInput } from './describe-input.ts';
import type { FuzzFailure, FuzzProgress, FuzzResult } from './fuzz-run.ts';
import { FUZZ_TARGETS } from './fuzz-targets.ts';
import type { FuzzOrder, FuzzTold } from './fuzz-worker.ts';

/** A parser that has not come back after so long never will; making a failing input short takes less. */
const HANG_MS = 60_000;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '300' },
    seed: { type: 'string', default: `${Math.floor(Math.random() * 2 ** 31)}` },
  },
});
const unknown = positionals.find((name) => !FUZZ_TARGETS.some((target) => target.name === name));
const isNumber = [values.seconds, values.seed].every((text) => Number.isFinite(Number(text)));
if (unknown === undefined && isNumber) await run();
else {
  const usage = 'npm run fuzz -- [--seconds N] [--seed N] [target …]';
  const names = FUZZ_TARGETS.map(({ name }) => name).join(' ');
  console.error(
    [...(unknown === undefined ? [] : [`there is no target ${unknown}`]), usage, `targets: ${names}`].join('\n'),
  );
  process.exitCode = 2;
}

async function run(): Promise<void> {
  const [seed, maxMs] = [Number(values.seed), Number(values.seconds) * 1000];
  const asked = FUZZ_TARGETS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  console.log(`${asked.length} targets, ${values.seconds} s each, from seed ${seed} on`);
  for (const { name } of asked) {
    const seedInHand = new Uint32Array(new SharedArrayBuffer(4));
    const { failure, ...end } = await runTarget({ name, seed, maxMs, seedInHand });
    console.log(`${failure === undefined ? 'ok' : 'FAILED'}  ${name}: ${describe(end)}`);
    if (failure === undefined) continue;
    process.exitCode = 1;
    console.log(describeFailure(name, failure));
  }
}

/** Runs one target in a thread, and says how far it is; a thread that hangs is ended. */
function runTarget(order: FuzzOrder): Promise<FuzzResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('fuzz-worker.ts', import.meta.url), { workerData: order });
    let last: FuzzProgress = { executionCount: 0, executionsPerSecond: 0, grownBytes: 0 };
    const finish = (result: FuzzResult) => {
      clearInterval(watch);
      void worker.terminate();
      resolve(result);
    };
    let seen: number | undefined;
    const watch = setInterval(() => {
      const seed = order.seedInHand[0] ?? 0;
      if (seed === seen) finish({ ...last, failure: { seed, reason: `no answer for ${HANG_MS / 1000} s` } });
      seen = seed;
    }, HANG_MS);
    worker.on('message', (told: FuzzTold) => {
      if ('result' in told) return finish(told.result);
      last = told.progress;
      console.log(`  ${order.name}: ${describe(last)}`);
    });
    worker.once('error', (error) => {
      clearInterval(watch);
      reject(error);
    });
  });
}

function describe({ executionCount, executionsPerSecond, grownBytes }: FuzzProgress): string {
  const grown = `${grownBytes < 0 ? '' : '+'}${(grownBytes / 2 ** 20).toFixed(1)} MiB of heap`;
  return `${executionCount} inputs, ${Math.round(executionsPerSecond)}/s, ${grown}`;
}

function describeFailure(name: string, { input, reason, seed }: FuzzFailure): string {
  return [reason, ...describeInput(input), `again: npm run fuzz -- --seed ${seed} ${name}`].join('\n');
}
