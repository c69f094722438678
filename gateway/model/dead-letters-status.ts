/** Events that a target refused for good [D6]. */
export interface DeadLettersStatus {
  readonly count: number;
  /** What they take; they go at `maxBytes` of disk, of which they may have a good half. */
  readonly sizeBytes: number;
  readonly maxBytes: number;
  /** Sinks that have any, or have had. */
  readonly sinks: readonly SinkDeadLetters[];
  /** Why letters cannot be written down now; until they can. */
  readonly lastError?: string;
}

/** Those of one sink. */
export interface SinkDeadLetters {
  readonly sink: string;
  readonly count: number;
  /** Of those, the ones that a person wants tried again, and the target has not taken yet. */
  readonly redrivingCount: number;
  /** Times that an event was buried, again or for the first time, since the start of the process. */
  readonly buriedCount: number;
  /** Letters that went because there was no room for them; over all starts. */
  readonly evictedCount: number;
  /** Letters that the disk did not give back, since the start of the process; absent while there is none. */
  readonly unreadableCount?: number;
  /** Why one was refused last, since the start of the process. */
  readonly lastReason?: string;
}
