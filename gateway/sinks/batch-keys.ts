/** `batch` of a sink that has one batch in flight at a time. */
export interface BatchKeys {
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** How long an event waits for others; 0 unless stated. */
  readonly maxAgeMs?: number;
}
