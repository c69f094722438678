import { beforeEach, describe, expect, it } from 'vitest';
import { type ClockMark, RELEASE_DATE_MS } from '#gateway/model/clock-mark.ts';
import type { Stamp } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { Timekeeper } from '#gateway/runtime/timekeeper.ts';
import { type ClockRuns, latestMsOf, latestTrustedMsOf, repairTime, trustedTimeOf, withMark } from './clock-runs.ts';
import { MAX_CLOCK_RUNS } from './limits.ts';

const NOON_MS = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
const YEAR_MS = 365 * 24 * HOUR_MS;

let runs: ClockRuns;
let marks: ClockMark[];
let runCount: number;
beforeEach(() => {
  runs = [];
  marks = [];
  runCount = 0;
});

/** A host that starts at `startMs` of true time, with a date that is `offsetMs` wrong. */
class Host {
  readonly clock: FakeClock;
  readonly keeper: Timekeeper;
  isSynchronized = false;
  readonly #startMs: number;

  constructor(startMs: number, offsetMs: number, isSynchronized = false) {
    this.isSynchronized = isSynchronized;
    this.#startMs = startMs;
    this.clock = new FakeClock(startMs + offsetMs);
    this.keeper = new Timekeeper({
      clock: this.clock,
      isSynchronized: () => this.isSynchronized,
      newRunId: () => String(++runCount).padStart(16, '0'),
      logger: new MemoryLogger(),
    });
    this.keeper.follow((mark) => {
      marks.push(mark);
      runs = withMark(runs, mark);
    });
  }

  /** True time. */
  get nowMs(): number {
    return this.#startMs + this.clock.bootMs();
  }

  async accept(afterMs: number): Promise<{ stamp: Stamp; trueMs: number }> {
    await this.clock.advance(afterMs);
    return { stamp: this.keeper.stamp(), trueMs: this.nowMs };
  }

  /** The last three epochs of a receiver. */
  fix(errorMs = 0): void {
    const { keeper, nowMs } = this;
    const now = keeper.stamp();
    for (const agoMs of [2_000, 1_000, 0]) {
      const arrival = { ...now, monotonicMs: now.monotonicMs - agoMs };
      keeper.hear({ device: 'gps0', trustedUnixMs: nowMs - agoMs + errorMs, arrival });
    }
  }
}

describe('a clock that starts in 1970', () => {
  it('tells records their time once a fix has come, those before it too [S5 D2]', async () => {
    const host = new Host(NOON_MS, -NOON_MS);
    const before = await host.accept(10_000);
    expect(before.stamp.quality).toBe('none');
    expect(repairTime(runs, before.stamp)).toEqual({ basis: 'unknown' });
    await host.clock.advance(80_000);
    host.fix();
    const after = await host.accept(5_000);
    expect(repairTime(runs, before.stamp)).toEqual({ basis: 'repaired', unixMs: before.trueMs });
    expect(repairTime(runs, after.stamp)).toEqual({ basis: 'own', unixMs: after.trueMs });
    for (const { stamp, trueMs } of [before, after]) expect(trustedTimeOf(runs, stamp)).toBe(trueMs);
    expect(host.keeper.status()).toMatchObject({
      ...{ quality: 'none', anchor: 'gnss', anchorAgeSeconds: 5, receivers: 'agreed', hostOffsetMs: -NOON_MS },
      ...{ stepCount: 0, correctionCount: 0 },
    });
  });

  it('tells them when the time server sets the date: monotonic time goes on over that [S5]', async () => {
    const host = new Host(NOON_MS, -NOON_MS);
    const before = await host.accept(10_000);
    host.clock.stepWall(host.nowMs);
    host.isSynchronized = true;
    const after = await host.accept(1);
    expect(marks.map(({ kind }) => kind)).toEqual(['start', 'step']);
    expect(repairTime(runs, before.stamp)).toEqual({ basis: 'repaired', unixMs: before.trueMs });
    expect(repairTime(runs, after.stamp)).toEqual({ basis: 'own', unixMs: after.trueMs });
  });

  it('is bounded by its neighbours when it never learns the time [S5]', async () => {
    const first = new Host(NOON_MS, 0, true);
    const lone = new Host(NOON_MS + HOUR_MS, -NOON_MS);
    const { stamp } = await lone.accept(10_000);
    const earliestMs = NOON_MS + 10_000;
    expect(repairTime(runs, stamp)).toEqual({ basis: 'unknown', earliestMs });
    const silent = new Host(NOON_MS + 2 * HOUR_MS, -NOON_MS);
    expect(repairTime(runs, stamp)).toEqual({ basis: 'bounded', earliestMs });
    expect(latestMsOf(runs, stamp)).toBe(Infinity);
    const next = new Host(NOON_MS + 3 * HOUR_MS, -NOON_MS);
    await next.clock.advance(90_000);
    next.fix();
    expect(repairTime(runs, stamp)).toEqual({ basis: 'bounded', earliestMs, latestMs: NOON_MS + 3 * HOUR_MS });
    expect(trustedTimeOf(runs, stamp)).toBeUndefined();
    expect(latestTrustedMsOf(runs, stamp)).toBe(NOON_MS + 3 * HOUR_MS);
    expect([first, silent].map(({ keeper }) => keeper.status().stepCount)).toEqual([0, 0]);
  });
});

describe('a date that is possible', () => {
  it('is taken when nothing better is known, and is not trusted [J9]', async () => {
    const { stamp, trueMs } = await new Host(NOON_MS, -HOUR_MS).accept(1000);
    expect(repairTime(runs, stamp)).toEqual({ basis: 'own', unixMs: trueMs - HOUR_MS });
    expect(trustedTimeOf(runs, stamp)).toBeUndefined();
    expect(latestTrustedMsOf(runs, stamp)).toBeUndefined();
    new Host(NOON_MS + YEAR_MS, 0, true);
    expect(latestTrustedMsOf(runs, stamp)).toBe(NOON_MS + YEAR_MS);
  });

  it('that jumps back a year is none: a new run begins, and each run has its own anchor [S5]', async () => {
    const host = new Host(NOON_MS + YEAR_MS, 0);
    host.fix();
    const before = await host.accept(1000);
    host.clock.stepWall(host.nowMs - YEAR_MS);
    const between = await host.accept(200);
    expect(between.stamp.clockRun).not.toBe(before.stamp.clockRun);
    await host.clock.advance(800);
    host.fix();
    const after = await host.accept(1000);
    for (const { stamp, trueMs } of [before, between, after]) {
      expect(stamp.quality).toBe('gnss');
      expect(repairTime(runs, stamp)).toEqual({ basis: 'own', unixMs: trueMs });
    }
    expect(marks.map(({ kind }) => kind)).toEqual(['start', 'anchor', 'step', 'anchor']);
    expect(host.keeper.status().stepCount).toBe(1);
  });
});

describe('a host that is said to be kept right by a time server', () => {
  it('is believed before the receivers, whose epochs come late', async () => {
    const host = new Host(NOON_MS, 0, true);
    host.fix(-300);
    const { stamp, trueMs } = await host.accept(10_000);
    expect(stamp).toMatchObject({ quality: 'ntp', wallMs: trueMs });
    expect(host.keeper.status()).toMatchObject({ anchor: 'ntp', hostOffsetMs: 300, correctionCount: 0 });
  });

  it('is not when its date was set wrong by a year: the receivers know, and say so at once [S5]', async () => {
    const host = new Host(NOON_MS, 0, true);
    host.fix();
    host.clock.stepWall(host.nowMs + YEAR_MS);
    const { stamp, trueMs } = await host.accept(0);
    expect(repairTime(runs, stamp)).toEqual({ basis: 'own', unixMs: trueMs });
    expect(host.keeper.status()).toMatchObject({ quality: 'system', anchor: 'gnss', hostOffsetMs: YEAR_MS });
  });

  it('is not when it was wrong from the start, as soon as receivers have insisted for half a minute [S5]', async () => {
    const host = new Host(NOON_MS, -90_000, true);
    for (let second = 0; second < 40; second++) {
      await host.clock.advance(1000);
      host.fix();
    }
    const { stamp, trueMs } = await host.accept(0);
    expect(repairTime(runs, stamp)).toEqual({ basis: 'own', unixMs: trueMs });
    expect(marks.map(({ kind }) => kind)).toEqual(['start', 'correction', 'anchor']);
  });
});

describe('receivers', () => {
  it('that told a run a wrong time are followed when they insist on another; what was before keeps its time [S5 D2]', async () => {
    const host = new Host(NOON_MS, -NOON_MS);
    host.fix(3 * HOUR_MS);
    const misled = await host.accept(500);
    for (let second = 0; second < 40; second++) {
      await host.clock.advance(1000);
      host.fix();
    }
    const after = await host.accept(500);
    expect(repairTime(runs, after.stamp)).toEqual({ basis: 'own', unixMs: after.trueMs });
    expect(repairTime(runs, misled.stamp)).toEqual({ basis: 'own', unixMs: misled.trueMs + 3 * HOUR_MS });
    expect(marks.map(({ kind }) => kind)).toEqual(['start', 'anchor', 'correction', 'anchor']);
    expect(host.keeper.status()).toMatchObject({ stepCount: 0, correctionCount: 1 });
  });

  it('are followed while the monotonic clock drifts by seconds a day, and never by steps that matter [S5]', async () => {
    const host = new Host(NOON_MS, -NOON_MS);
    // 100 ppm, and a jitter of the line.
    for (let minute = 0; minute < 4 * 60; minute++) {
      await host.clock.advance(60_000);
      const driftMs = minute * 6;
      host.fix(driftMs - (minute % 7) * 10);
      const now = host.keeper.stamp();
      expect(Math.abs(now.wallMs - (host.nowMs + driftMs))).toBeLessThan(300);
    }
    expect(host.keeper.status().correctionCount).toBeLessThan(10);
    expect(trustedTimeOf(runs, { ...host.keeper.stamp(), quality: 'none' })).toBe(host.keeper.stamp().wallMs);
  });

  it('that contradict each other tell no run the time', async () => {
    const host = new Host(NOON_MS, -NOON_MS);
    const other = (errorMs: number) => {
      const stamp = host.keeper.stamp();
      host.keeper.hear({ device: 'gps1', trustedUnixMs: host.nowMs + errorMs, arrival: stamp });
    };
    for (let second = 0; second < 5; second++) {
      await host.clock.advance(1000);
      other(2_000);
      if (second === 2) expect(marks).toHaveLength(2);
    }
    host.fix();
    expect(host.keeper.status().receivers).toBe('disputed');
    host.clock.sleep(HOUR_MS);
    const woken = await host.accept(1000);
    host.fix();
    expect(repairTime(runs, woken.stamp)).toEqual({ basis: 'repaired', unixMs: woken.trueMs });
  });
});

describe('a host that sleeps', () => {
  it('begins a new run with the first stamp after it, and lends no anchor over the gap [S5]', async () => {
    const host = new Host(NOON_MS, -NOON_MS);
    const asleep = await host.accept(5_000);
    host.clock.sleep(HOUR_MS);
    const woken = { stamp: host.keeper.stamp(), trueMs: host.nowMs };
    await host.clock.advance(2_000);
    host.fix();
    expect(marks.map(({ kind }) => kind)).toEqual(['start', 'suspend', 'anchor']);
    expect(repairTime(runs, woken.stamp)).toEqual({ basis: 'repaired', unixMs: woken.trueMs });
    expect(repairTime(runs, asleep.stamp)).toEqual({ basis: 'bounded', latestMs: woken.trueMs });
  });

  it('is noticed although nothing is stamped, and although its date did not move', async () => {
    const host = new Host(NOON_MS, 0);
    const wallMs = host.clock.wallMs();
    host.clock.sleep(HOUR_MS);
    host.clock.stepWall(wallMs);
    await host.clock.advance(1_000);
    expect(marks.map(({ kind }) => kind)).toEqual(['start', 'suspend']);
  });

  it('is not imagined when a clock only drifts', async () => {
    const host = new Host(NOON_MS, 0);
    for (let second = 0; second < 20; second++) {
      await host.clock.advance(1_000);
      host.clock.stepWall(host.clock.wallMs() + 100);
    }
    expect(marks).toHaveLength(1);
  });
});

describe('an anchor', () => {
  it('before the release of this version is refused: a week number that rolled over [S5]', () => {
    const host = new Host(NOON_MS, -NOON_MS);
    host.fix(RELEASE_DATE_MS - 1 - NOON_MS);
    host.fix(-1024 * WEEK_MS);
    expect(marks).toHaveLength(1);
    host.fix(RELEASE_DATE_MS + 2_000 - NOON_MS);
    expect(marks).toHaveLength(2);
  });

  it('decades ahead is refused: a week number that was corrected once too often', () => {
    const host = new Host(NOON_MS, -NOON_MS);
    host.fix(1024 * WEEK_MS);
    expect(marks).toHaveLength(1);
    expect(new Host(NOON_MS + 1024 * WEEK_MS, 0, true).keeper.stamp().quality).toBe('none');
  });

  it('needs three epochs that agree [S5]', () => {
    const host = new Host(NOON_MS, -NOON_MS);
    const hear = (unixMs: number) =>
      host.keeper.hear({ device: 'a', trustedUnixMs: unixMs, arrival: host.keeper.stamp() });
    expect([NOON_MS + YEAR_MS, NOON_MS, NOON_MS + 1].map(hear)).toEqual([false, false, false]);
    expect(marks).toHaveLength(1);
    expect(hear(NOON_MS + 2)).toBe(true);
    expect(marks).toHaveLength(2);
    expect(hear(NOON_MS + YEAR_MS)).toBe(false);
  });

  it('is the first of its run for ever, so that a record keeps its time [D2]', async () => {
    const host = new Host(NOON_MS, -NOON_MS);
    host.fix();
    const { stamp, trueMs } = await host.accept(1000);
    host.fix(300);
    const unstamped = { ...stamp, wallMs: 0, quality: 'none' } as const;
    runs = withMark(runs, { kind: 'anchor', stamp: { ...stamp, wallMs: trueMs + 300, quality: 'gnss' } });
    expect(repairTime(runs, unstamped)).toEqual({ basis: 'repaired', unixMs: trueMs });
  });

  it('that was on its way when the host slept is none of the new run', () => {
    const host = new Host(NOON_MS, -NOON_MS);
    const arrival = host.keeper.stamp();
    host.clock.sleep(HOUR_MS);
    host.keeper.stamp();
    for (const agoMs of [2, 1, 0]) host.keeper.hear({ device: 'a', trustedUnixMs: NOON_MS - agoMs, arrival });
    expect(marks.map(({ kind }) => kind)).toEqual(['start', 'suspend']);
  });
});

it('remembers so many runs and no more [P3]', () => {
  for (let index = 0; index < MAX_CLOCK_RUNS + 5; index++) new Host(NOON_MS + index, 0);
  expect(runs).toHaveLength(MAX_CLOCK_RUNS);
  const forgotten: Stamp = { wallMs: 0, monotonicMs: 1, clockRun: '1'.padStart(16, '0'), quality: 'none' };
  expect(repairTime(runs, forgotten)).toEqual({ basis: 'bounded' });
});
