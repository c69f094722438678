import { describe, expect, it } from 'vitest';
import { heldBackMs, initialRateState, PAUSE_MS, type RateState, stepRate } from './publish-rate.ts';

const RATE = { perSecond: 10, burst: 20 };

/** Publishes as fast as it may from `fromMs` up to `untilMs`. */
function flood(from: RateState, fromMs: number, untilMs: number) {
  let state = from;
  let givenCount = 0;
  for (let nowMs = fromMs; nowMs <= untilMs; ) {
    const [next, waitMs] = stepRate(state, nowMs, RATE);
    state = next;
    if (waitMs === 0) givenCount++;
    nowMs += waitMs;
  }
  return { state, givenCount };
}

describe('stepRate', () => {
  it('gives the burst at once, and from then on the rate [P3]', () => {
    const start = initialRateState(0, RATE);
    const { state, givenCount } = flood(start, 0, 0);
    expect(givenCount).toBe(20);
    expect(stepRate(state, 0, RATE)[1]).toBe(100);
    expect(flood(start, 0, 60_000).givenCount).toBe(20 + 600);
  });

  it('gathers no more than the burst, however long nobody asks', () => {
    const { state } = flood(initialRateState(0, RATE), 0, 0);
    expect(flood(state, 86_400_000, 86_400_000).givenCount).toBe(20);
  });

  it('gives what it said it would give at the time it named, for every rate', () => {
    for (const perSecond of [1, 3, 7, 100, 333, 999]) {
      const rate = { perSecond, burst: 1 };
      const [empty] = stepRate(initialRateState(0, rate), 0, rate);
      const [held, waitMs] = stepRate(empty, 0.4, rate);
      expect([waitMs > 0, stepRate(held, 0.4 + waitMs, rate)[1]]).toEqual([true, 0]);
    }
  });
});

describe('heldBackMs', () => {
  it('grows while somebody waits again and again, and is 0 after a pause', () => {
    const { state } = flood(initialRateState(0, RATE), 0, 10_000);
    expect(heldBackMs(state, 10_000)).toBe(10_000);
    expect(heldBackMs(state, state.hold === undefined ? 0 : state.hold.untilMs + PAUSE_MS)).toBeGreaterThan(10_000);
    expect(heldBackMs(state, state.hold === undefined ? 0 : state.hold.untilMs + PAUSE_MS + 1)).toBe(0);
  });

  it('begins anew after a pause', () => {
    const { state } = flood(initialRateState(0, RATE), 0, 10_000);
    const again = flood(state, 20_000, 25_000);
    expect(again.givenCount).toBeGreaterThan(50);
    expect(heldBackMs(again.state, 25_000)).toBeLessThanOrEqual(5000);
  });

  it('is 0 for whoever stays below the rate', () => {
    let state = initialRateState(0, RATE);
    for (let nowMs = 0; nowMs < 60_000; nowMs += 101) [state] = stepRate(state, nowMs, RATE);
    expect(heldBackMs(state, 60_000)).toBe(0);
  });
});
