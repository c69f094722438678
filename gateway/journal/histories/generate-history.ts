import { seededRandom } from '#gateway/journal/open-test-journal.ts';
import type { RetentionLimits } from '#gateway/journal/retention.ts';
import { Choices } from './choices.ts';
import { extendHistory } from './extend-history.ts';
import { type Command, type Death, type History, type Life, STREAM_NAMES, type Trouble } from './history.ts';

/** The history with this number; the same for ever, as long as this file is, and those that it uses. */
export function generateHistory(seed: number): History {
  const history = generatePlain(seed);
  return seed < FIRST_EXTENDED_SEED ? history : extendHistory(history);
}

/** Those before are what they always were: tests name some of them. */
const FIRST_EXTENDED_SEED = 1e9;

function generatePlain(seed: number): History {
  const random = new Choices(seededRandom(seed));
  // A disk that lies excuses losses: half of the histories have none, so that nothing is excused.
  const mayLie = random.chance(0.5);
  const isCompressed = random.chance(0.2);
  // What is compressed in the thread pool is done at its own time, and no history would be the same twice.
  const kind = { mayLie, mayBeLarge: !isCompressed };
  const lives = random.list(1, 5, () => generateLife(random, kind));
  const settings = {
    seed,
    segmentBytes: random.pick([16_384, 16_384, 32_768, 65_536]),
    isCompressed,
    sync: random.chance(0.75) ? ('always' as const) : { everyMs: random.pick([20, 500]) },
    lingerMs: random.chance(0.85) ? 0 : 5,
    retention: STREAM_NAMES.map(() => (random.chance(0.5) ? generateLimits(random) : undefined)),
    ...(random.chance(0.1) ? { maxBytes: 400_000 } : {}),
  };
  return { settings, lives };
}

interface Kind {
  readonly mayLie: boolean;
  readonly mayBeLarge: boolean;
}

function generateLife(random: Choices, kind: Kind): Life {
  return {
    isMoved: random.chance(0.06),
    before: random.chance(0.15) ? [generateTrouble(random, kind)] : [],
    commands: random.list(1, 14, () => generateCommand(random, kind)),
    death: generateDeath(random),
  };
}

function generateDeath(random: Choices): Death {
  const how = random.pick(['kill', 'powerCut', 'powerCut', 'close'] as const);
  return how === 'close' ? { how } : { how, atCall: random.integer(1, 160), seed: random.integer(0, 2 ** 31) };
}

function generateCommand(random: Choices, kind: Kind): Command {
  const dice = random.integer(0, 99);
  const stream = random.chance(0.7) ? 0 : 1;
  if (dice < 45) {
    const sizeBytes = generateSize(random, kind);
    return { do: 'append', stream, count: random.integer(1, 6), sizeBytes, isAwaited: random.chance(0.6) };
  }
  if (dice < 60) return { do: 'drain', sink: stream, count: random.integer(1, 12), isPersisted: random.chance(0.5) };
  if (dice < 63) return { do: 'jump', sink: stream, count: random.integer(1, 5) };
  if (dice < 69) return { do: 'read', stream, maxEvents: random.integer(1, 20), isAwaited: random.chance(0.5) };
  if (dice < 76) return { do: 'wait', durationMs: random.pick([10, 150, 1000, 15_000]) };
  if (dice < 77) return { do: 'markClock' };
  if (dice < 79) return { do: 'stepClock', byMs: random.pick([-1e9, -5000, 5000, 3.6e6]) };
  if (dice < 83) return { do: 'holdSyncs' };
  return generateTrouble(random, kind);
}

function generateLimits(random: Choices): RetentionLimits {
  return {
    maxBytes: random.pick([65_536, 131_072]),
    ...(random.chance(0.3) ? { maxAgeMs: 10_000 } : {}),
    overflow: random.chance(0.7) ? 'dropOldest' : 'rejectNew',
  };
}

function generateSize(random: Choices, { mayBeLarge }: Kind): number {
  if (!mayBeLarge) return random.integer(1, 300);
  return random.chance(0.8) ? random.integer(1, 900) : random.integer(900, 9000);
}

/** Something that happens to a disk; only one that may lie loses what was synced. */
export function generateTrouble(random: Choices, { mayLie }: Pick<Kind, 'mayLie'>): Trouble {
  const dice = random.integer(0, 99);
  if (mayLie && dice < 15) return { do: 'flipBit', seed: random.integer(0, 2 ** 31) };
  if (mayLie && dice < 25) return { do: 'breakSector', seed: random.integer(0, 2 ** 31) };
  if (mayLie && dice < 50) return { do: 'lie', lie: random.pick(LIES), seed: random.integer(0, 2 ** 31) };
  if (dice < 65) {
    const operation = random.pick(OPERATIONS);
    return { do: 'fail', operation, code: random.chance(0.75) ? 'EIO' : 'ENOSPC', count: random.integer(1, 4) };
  }
  if (dice < 80) return { do: 'full', freeBlocks: random.integer(0, 6), isCopyOnWrite: random.chance(0.3) };
  if (dice < 85) return { do: 'readOnly' };
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
