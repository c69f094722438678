import { seededRandom } from '#gateway/journal/open-test-journal.ts';
import type { Command, Death, History, Life, Trouble } from './history.ts';

/** The history with this number; the same for ever, as long as this file is. */
export function generateHistory(seed: number): History {
  const random = new Choices(seededRandom(seed));
  // A disk that lies excuses losses: half of the histories have none, so that nothing is excused.
  const mayLie = random.chance(0.5);
  const lives = random.list(1, 5, () => generateLife(random, mayLie));
  return { settings: { seed, segmentBytes: random.pick([8192, 16_384, 32_768]) }, lives };
}

function generateLife(random: Choices, mayLie: boolean): Life {
  return {
    isMoved: random.chance(0.06),
    before: random.chance(0.15) ? [generateTrouble(random, mayLie)] : [],
    commands: random.list(1, 14, () => generateCommand(random, mayLie)),
    death: generateDeath(random),
  };
}

function generateDeath(random: Choices): Death {
  const how = random.pick(['kill', 'powerCut', 'powerCut', 'close'] as const);
  return how === 'close' ? { how } : { how, atCall: random.integer(1, 160), seed: random.integer(0, 2 ** 31) };
}

function generateCommand(random: Choices, mayLie: boolean): Command {
  const kind = random.integer(0, 99);
  const stream = random.chance(0.7) ? 0 : 1;
  if (kind < 45) {
    const sizeBytes = random.chance(0.9) ? random.integer(1, 900) : random.integer(900, 6000);
    return { do: 'append', stream, count: random.integer(1, 6), sizeBytes, isAwaited: random.chance(0.6) };
  }
  if (kind < 60) return { do: 'drain', sink: stream, count: random.integer(1, 12), isPersisted: random.chance(0.5) };
  if (kind < 68) return { do: 'read', stream, maxEvents: random.integer(1, 20), isAwaited: random.chance(0.5) };
  if (kind < 76) return { do: 'wait', durationMs: random.pick([10, 150, 1000, 15_000]) };
  if (kind < 77) return { do: 'markClock' };
  if (kind < 79) return { do: 'stepClock', byMs: random.pick([-1e9, -5000, 5000, 3.6e6]) };
  if (kind < 83) return { do: 'holdSyncs' };
  return generateTrouble(random, mayLie);
}

function generateTrouble(random: Choices, mayLie: boolean): Trouble {
  const kind = random.integer(0, 99);
  if (mayLie && kind < 25) return { do: 'flipBit', seed: random.integer(0, 2 ** 31) };
  if (mayLie && kind < 50) return { do: 'lie', lie: random.pick(LIES), seed: random.integer(0, 2 ** 31) };
  if (kind < 65) {
    const operation = random.pick(OPERATIONS);
    return { do: 'fail', operation, code: random.chance(0.75) ? 'EIO' : 'ENOSPC', count: random.integer(1, 4) };
  }
  if (kind < 80) return { do: 'full', freeBlocks: random.integer(0, 6), isCopyOnWrite: random.chance(0.3) };
  if (kind < 85) return { do: 'readOnly' };
  return { do: 'heal' };
}

const LIES = ['lostWrite', 'misplacedWrite', 'staleRead', 'idleSync'] as const;
const OPERATIONS = [
  'write',
  'write',
  'datasync',
  'datasync',
  'syncDirectory',
  'open',
  'rename',
  'unlink',
  'read',
] as const;

class Choices {
  readonly #next: () => number;

  constructor(next: () => number) {
    this.#next = next;
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  integer(min: number, max: number): number {
    return min + Math.floor(this.#next() * (max - min + 1));
  }

  pick<const T>(choices: readonly [T, ...T[]]): T {
    return choices[this.integer(0, choices.length - 1)] ?? choices[0];
  }

  list<T>(min: number, max: number, make: () => T): readonly T[] {
    return Array.from({ length: this.integer(min, max) }, make);
  }
}
