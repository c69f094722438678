/** One target in a thread of its own, so that somebody is left to say so when a parser does not come back. */
import { parentPort, workerData } from 'node:worker_threads';
import { type FuzzProgress, type FuzzResult, fuzz } from './fuzz-run.ts';
import { FUZZ_TARGETS } from './fuzz-targets.ts';

/** What the thread is started with. */
export interface FuzzOrder {
  readonly name: string;
  readonly seed: number;
  readonly maxMs: number;
  /** One unsigned integer: the seed of the input that is being tried. */
  readonly seedInHand: Uint32Array;
}

/** What it tells. */
export type FuzzTold = { readonly progress: FuzzProgress } | { readonly result: FuzzResult };

// Whoever starts the thread gives it what it needs.
const { maxMs, name, seed, seedInHand } = workerData as FuzzOrder;
const tell = (told: FuzzTold) => parentPort?.postMessage(told);
const target = FUZZ_TARGETS.find((each) => each.name === name);
if (target === undefined) throw new Error(`there is no target ${name}`);
const result = await fuzz(target, {
  ...{ seed, maxMs, maxExecutions: Number.MAX_SAFE_INTEGER },
  onProgress: (progress) => tell({ progress }),
  onInput: (inputSeed) => {
    seedInHand[0] = inputSeed;
  },
});
tell({ result });
