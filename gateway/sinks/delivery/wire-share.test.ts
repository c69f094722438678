import { describe, expect, it } from 'vitest';
import { UNLIMITED } from '#gateway/sinks/link/allowance.ts';
import { TELEMETRY, Timeline } from './timeline.ts';
import { estimateWire, learnShare, MIN_SHARE, WHOLE_SHARE } from './wire-share.ts';

describe('the share of a batch that goes over the wire', () => {
  it('is the whole until something is known', () => {
    for (const bytes of [0, 10, 300, 1e6]) expect(estimateWire(WHOLE_SHARE, bytes)).toBe(bytes);
  });

  it('comes near what is seen within some batches, from above', () => {
    let share: number = WHOLE_SHARE;
    for (let batch = 0; batch < 12; batch++) share = learnShare(share, 65_536, 4096);
    const estimate = estimateWire(share, 65_536);
    expect(estimate).toBeGreaterThan(4096);
    expect(estimate).toBeLessThan(2.5 * 4096);
  });

  it('rises at once with a batch that compresses worse', () => {
    const share = learnShare(1 / 16, 65_536, 32_768);
    expect(estimateWire(share, 65_536)).toBeGreaterThanOrEqual(32_768);
  });

  it('charges little in full, since little compresses badly', () => {
    expect(estimateWire(MIN_SHARE, 200)).toBe(200);
    expect(learnShare(0.5, 200, 10)).toBe(0.5);
  });

  it.each([0, -1, NaN, Infinity, 1e12])('stays within its bounds whatever a target says: %s', (wireBytes) => {
    let share: number = WHOLE_SHARE;
    for (let batch = 0; batch < 100; batch++) share = learnShare(share, 65_536, wireBytes);
    expect(share).toBeGreaterThanOrEqual(MIN_SHARE);
    expect(share).toBeLessThanOrEqual(WHOLE_SHARE);
  });
});

describe('a loop that knows how its batches compress', () => {
  const batch = { maxEvents: 10, maxBytes: 10_000, maxAgeMs: 0 };
  const window = { maxEvents: 100, maxBytes: 10_000, ackTimeoutMs: 10_000 };
  const open = () => new Timeline([TELEMETRY], { batch, window }).online({ maxEventsPerSend: 100 });
  const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

  /** Ten events of 1000 bytes a batch, each of which takes 500 bytes compressed. */
  function learnt(): Timeline {
    const timeline = open();
    for (let flight = 1; flight <= 12; flight++) {
      timeline.read(numbers(10 * flight - 9, 10), 10 * flight, TELEMETRY, { sizeBytes: 1000 });
      timeline.answer(flight, { kind: 'accepted', wireBytes: 500 });
    }
    return timeline;
  }

  const sends = (lines: readonly string[]) => lines.filter((line) => line.startsWith('send'));

  it('fills the window of the hub with several, and the memory with no more than four windows', () => {
    const fresh = open();
    expect(sends(fresh.read(numbers(1, 50), 50, TELEMETRY, { sizeBytes: 1000 }))).toHaveLength(1);
    expect(sends(learnt().read(numbers(121, 50), 170, TELEMETRY, { sizeBytes: 1000 })).length).toBeGreaterThan(2);
    expect(sends(learnt().read(numbers(121, 90), 210, TELEMETRY, { sizeBytes: 1000 })).length).toBeLessThanOrEqual(4);
  });

  it('does not wait for a link that has room for what it takes', () => {
    const timeline = learnt();
    timeline.allowance = { ...UNLIMITED, bytes: 1500, urgentBytes: 1500, maxEventBytes: 1500, moreAtMs: 9000 };
    const [first] = sends(timeline.read(numbers(121, 10), 130, TELEMETRY, { sizeBytes: 1000 }));
    expect(first?.split(',')).toHaveLength(10);
  });
});
