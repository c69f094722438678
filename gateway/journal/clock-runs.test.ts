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

  fix(): void {
    this.keeper.hear({ trustedUnixMs: this.nowMs, arrival: this.keeper.stamp() });
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
    for (const { stamp, trueMs } of [before, after]) {
      expect(repairTime(runs, stamp)).toEqual({ basis: 'repaired', unixMs: trueMs });
      expect(trustedTimeOf(runs, stamp)).toBe(trueMs);
    }
    expect(host.keeper.status()).toMatchObject({ quality: 'none', anchor: 'gnss', stepCount: 0 });
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
      expect(repairTime(runs, stamp)).toEqual({ basis: 'repaired', unixMs: trueMs });
    }
    expect(marks.map(({ kind }) => kind)).toEqual(['start', 'anchor', 'step', 'anchor']);
    expect(host.keeper.status().stepCount).toBe(1);
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
    host.keeper.hear({ trustedUnixMs: RELEASE_DATE_MS - 1, arrival: host.keeper.stamp() });
    host.keeper.hear({ trustedUnixMs: NOON_MS - 1024 * 7 * 24 * HOUR_MS, arrival: host.keeper.stamp() });
    expect(marks).toHaveLength(1);
    host.keeper.hear({ trustedUnixMs: RELEASE_DATE_MS, arrival: host.keeper.stamp() });
    expect(marks).toHaveLength(2);
  });

  it('is the first of its run for ever, so that a record keeps its time [D2]', async () => {
    const host = new Host(NOON_MS, -NOON_MS);
    host.fix();
    const { stamp, trueMs } = await host.accept(1000);
    host.keeper.hear({ trustedUnixMs: host.nowMs + 300, arrival: host.keeper.stamp() });
    runs = withMark(runs, { kind: 'anchor', stamp: { ...stamp, wallMs: trueMs + 300, quality: 'gnss' } });
    expect(repairTime(runs, stamp)).toEqual({ basis: 'repaired', unixMs: trueMs });
  });

  it('that was on its way when the host slept is none of the new run', () => {
    const host = new Host(NOON_MS, -NOON_MS);
    const arrival = host.keeper.stamp();
    host.clock.sleep(HOUR_MS);
    host.keeper.stamp();
    host.keeper.hear({ trustedUnixMs: NOON_MS, arrival });
    expect(marks.map(({ kind }) => kind)).toEqual(['start', 'suspend']);
  });
});

it('remembers so many runs and no more [P3]', () => {
  for (let index = 0; index < MAX_CLOCK_RUNS + 5; index++) new Host(NOON_MS + index, 0);
  expect(runs).toHaveLength(MAX_CLOCK_RUNS);
  const forgotten: Stamp = { wallMs: 0, monotonicMs: 1, clockRun: '1'.padStart(16, '0'), quality: 'none' };
  expect(repairTime(runs, forgotten)).toEqual({ basis: 'bounded' });
});
