import { describe, expect, it } from 'vitest';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { ReceiveThrottle } from './receive-throttle.ts';

const RATE = { maxPublishesPerSecond: 10, maxReceivedBytesPerSecond: 1000 };

describe('ReceiveThrottle', () => {
  it('lets as many publishes pass at once as otherwise in a second, then one at a time', async () => {
    const clock = new FakeClock();
    const throttle = new ReceiveThrottle(RATE, clock);
    expect(throttle.allowance()).toBe(10);
    throttle.charge(10, 20);
    expect([throttle.allowance(), throttle.waitMs]).toEqual([0, 100]);
    await clock.advance(99);
    expect(throttle.allowance()).toBe(0);
    await clock.advance(1);
    expect(throttle.allowance()).toBe(1);
  });

  it('gives back no more than a second of quiet', async () => {
    const clock = new FakeClock();
    const throttle = new ReceiveThrottle(RATE, clock);
    throttle.charge(10, 1000);
    await clock.advance(60_000);
    expect(throttle.allowance()).toBe(10);
  });

  it('makes up for bytes that have come already before anything passes', async () => {
    const clock = new FakeClock();
    const throttle = new ReceiveThrottle(RATE, clock);
    throttle.charge(1, 3000);
    expect([throttle.allowance(), throttle.waitMs]).toEqual([0, 2000]);
    await clock.advance(2001);
    expect(throttle.allowance()).toBe(10);
  });

  it('keeps the rate over many short waits', async () => {
    const clock = new FakeClock();
    const throttle = new ReceiveThrottle({ ...RATE, maxPublishesPerSecond: 333 }, clock);
    let passedCount = 0;
    while (clock.monotonicMs() < 10_000) {
      const allowed = throttle.allowance();
      throttle.charge(allowed, 0);
      passedCount += allowed;
      await clock.advance(throttle.waitMs);
    }
    expect(passedCount).toBeGreaterThan(0.8 * 3330);
    expect(passedCount).toBeLessThanOrEqual(333 + 3330);
  });
});
