import type { AcceptedWithin } from '#tests/support/counting-publisher.ts';

/** A filter that remembers what it let through last, on topics below these. */
export type MemoryFilter = { readonly topics: readonly string[] } & (
  | { readonly kind: 'onChange' }
  | { readonly kind: 'deadband'; readonly absolute: number; readonly maxIntervalMs?: number }
  | { readonly kind: 'minInterval'; readonly minIntervalMs: number }
);

/** One publish as its publisher knows it. */
export interface Made extends AcceptedWithin {
  readonly counter: number;
}

/** What is to become of an event; `either` where the publisher's clock cannot tell. */
export type Verdict = 'goes' | 'stays' | 'either';

/** Stamps are whole milliseconds, and between two starts those of the date. */
const CLOCK_ERROR_MS = 5;
const SWING = 100;
const COUNTERS_PER_RADIAN = 60;
const COUNTERS_PER_STATE = 20;
const STATE_COUNT = 3;

/** What a publisher says beside its counter: a level that drifts to and fro, and a state that stays for a while. */
export function valuesOf(counter: number) {
  const level = Math.round(SWING * Math.sin(counter / COUNTERS_PER_RADIAN));
  return { level, state: Math.floor(counter / COUNTERS_PER_STATE) % STATE_COUNT };
}

/** The rule as it stands in the configuration of a sink. */
export function ruleOf(filter: MemoryFilter): object {
  const { topics } = filter;
  switch (filter.kind) {
    case 'onChange':
      return { topics, onChange: ['state'] };
    case 'deadband': {
      const { absolute, maxIntervalMs } = filter;
      return {
        topics,
        deadband: { field: 'level', absolute },
        ...(maxIntervalMs === undefined ? {} : { maxIntervalMs }),
      };
    }
    case 'minInterval':
      return { topics, minIntervalMs: filter.minIntervalMs };
  }
}

/**
 * What docs/delivery.md promises of one event, from the values and clocks of the publisher alone.
 *
 * @param before the one of its topic that went last
 */
export function judgeFilter(filter: MemoryFilter, now: Made, before: Made | undefined): Verdict {
  if (before === undefined) return 'goes';
  const [value, last] = [valuesOf(now.counter), valuesOf(before.counter)];
  switch (filter.kind) {
    case 'onChange':
      return value.state === last.state ? 'stays' : 'goes';
    case 'deadband':
      if (Math.abs(value.level - last.level) > filter.absolute) return 'goes';
      return filter.maxIntervalMs === undefined ? 'stays' : judgeInterval(filter.maxIntervalMs, now, before);
    case 'minInterval':
      return judgeInterval(filter.minIntervalMs, now, before);
  }
}

/** Whether so much time lies between two publishes. */
function judgeInterval(ms: number, now: Made, before: Made): Verdict {
  if (now.sentMs - before.acknowledgedMs >= ms + CLOCK_ERROR_MS) return 'goes';
  return now.acknowledgedMs - before.sentMs < ms - CLOCK_ERROR_MS ? 'stays' : 'either';
}
