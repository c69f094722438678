import { describe, expect, it } from 'vitest';
import { isAllowed } from './allowance.ts';
import {
  allowanceOf,
  type BudgetEvent,
  type BudgetPolicy,
  type BudgetState,
  bytesToCover,
  dayState,
  pendingBytes,
  startBudget,
  stepBudget,
} from './budget.ts';
import { NEW_LEDGER, usedBytes } from './day-ledger.ts';
import { LinkCalendar } from './link-calendar.ts';

const UNBOUNDED: BudgetPolicy = {
  ...{ maxBytesPerSecond: undefined, maxEventsPerSecond: undefined, maxBytesPerDay: undefined, reserveBytes: 0 },
  calendar: new LinkCalendar('UTC', 0),
};
const NOON = Date.parse('2026-11-28T12:00:00Z');
const meter = (sentBytes: number, receivedBytes = 0): BudgetEvent => ({ kind: 'meter', sentBytes, receivedBytes });
const charge = (bytes: number, events = 1): BudgetEvent => ({ kind: 'charge', bytes, events });

/** A link at work, its time told by hand. */
class Bench {
  atMs = 1;
  state: BudgetState = startBudget(NEW_LEDGER);
  readonly policy: BudgetPolicy;

  constructor(policy: Partial<BudgetPolicy>) {
    this.policy = { ...UNBOUNDED, ...policy };
  }

  hear(...events: readonly BudgetEvent[]): this {
    for (const event of events) this.state = stepBudget(this.policy, this.state, this.atMs, event);
    return this;
  }

  get allowance() {
    return allowanceOf(this.policy, this.state, this.atMs, 'normal');
  }

  /** Writes ahead, as the driver does, and at once. */
  cover(wantedBytes: number): this {
    const aheadBytes = bytesToCover(this.policy, this.state, wantedBytes);
    return aheadBytes === undefined ? this : this.hear({ kind: 'save', aheadBytes }, { kind: 'saved' });
  }
}

describe('a rate', () => {
  it('begins empty, fills with time, and never holds more than a second of it', () => {
    const bench = new Bench({ maxBytesPerSecond: 1000 });
    expect(bench.allowance.bytes).toBe(0);
    bench.atMs = 501;
    expect(bench.allowance.bytes).toBe(500);
    bench.atMs = 60_000;
    expect(bench.allowance).toMatchObject({ bytes: 1000, urgentBytes: 1000, moreAtMs: Infinity });
  });

  it('is overdrawn by one event that is larger, and makes up for it', () => {
    const bench = new Bench({ maxBytesPerSecond: 1000 });
    bench.atMs = 2000;
    expect(isAllowed(bench.allowance, false, 0, 0, 5000)).toBe(true);
    bench.hear(charge(5000), meter(5000), { kind: 'settle', bytes: 5000 });
    expect(bench.allowance).toMatchObject({ bytes: -4000, moreAtMs: 6000 });
    expect(isAllowed(bench.allowance, true, 0, 0, 1)).toBe(false);
    bench.atMs = 6001;
    expect(isAllowed(bench.allowance, false, 0, 0, 1)).toBe(true);
  });

  it('says what a batch may wait for: a burst that will be there, and what is left of the day', () => {
    const rate = { maxBytesPerSecond: 10_000, maxEventsPerSecond: 20 };
    const bench = new Bench({ ...rate, maxBytesPerDay: 2 ** 20, reserveBytes: 2 ** 18 });
    // Nothing is written ahead yet: half of what a record covers is sure to come.
    expect(bench.allowance).toMatchObject({ bytes: 0, burstBytes: 2048, burstEvents: 20, bytesPerSecond: 10_000 });
    bench.cover(20_000).hear(charge(5000));
    const dayBytes = 2 ** 20 - 2 ** 18;
    expect(bench.allowance).toMatchObject({ burstBytes: 10_000, dayBytes, dayRestBytes: dayBytes / 32 });
    expect(new Bench(rate).allowance).toMatchObject({ burstBytes: 10_000, dayBytes: Infinity, dayRestBytes: 0 });
  });

  it('holds for events too', () => {
    const bench = new Bench({ maxEventsPerSecond: 10 });
    bench.atMs = 2000;
    bench.hear(charge(1, 10));
    expect(isAllowed(bench.allowance, true, 0, 0, 1)).toBe(false);
    bench.atMs = 2101;
    expect(isAllowed(bench.allowance, false, 0, 0, 1)).toBe(true);
    expect(isAllowed(bench.allowance, false, 1, 1, 1)).toBe(false);
  });
});

describe('an estimate', () => {
  it('counts until the meter has seen it', () => {
    const bench = new Bench({}).hear(charge(1000));
    expect(pendingBytes(bench.state)).toBe(1000);
    expect(pendingBytes(bench.hear(meter(600)).state)).toBe(400);
    expect(pendingBytes(bench.hear(meter(450)).state)).toBe(0);
    expect(usedBytes(bench.state.ledger)).toBe(1050);
  });

  it('is forgotten with its answer, where less went than was thought', () => {
    const bench = new Bench({}).hear(charge(1000), meter(100), { kind: 'settle', bytes: 1000 });
    expect(pendingBytes(bench.state)).toBe(0);
    expect(usedBytes(bench.state.ledger)).toBe(100);
  });

  it('of another flight stays', () => {
    const bench = new Bench({}).hear(charge(1000), charge(1000), meter(1000), { kind: 'settle', bytes: 1000 });
    expect(pendingBytes(bench.state)).toBe(1000);
  });

  it('is not settled by what comes in', () => {
    expect(pendingBytes(new Bench({}).hear(charge(1000), meter(0, 500)).state)).toBe(1000);
  });
});

describe('what is written ahead', () => {
  it('is all that may go', () => {
    const bench = new Bench({ maxBytesPerDay: 2 ** 20 });
    expect(bench.allowance.bytes).toBe(0);
    expect(bytesToCover(bench.policy, bench.state, 300)).toBe(4396);
    bench.cover(300);
    expect(bench.allowance.bytes).toBe(4396);
    expect(bytesToCover(bench.policy, bench.state, 300)).toBeUndefined();
    expect(bench.hear(charge(4000)).allowance.bytes).toBe(396);
  });

  it('covers less by what went while it was written', () => {
    const bench = new Bench({ maxBytesPerDay: 2 ** 20 }).cover(300);
    bench.hear({ kind: 'save', aheadBytes: 5000 }, meter(2000), { kind: 'saved' });
    expect(bench.allowance.bytes).toBe(3000);
  });

  it('covers nothing of a day that has begun meanwhile', () => {
    const bench = new Bench({ maxBytesPerDay: 2 ** 20 }).hear({ kind: 'time', wallMs: NOON }).cover(300);
    expect(bench.allowance.bytes).toBeGreaterThan(0);
    bench.hear({ kind: 'save', aheadBytes: 5000 });
    bench.atMs += 12 * 3_600_000;
    bench.hear({ kind: 'time' }, { kind: 'saved' });
    expect(bench.allowance.bytes).toBe(0);
  });
});

describe('a day', () => {
  it('keeps its reserve for urgent lanes, and lets the last of them overdraw it by one event', () => {
    const bench = new Bench({ maxBytesPerDay: 100_000, reserveBytes: 20_000 }).hear(meter(77_500)).cover(9000);
    expect(dayState(bench.policy, bench.state)).toBe('open');
    bench.hear(meter(1500)).cover(9000);
    expect(dayState(bench.policy, bench.state)).toBe('low');
    expect(isAllowed(bench.allowance, false, 0, 0, 1000)).toBe(true);
    expect(isAllowed(bench.allowance, false, 0, 0, 1001)).toBe(false);
    expect(isAllowed(bench.allowance, true, 0, 0, 9000)).toBe(true);
    bench.hear(meter(20_900)).cover(9000);
    expect(dayState(bench.policy, bench.state)).toBe('reserved');
    expect(isAllowed(bench.allowance, false, 0, 0, 1)).toBe(false);
    expect(isAllowed(bench.allowance, true, 0, 0, 4000)).toBe(true);
    bench.hear(meter(4000));
    expect(bench.allowance).toMatchObject({ mode: 'off', moreAtMs: expect.any(Number) });
    expect(bench.allowance.moreAtMs).toBeLessThan(Infinity);
  });
});
