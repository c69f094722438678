import { describe, expect, it } from 'vitest';
import type { StreamId } from '#gateway/model/message.ts';
import { type KeptStream, planRetention, type RetentionLimits } from './retention.ts';

/** A stream of segments with ten records and ten bytes each. */
function stream(
  id: string,
  count: number,
  fields: Partial<KeptStream & RetentionLimits> & { readonly agesMs?: readonly (number | undefined)[] } = {},
): KeptStream {
  const { maxBytes = 1000, overflow = 'dropOldest', maxAgeMs, agesMs = [] } = fields;
  return {
    // A brand is only a type: this is a slug.
    id: id as StreamId,
    limits: { maxBytes, overflow, maxAgeMs },
    segments: Array.from({ length: count }, (_, index) => {
      const ageMs = agesMs[index];
      return {
        lastSequence: 10 * (index + 1),
        sizeBytes: 10,
        newestMs: ageMs === undefined ? undefined : NOW_MS - ageMs,
      };
    }),
    fixedBytes: 10,
    passedSequence: 0,
    ...fields,
  };
}

const NOW_MS = 1_000_000;

function plan(streams: readonly KeptStream[], maxBytes = 10_000, nowMs?: number): string {
  return planRetention(streams, maxBytes, nowMs)
    .map((drop) => `${drop.stream} ${drop.reason}`)
    .join(', ');
}

describe('retention', () => {
  it('keeps a stream within its quota, the oldest first [J8]', () => {
    expect(plan([stream('a', 5, { maxBytes: 60 })])).toBe('');
    expect(plan([stream('a', 5, { maxBytes: 59 })])).toBe('a quota');
    expect(plan([stream('a', 5, { maxBytes: 5 })])).toBe('a quota, a quota, a quota, a quota, a quota');
  });

  it('gives up only what every cursor has passed where unread records come first', () => {
    const fields = { maxBytes: 10, overflow: 'rejectNew', passedSequence: 25 } as const;
    expect(plan([stream('a', 5, fields)])).toBe('a quota, a quota');
  });

  it('keeps all streams within the quota of the journal; the last one gives first, the first one last [J8]', () => {
    const streams = [stream('alerts', 2), stream('control', 1), stream('telemetry', 3)];
    expect(plan(streams, 90)).toBe('');
    expect(plan(streams, 70)).toBe('telemetry quota, telemetry quota');
    expect(plan(streams, 45)).toBe('telemetry quota, telemetry quota, telemetry quota, control quota, alerts quota');
  });

  it('lets others give where the last one may not', () => {
    const streams = [stream('a', 2), stream('b', 2, { overflow: 'rejectNew', passedSequence: 10 })];
    expect(plan(streams, 40)).toBe('b quota, a quota');
  });

  it('drops what is too old by trusted time; what has none is no younger than what comes behind it [J9]', () => {
    const fields = { maxAgeMs: 100, agesMs: [300, 101, 100, 500] };
    expect(plan([stream('a', 4, fields)], 10_000, NOW_MS)).toBe('a age, a age');
    expect(plan([stream('a', 2, { maxAgeMs: 100, agesMs: [undefined, 300] })], 10_000, NOW_MS)).toBe('a age, a age');
    expect(plan([stream('a', 2, { maxAgeMs: 100, agesMs: [undefined, 100] })], 10_000, NOW_MS)).toBe('');
    expect(plan([stream('a', 2, { maxAgeMs: 100 })], 10_000, NOW_MS)).toBe('');
    expect(plan([stream('a', 4, fields)], 10_000, undefined)).toBe('');
  });
});
