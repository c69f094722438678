import { invariant } from '#gateway/model/errors.ts';
import { generateHistory } from './generate-history.ts';
import { describeHistory, type History } from './history.ts';
import { playHistory } from './play-history.ts';
import { shortenHistory } from './shorten-history.ts';

/** Which histories a worker plays: every `step`-th from `seed` on, before `endSeed`. */
export interface Share {
  readonly seed: number;
  readonly endSeed: number;
  readonly step: number;
}

/** What a worker tells: how far it has come, or what went wrong. */
export type Report = { readonly playedCount: number } | BrokenHistory;

/** A history that breaks a guarantee, as text for people. */
export interface BrokenHistory {
  readonly seed: number;
  readonly text: string;
}

const REPORT_COUNT = 50;
const STACK_FRAMES = 10;

async function playShare({ seed: firstSeed, endSeed, step }: Share, tell: (report: Report) => void): Promise<void> {
  let playedCount = 0;
  for (let seed = firstSeed; seed < endSeed; seed += step) {
    const history = generateHistory(seed);
    // Failing disks make many errors, and where each came from takes its time to find out.
    Error.stackTraceLimit = 0;
    const violation = await playHistory(history);
    Error.stackTraceLimit = STACK_FRAMES;
    if (violation !== undefined) tell({ seed, text: await explain(history) });
    playedCount++;
    if (playedCount % REPORT_COUNT > 0 && seed + step < endSeed) continue;
    tell({ playedCount });
    playedCount = 0;
  }
}

async function explain(history: History): Promise<string> {
  const invariantOf = async (candidate: History) => (await playHistory(candidate))?.invariant;
  const broken = await invariantOf(history);
  const shortest = await shortenHistory(history, async (candidate) => (await invariantOf(candidate)) === broken);
  const violation = await playHistory(shortest);
  return `${violation?.message ?? 'It went wrong once, and not again.'}\n${describeHistory(shortest)}`;
}

const [, , share = ''] = process.argv;
invariant(process.send !== undefined, 'This file is the start of a process for `runHistories`.');
// `runHistories` passes a Share.
await playShare(JSON.parse(share) as Share, (report) => process.send?.(report));
