import { AGGREGATES, type Aggregate, type CompleteRule, DEFAULT_RULE } from '#devices/can/reduction/report-rules.ts';

/** What is published of a CAN bus where the configuration does not say. */
export const DEFAULT_REPORT: CompleteRule = DEFAULT_RULE;

/** What may be published of a window. */
export const WINDOW_AGGREGATES: readonly Aggregate[] = AGGREGATES;
