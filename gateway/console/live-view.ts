import type { GatewayStatus } from '#gateway/model/status.ts';

/**
 * What the page and the console's API exchange. Times are milliseconds since the Unix epoch by the gateway's own clock, so a
 * browser with another idea of the time still shows spans that are right.
 */
export interface LiveView {
  readonly nowMs: number;
  readonly status: GatewayStatus;
  readonly rates: Rates;
  /** How long the oldest record that a sink has not dealt with has waited; a sink without a backlog is absent. */
  readonly oldestUnsentMs: Readonly<Record<string, number>>;
  /** What is wrong now. */
  readonly problems: readonly Problem[];
}

/** Something that is wrong: where, what, and what to do about it. */
export interface Problem {
  readonly part: string;
  readonly what: string;
  /** Empty where nobody need do anything. */
  readonly remedy: string;
}

/** Averages over the last few seconds, per second. */
export interface Rates {
  readonly publishedPerSecond: number;
  readonly journaledPerSecond: number;
  readonly sources: Readonly<Record<string, number>>;
  readonly sinks: Readonly<Record<string, number>>;
  /** Bytes at the sockets, both ways. */
  readonly links: Readonly<Record<string, number>>;
}

/** `GET /api/history`: everything that the console remembers. It lives in memory and begins anew with the process. */
export interface HistoryView {
  /** Nothing before this moment is known. */
  readonly watchedSinceMs: number;
  readonly samples: readonly HistorySample[];
  readonly outages: readonly Outage[];
  readonly track: readonly Fix[];
}

/** One second of the gateway's life. */
export interface HistorySample {
  readonly atMs: number;
  readonly journaledPerSecond: number;
  readonly sinks: readonly { readonly id: string; readonly sentPerSecond: number; readonly backlogCount: number }[];
}

/** A span in which a sink did not have its peer. */
export interface Outage {
  readonly sink: string;
  readonly startedMs: number;
  /** Absent while it lasts. */
  readonly endedMs?: number;
  /** When everything kept had been dealt with; absent until then. */
  readonly drainedMs?: number;
  readonly reason?: string;
  /** Its link was shut all the while, by mode or budget: as somebody wanted it. */
  readonly isHeld: boolean;
  /** Records that waited when it ended, or wait now. */
  readonly keptCount: number;
  /** How many of those have been sent, or filtered out, since. */
  readonly sentCount: number;
}

/** A position that a receiver reported. */
export interface Fix {
  readonly device: string;
  readonly atMs: number;
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly speedKmh?: number;
  readonly headingDeg?: number;
}

/** Events of the stream `GET /api/events`, by name. */
export interface ConsoleEvents {
  readonly live: LiveView;
  readonly sample: HistorySample;
  readonly outages: readonly Outage[];
  readonly fix: Fix;
}
