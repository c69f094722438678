/** A day of a link, Unix milliseconds: from its first instant up to that of the next. */
export interface LinkDay {
  readonly fromMs: number;
  readonly toMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** No time zone changes its offset but at a quarter of an hour. */
const OFFSET_STEP_MS = 15 * MINUTE_MS;
/** The first of January 1970 was a Thursday. */
const THURSDAY = 3;
const DAYS_PER_WEEK = 7;
const MINUTES_PER_DAY = 1440;

/**
 * When the days of a link begin, by the clocks on the wall of a time zone. Where these are put forward or back a day has 23 or 25 hours;
 * a beginning that they skip is the first instant after, and of one that they show twice the first counts.
 */
export class LinkCalendar {
  readonly #format: Intl.DateTimeFormat;
  readonly #startsAtMs: number;
  #day: LinkDay = { fromMs: 0, toMs: 0 };
  #offset = { fromMs: -1, offsetMs: 0 };

  /**
   * @param timeZone as in the database of the IANA, such as `Europe/Berlin`
   * @throws RangeError for one that is not there
   */
  constructor(timeZone: string, dayStartsAtMinute: number) {
    const numeric = 'numeric';
    this.#format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, hourCycle: 'h23', calendar: 'gregory', numberingSystem: 'latn' },
      ...{ year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric },
    });
    this.#startsAtMs = dayStartsAtMinute * MINUTE_MS;
  }

  /** The day of an instant. */
  dayOf(wallMs: number): LinkDay {
    if (wallMs < this.#day.fromMs || wallMs >= this.#day.toMs) this.#day = this.#findDay(wallMs);
    return this.#day;
  }

  /** What the clocks on the wall show, as minutes since Monday, 00:00. */
  minuteOfWeek(wallMs: number): number {
    const localMs = wallMs + this.#offsetAt(wallMs);
    const weekday = (Math.floor(localMs / DAY_MS) + THURSDAY) % DAYS_PER_WEEK;
    return weekday * MINUTES_PER_DAY + (Math.floor(localMs / MINUTE_MS) % MINUTES_PER_DAY);
  }

  /** Milliseconds until the clocks on the wall show so many minutes more than now; where they show it twice, until the next time. */
  untilMinute(wallMs: number, minutes: number): number {
    const localMs = wallMs + this.#offsetAt(wallMs);
    const untilMs = (Math.floor(localMs / MINUTE_MS) + minutes) * MINUTE_MS;
    const instantMs = this.#instantOf(untilMs);
    return instantMs > wallMs ? instantMs - wallMs : untilMs - localMs;
  }

  #findDay(wallMs: number): LinkDay {
    const localMs = wallMs + this.#offsetAt(wallMs);
    const date = Math.floor((localMs - this.#startsAtMs) / DAY_MS);
    const starts = [-1, 0, 1, 2].map((later) => this.#instantOf((date + later) * DAY_MS + this.#startsAtMs));
    const fromMs = Math.max(...starts.filter((start) => start <= wallMs));
    return { fromMs, toMs: Math.min(...starts.filter((start) => start > wallMs)) };
  }

  /** The first instant at which the clocks show that time or a later one. */
  #instantOf(localMs: number): number {
    const before = localMs - this.#offsetAt(localMs - DAY_MS);
    const after = localMs - this.#offsetAt(localMs + DAY_MS);
    const earlier = Math.min(before, after);
    const later = Math.max(before, after);
    for (const candidate of [earlier, later]) {
      if (candidate + this.#offsetAt(candidate) === localMs) return candidate;
    }
    // The clocks skip it.
    let instant = Math.ceil(earlier / OFFSET_STEP_MS) * OFFSET_STEP_MS;
    while (instant < later && instant + this.#offsetAt(instant) < localMs) instant += OFFSET_STEP_MS;
    return instant;
  }

  /** Local time less UTC. */
  #offsetAt(wallMs: number): number {
    const fromMs = Math.floor(wallMs / OFFSET_STEP_MS) * OFFSET_STEP_MS;
    if (fromMs === this.#offset.fromMs) return this.#offset.offsetMs;
    const shown: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(fromMs)) shown[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
    const offsetMs = Date.UTC(year, month - 1, day, hour, minute, second) - fromMs;
    this.#offset = { fromMs, offsetMs };
    return offsetMs;
  }
}
