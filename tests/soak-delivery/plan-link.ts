import { pick, seededRandom } from '#tests/support/seeded-random.ts';

/** What the link of the hub may carry. */
export interface LinkLimits {
  readonly maxBytesPerSecond?: number;
  /** Spent before anything else happens, and raised then. */
  readonly maxBytesPerDay?: number;
  /** Of them, what only alerts may use. */
  readonly alertReserveBytes?: number;
}

/** What a person says of the link, and takes back. */
export interface ModeChange {
  readonly kind: 'mode';
  readonly mode: 'metered' | 'off';
  readonly forMs: number;
  /** The gateway dies in the midst of it. */
  readonly isKilled: boolean;
}

/** The link rests when its day is spent, however often the gateway dies on the way. */
export interface SpentDay {
  readonly kind: 'spendDay';
  readonly killCount: number;
}

/** The part of a plan that concerns the link as the gateway sees it. */
export interface LinkPlan {
  readonly limits: LinkLimits;
  readonly spentDay: SpentDay | undefined;
  readonly changes: readonly ModeChange[];
}

const KIBI = 1024;
const MIN_RATE_BYTES = 16 * KIBI;
/** Some alerts. */
const MIN_RESERVE_BYTES = 20 * KIBI;

/** @param wireBytes about what the first sink sends in all @param modes that can be told apart at the hub */
export function planLink(seed: number, wireBytes: number, modes: readonly ModeChange['mode'][]): LinkPlan {
  const random = seededRandom(seed);
  const isBounded = random.next() < 0.25;
  const maxBytesPerSecond = Math.max(MIN_RATE_BYTES, Math.ceil(wireBytes / random.integer(3, 6)));
  const isOfDays = random.next() < 0.25;
  // A kill costs what was written ahead, some 30 KiB.
  const killCount = random.integer(0, 2);
  const maxBytesPerDay = random.integer(100, 160 + 100 * killCount) * KIBI;
  const changeCount = pick(random, [0, 0, 1, 2]);
  const changes = Array.from({ length: changeCount }, () => {
    const mode = pick(random, modes);
    return { kind: 'mode', mode, forMs: random.integer(50, 400), isKilled: random.next() < 0.4 } as const;
  });
  const day = { maxBytesPerDay, alertReserveBytes: pick(random, [0, MIN_RESERVE_BYTES, maxBytesPerDay / 2]) };
  return {
    limits: { ...(isBounded && { maxBytesPerSecond }), ...(isOfDays && day) },
    spentDay: isOfDays ? { kind: 'spendDay', killCount } : undefined,
    changes,
  };
}
