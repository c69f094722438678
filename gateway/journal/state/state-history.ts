import { Choices } from '#gateway/journal/histories/choices.ts';
import { generateTrouble } from '#gateway/journal/histories/generate-history.ts';
import type { Death, Trouble } from '#gateway/journal/histories/history.ts';
import { seededRandom } from '#gateway/journal/open-test-journal.ts';

/** What happens to one map over several lives of its process, on a disk that fails and lies, as plain data. */
export interface StateHistory {
  readonly seed: number;
  readonly minLogBytes: number;
  readonly maxRecordBytes: number;
  readonly lives: readonly StateLife[];
}

/** One run of the process. */
export interface StateLife {
  /** What is wrong with the disk before the map is opened. */
  readonly before: readonly Trouble[];
  readonly commands: readonly StateCommand[];
  readonly death: Death;
}

/** What is done with the map, or to its disk. */
export type StateCommand =
  | { readonly do: 'set'; readonly keys: readonly number[]; readonly sizeBytes: number }
  | { readonly do: 'delete'; readonly keys: readonly number[] }
  | { readonly do: 'settle'; readonly isAwaited: boolean }
  | { readonly do: 'wait'; readonly durationMs: number }
  | { readonly do: 'holdSyncs' }
  | Trouble;

/** The history with this number; the same for ever, as long as this file is, and those that it uses. */
export function generateStateHistory(seed: number): StateHistory {
  const random = new Choices(seededRandom(seed));
  // A disk that lies excuses losses: most histories have none, so that nothing is excused.
  const mayLie = random.chance(0.3);
  return {
    seed,
    // From a log that is always too long to one that hardly ever is.
    minLogBytes: random.pick([1, 40_000, 40_000, 200_000]),
    maxRecordBytes: random.pick([200, 2000, 100_000]),
    lives: random.list(1, 5, () => generateLife(random, mayLie)),
  };
}

function generateLife(random: Choices, mayLie: boolean): StateLife {
  const mayFail = random.chance(0.5);
  const how = random.pick(['kill', 'powerCut', 'powerCut', 'powerCut', 'close'] as const);
  const atCall = random.integer(1, random.pick([60, 400]));
  return {
    before: mayFail && random.chance(0.2) ? [generateTrouble(random, { mayLie })] : [],
    commands: random.list(5, 60, () => generateCommand(random, { mayFail, mayLie })),
    death: how === 'close' ? { how } : { how, atCall, seed: random.integer(0, 2 ** 31) },
  };
}

function generateCommand(random: Choices, may: { readonly mayFail: boolean; readonly mayLie: boolean }): StateCommand {
  const dice = random.integer(0, 99);
  const keys = random.list(1, random.pick([1, 4, 12]), () => random.integer(0, KEY_COUNT - 1));
  if (dice < 35) return { do: 'set', keys, sizeBytes: random.integer(0, random.pick([20, 900, 3000])) };
  if (dice < 55) return { do: 'delete', keys };
  if (dice < 85) return { do: 'settle', isAwaited: random.chance(0.7) };
  if (dice < 92) return { do: 'wait', durationMs: random.pick([10, 1000, 5000]) };
  if (dice < 94) return { do: 'holdSyncs' };
  return may.mayFail ? generateTrouble(random, may) : { do: 'settle', isAwaited: true };
}

const KEY_COUNT = 24;
