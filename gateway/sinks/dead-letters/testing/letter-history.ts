import { Choices } from '#gateway/journal/histories/choices.ts';
import { generateTrouble } from '#gateway/journal/histories/generate-history.ts';
import type { Death, Trouble } from '#gateway/journal/histories/history.ts';
import { seededRandom } from '#gateway/journal/open-test-journal.ts';

/** What happens to the dead letters over several lives of the process, on a disk that fails and lies, as plain data. */
export interface LetterHistory {
  readonly seed: number;
  readonly maxBytes: number;
  readonly lives: readonly LetterLife[];
}

/** One run of the process. */
export interface LetterLife {
  readonly before: readonly Trouble[];
  readonly commands: readonly LetterCommand[];
  readonly death: Death;
}

/** What is done with the letters, or to their disk. Letters that are there are told by their place among them. */
export type LetterCommand =
  | { readonly do: 'bury'; readonly count: number; readonly sizeBytes: number }
  | { readonly do: 'buryAgain'; readonly place: number; readonly sizeBytes: number }
  | { readonly do: 'drop' | 'redrive'; readonly places: readonly number[] }
  /** The target takes what is to be tried again, but refuses the letter at that place of the queue. */
  | { readonly do: 'deliver'; readonly count: number; readonly refusedAt: number | undefined }
  | { readonly do: 'settle' }
  | { readonly do: 'wait'; readonly durationMs: number }
  | Trouble;

/** The history with this number; the same for ever, as long as this file is, and those that it uses. */
export function generateLetterHistory(seed: number): LetterHistory {
  const random = new Choices(seededRandom(seed));
  const mayLie = random.chance(0.25);
  return {
    seed,
    // From a quota that is always too small to one that never is.
    maxBytes: random.pick([40_000, 90_000, 2 ** 22]),
    lives: random.list(1, 4, () => generateLife(random, mayLie)),
  };
}

function generateLife(random: Choices, mayLie: boolean): LetterLife {
  const mayFail = random.chance(0.5);
  const how = random.pick(['kill', 'powerCut', 'powerCut', 'powerCut', 'close'] as const);
  const atCall = random.integer(1, random.pick([60, 400]));
  return {
    before: mayFail && random.chance(0.2) ? [generateTrouble(random, { mayLie })] : [],
    commands: random.list(5, 40, () => generateCommand(random, { mayFail, mayLie })),
    death: how === 'close' ? { how } : { how, atCall, seed: random.integer(0, 2 ** 31) },
  };
}

function generateCommand(random: Choices, may: { readonly mayFail: boolean; readonly mayLie: boolean }): LetterCommand {
  const dice = random.integer(0, 99);
  const sizeBytes = random.integer(0, random.pick([20, 900, 3000]));
  const places = random.list(1, random.pick([1, 5]), () => random.integer(0, 30));
  if (dice < 40) return { do: 'bury', count: random.integer(1, random.pick([1, 8])), sizeBytes };
  if (dice < 50) return { do: 'buryAgain', place: random.integer(0, 30), sizeBytes };
  if (dice < 60) return { do: 'drop', places };
  if (dice < 72) return { do: 'redrive', places };
  if (dice < 84) {
    return {
      do: 'deliver',
      count: random.integer(1, 5),
      refusedAt: random.chance(0.4) ? random.integer(0, 3) : undefined,
    };
  }
  if (dice < 92) return { do: 'settle' };
  if (dice < 94) return { do: 'wait', durationMs: random.pick([10, 1000, 5000]) };
  return may.mayFail ? generateTrouble(random, may) : { do: 'settle' };
}
