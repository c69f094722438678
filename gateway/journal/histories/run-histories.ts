import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
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

async function runWorker(share: Share, hear: (report: Report) => void, signal: AbortSignal): Promise<void> {
  const worker = new Worker(new URL('./history-worker.ts', import.meta.url), { workerData: share, execArgv: [] });
  worker.on('message', hear);
  signal.addEventListener('abort', () => void worker.terminate());
  await once(worker, 'exit');
}
