import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { seededRandom } from '#tests/support/seeded-random.ts';
import type { FuzzInput, FuzzTarget } from './fuzz-target.ts';
import { shrink } from './shrink.ts';

/** How {@link fuzz} runs. */
export interface FuzzOptions {
  /** Of the first input; each further one has the next number. */
  readonly seed: number;
  /** Ends after so many inputs, or after so long, whatever is first. */
  readonly maxExecutions: number;
  readonly maxMs: number;
  readonly onProgress?: (progress: FuzzProgress) => void;
  /** Before each input, with its seed. */
  readonly onInput?: (seed: number) => void;
}

/** How far a run has come. */
export interface FuzzProgress {
  readonly executionCount: number;
  readonly executionsPerSecond: number;
  /** What the heap has grown by since the run warmed up, after a collection. */
  readonly grownBytes: number;
}

/** What came of a run. */
export interface FuzzResult extends FuzzProgress {
  readonly failure?: FuzzFailure;
}

/** What failed, and how to see it again. */
export interface FuzzFailure {
  /** Makes the input again, as the first one of a run. */
  readonly seed: number;
  readonly reason: string;
  /** The shortest that fails likewise; absent where it takes more than one. */
  readonly input?: FuzzInput;
}

/** Of the processor; no input of these sizes takes longer, collections included. A clock on the wall would count what other programs do. */
const MAX_INPUT_MS = 2_000;
/** A parser that lives on may grow by so much: caches fill, tables find their size. */
export const MAX_GROWTH_BYTES = 8 * 2 ** 20;
const PROGRESS_MS = 5_000;
const SWEEP_MS = 5;
/** Part of the run after which the heap should have its size. */
const WARM_UP = 0.2;

/** Feeds a target with input out of chance until the time is over or something fails. */
export async function fuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzResult> {
  const { maxExecutions, maxMs, onInput, onProgress, seed } = options;
  const live = target.open?.();
  const startedMs = performance.now();
  let executionCount = 0;
  let toldMs = startedMs;
  let warmBytes: number | undefined;
  const isOver = () => executionCount >= maxExecutions || performance.now() - startedMs >= maxMs;
  const partDone = () => Math.max(executionCount / maxExecutions, (performance.now() - startedMs) / maxMs);
  const progress = async (): Promise<FuzzProgress> => ({
    executionCount,
    executionsPerSecond: executionCount / ((performance.now() - startedMs) / 1000),
    grownBytes: warmBytes === undefined ? 0 : (await heapBytes()) - warmBytes,
  });
  while (!isOver()) {
    const inputSeed = (seed + executionCount) >>> 0;
    onInput?.(inputSeed);
    const failure = tryOne(target, inputSeed, live);
    executionCount += 1;
    if (failure !== undefined) return { ...(await progress()), failure };
    if (warmBytes === undefined && partDone() >= WARM_UP) warmBytes = await heapBytes();
    if (performance.now() - toldMs < PROGRESS_MS) continue;
    toldMs = performance.now();
    onProgress?.(await progress());
  }
  const end = await progress();
  if (end.grownBytes <= MAX_GROWTH_BYTES) return end;
  return { ...end, failure: { seed, reason: `the heap has grown by ${end.grownBytes} bytes since the run warmed up` } };
}

function tryOne(target: FuzzTarget, seed: number, live: ((input: FuzzInput) => void) | undefined) {
  const input = target.generate(seededRandom(seed));
  const reason = reasonOf(() => target.check(input));
  if (reason !== undefined) {
    const fails = (candidate: FuzzInput) => reasonOf(() => target.check(candidate)) !== undefined;
    const shortest = shrink(input, target.hasLoosePieces, fails);
    return { seed, reason: reasonOf(() => target.check(shortest)) ?? reason, input: shortest };
  }
  const lateReason = live === undefined ? undefined : reasonOf(() => live(input));
  return lateReason === undefined ? undefined : { seed, reason: `after all that went before: ${lateReason}` };
}

/** @returns undefined when all went well */
function reasonOf(action: () => void): string | undefined {
  const before = process.threadCpuUsage();
  try {
    action();
  } catch (error) {
    return error instanceof Error
      ? `${error.message}\n${error.stack?.split('\n').slice(1, 5).join('\n')}`
      : String(error);
  }
  const { user, system } = process.threadCpuUsage(before);
  const tookMs = (user + system) / 1000;
  return tookMs > MAX_INPUT_MS ? `it took ${Math.round(tookMs)} ms` : undefined;
}

/** In turns of the event loop: what a decompressor holds outside the heap is given back in a later one. */
async function heapBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  // The flag makes it for new contexts only.
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round++) {
    collect();
    await delay(SWEEP_MS);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
