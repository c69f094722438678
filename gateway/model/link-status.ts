/** How a link may be used: `metered` for the lanes that its configuration names, `off` for nothing at all. */
export type LinkMode = (typeof LINK_MODES)[number];

/** Every {@link LinkMode}. */
export const LINK_MODES = ['normal', 'metered', 'off'] as const;

/** Who said so: the configuration, its schedule, a person at the command line, or a command on the broker. */
export type LinkModeSource = 'configuration' | 'schedule' | 'cli' | 'command';

/** One link: how it may be used, and what went over it. */
export interface LinkStatus {
  readonly id: string;
  readonly mode: LinkMode;
  readonly modeFrom: LinkModeSource;
  /** Until that ends by itself; absent where it does not. */
  readonly modeEndsInMs?: number;
  /**
   * `spent`: nothing of the day is left, not even of the reserve, and no connection is made. `reserved`: only the reserve is.
   * `low`: beside it less than a 32nd of the day, for urgent lanes and what fits: batches that it would cut wait.
   */
  readonly state: 'open' | 'low' | 'reserved' | 'spent' | 'off';
  /** What people can do about a day that runs low or is spent; absent where nothing is to be done. */
  readonly remedy?: string;
  /** Why the count of the day cannot be kept over a restart; nothing is sent beyond what was kept before. */
  readonly lastError?: string;
  /** Since the start of the process, counted at the sockets, under TLS. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly connectionCount: number;
  /** Absent where none is configured. */
  readonly maxBytesPerSecond?: number;
  readonly day: LinkDayStatus;
}

/** The day under way. */
export interface LinkDayStatus {
  /** Both ways, with what is in flight; after a power cut also what may have gone and was not noted. */
  readonly usedBytes: number;
  /** Absent where none is configured. */
  readonly maxBytes?: number;
  readonly reserveBytes: number;
  /** `date`: since `dayStartsAt`. `elapsed`: nobody knows the date, and what was used in the last 25 hours of running counts. */
  readonly basis: 'date' | 'elapsed';
  /** Until the next begins; absent while nobody knows the date. */
  readonly endsInMs?: number;
}
