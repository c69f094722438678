import { DAY_MS, forwardMs } from './time-of-day.ts';

/**
 * Knows the date of every time of day that one receiver states, from the dates that it states now and then: once a minute, in one of
 * its sentences, or late. The host's date is never asked [S5].
 */
export class DateKeeper {
  #timeOfDayMs: number | undefined;
  #dateUnixMs = 0;

  /**
   * The receiver has said that it is this date at this time.
   *
   * Just after midnight a receiver may still state yesterday (RMC of some does in its first epochs): then the time of day is right and
   * the date is late.
   */
  state(timeOfDayMs: number, dateUnixMs: number): void {
    const knownUnixMs = this.dateOf(timeOfDayMs);
    const isLate = timeOfDayMs < MAX_LATE_DATE_MS && knownUnixMs !== undefined && dateUnixMs === knownUnixMs - DAY_MS;
    this.#timeOfDayMs = timeOfDayMs;
    this.#dateUnixMs = isLate ? knownUnixMs : dateUnixMs;
  }

  /**
   * Goes along with the receiver's time, so that a date holds over more than one midnight.
   *
   * @returns midnight UTC in Unix milliseconds; undefined while no date was stated, or after a jump that the last one says nothing about
   */
  advance(timeOfDayMs: number): number | undefined {
    const dateUnixMs = this.dateOf(timeOfDayMs);
    if (dateUnixMs === undefined) return undefined;
    this.#timeOfDayMs = timeOfDayMs;
    this.#dateUnixMs = dateUnixMs;
    return dateUnixMs;
  }

  /** As {@link DateKeeper.advance}, and stays where it is. */
  dateOf(timeOfDayMs: number): number | undefined {
    const last = this.#timeOfDayMs;
    if (last === undefined) return undefined;
    if (forwardMs(last, timeOfDayMs) <= MAX_DATED_GAP_MS) return this.#dateUnixMs + (timeOfDayMs < last ? DAY_MS : 0);
    if (forwardMs(timeOfDayMs, last) <= MAX_DATED_GAP_MS) return this.#dateUnixMs - (timeOfDayMs > last ? DAY_MS : 0);
    return undefined;
  }
}

/** So long after midnight a date of yesterday is a late one. */
const MAX_LATE_DATE_MS = 60_000;
/** A receiver that says nothing for longer has to state its date again, for how many midnights went by is not known. */
const MAX_DATED_GAP_MS = 3_600_000;
