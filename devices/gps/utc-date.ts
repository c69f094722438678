/** A moment of which time and date were known. */
export interface DatedMoment {
  readonly timeOfDayMs: number;
  /** Midnight UTC of the date, Unix milliseconds. */
  readonly dateUnixMs: number;
}

/**
 * The date of an epoch, from what its own sentences state and from the epoch before. The host's date is never asked [S5].
 *
 * Without a date of its own an epoch has that of its predecessor, or the day after if the time of day has begun anew. A receiver
 * may still state yesterday in its first epoch after midnight: then the time of day is right and the date is late.
 *
 * @returns midnight UTC in Unix milliseconds; undefined as long as no date was ever stated
 */
export function resolveDateUnixMs(
  previous: DatedMoment | undefined,
  timeOfDayMs: number,
  statedDateUnixMs: number | undefined,
): number | undefined {
  if (previous === undefined) return statedDateUnixMs;
  const hasPassedMidnight = timeOfDayMs < previous.timeOfDayMs - DAY_MS / 2;
  const isStatedDateLate = statedDateUnixMs === previous.dateUnixMs;
  if (hasPassedMidnight && (statedDateUnixMs === undefined || isStatedDateLate)) return previous.dateUnixMs + DAY_MS;
  return statedDateUnixMs ?? previous.dateUnixMs;
}

const DAY_MS = 24 * 60 * 60 * 1000;
