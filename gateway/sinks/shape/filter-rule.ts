/** One rule of a sink's filter, as configured. Every rule whose `topics` match an event applies, in order; `docs/delivery.md` has the whole. */
export interface FilterRule {
  /** MQTT topic filters of the local topic. */
  readonly topics: readonly string[];
  /** Nothing that matches is forwarded; stands alone. */
  readonly drop?: true | undefined;
  /** A condition on the payload: see `expression/parse-expression.ts`. */
  readonly when?: string | undefined;
  /** Events of one topic are at least so far apart. */
  readonly minIntervalMs?: number | undefined;
  /** Unchanged ones are forwarded nevertheless once the last is so old. */
  readonly maxIntervalMs?: number | undefined;
  /** A number alone is of a payload that is a number. */
  readonly deadband?: number | Deadband | undefined;
  /** `true`: anything but the envelope of an event; otherwise these fields. */
  readonly onChange?: true | readonly string[] | undefined;
  /** Keep these of an event of ours, and its envelope. */
  readonly fields?: readonly string[] | undefined;
  /** Leave these out of an event of ours. */
  readonly withoutFields?: readonly string[] | undefined;
  /** The local topic to forward under; `${1}` is what the first wildcard matched. */
  readonly topic?: string | undefined;
}

/** How far a number must be from the one forwarded last to be news; with both the larger holds. */
export interface Deadband {
  readonly field: string;
  /** In the unit of the field. */
  readonly absolute?: number | undefined;
  /** Of the value forwarded last. */
  readonly percent?: number | undefined;
}

/** Rules of one sink. */
export const MAX_FILTER_RULES = 100;
/** Topic filters of one rule. */
export const MAX_RULE_TOPICS = 100;
/** Fields that one rule watches, keeps or leaves out. */
export const MAX_RULE_FIELDS = 100;
/** Longest interval: 30 days. */
export const MAX_RULE_INTERVAL_MS = 30 * 86_400_000;
