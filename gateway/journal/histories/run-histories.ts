import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { invariant } from '#gateway/model/errors.ts';
import type { BrokenHistory, Report, Share } from './history-worker.ts';

/** Which histories are played, and where. */
export interface RunOptions {
  readonly firstSeed: number;
  readonly count: number;
  readonly workerCount: number;
  /** Called now and then. */
  readonly onProgress?: (playedCount: number) => void;
  /** Called at once for each that went wrong. */
  readonly onBroken?: (history: BrokenHistory) => void;
}

/** Plays many histories on all cores. @returns how many were played, and the first few that went wrong */
export async function runHistories({ firstSeed, count, workerCount, onProgress, onBroken }: RunOptions) {
  const broken: BrokenHistory[] = [];
  let playedCount = 0;
  const stop = new AbortController();
  const hear = (report: Report) => {
    if ('playedCount' in report) playedCount += report.playedCount;
    else {
      broken.push(report);
      onBroken?.(report);
    }
    onProgress?.(playedCount);
    if (broken.length >= MAX_BROKEN) stop.abort();
  };
  const shares = Array.from({ length: workerCount }, (_, index) => ({
    seed: firstSeed + index,
    endSeed: firstSeed + count,
    step: workerCount,
  }));
  await Promise.all(shares.map((share) => runWorker(share, hear, stop.signal)));
  return { playedCount, broken };
}

/** Enough to see whether they have something in common. */
const MAX_BROKEN = 5;

/**
 * A process of its own: V8 now and then ends a process in which several threads compile (`jit_page.has_value()`). Garbage is many short-lived
 * buffers, collected on the thread that makes them.
 */
async function runWorker(share: Share, hear: (report: Report) => void, signal: AbortSignal): Promise<void> {
  const worker = fork(fileURLToPath(new URL('./history-worker.ts', import.meta.url)), [JSON.stringify(share)], {
    execArgv: ['--single-threaded-gc', '--max-semi-space-size=32'],
  });
  worker.on('message', hear);
  signal.addEventListener('abort', () => worker.kill());
  // What it said last may come after its end.
  const [[exitCode]] = await Promise.all([once(worker, 'exit'), once(worker, 'disconnect')]);
  invariant(exitCode === 0 || signal.aborted, `A process that plays histories ended with ${exitCode}.`);
}
