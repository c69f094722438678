import { beforeEach, describe, expect, it } from 'vitest';
import { ReceiverTimes } from './receiver-times.ts';

const NOON_MS = Date.UTC(2026, 10, 21, 12);
const YEAR_MS = 365 * 86_400_000;

let times: ReceiverTimes;
beforeEach(() => {
  times = new ReceiverTimes();
});

/** Epochs at a second's distance, from second `from` on, each with its error in milliseconds. */
function say(device: string, from: number, ...errorsMs: number[]): void {
  for (const [index, errorMs] of errorsMs.entries()) {
    const atMs = (from + index) * 1000;
    times.hear(device, NOON_MS + atMs + errorMs, atMs);
  }
}

describe('ReceiverTimes', () => {
  it('believes a receiver when three epochs in a row agree [S5]', () => {
    say('a', 1, 0, 0);
    expect(times.verdict(2_000)).toEqual({ kind: 'unknown' });
    say('a', 3, 0);
    expect(times.verdict(3_000)).toEqual({ kind: 'agreed', offsetMs: NOON_MS });
  });

  it('takes a wrong first date for none [S5]', () => {
    say('a', 1, -YEAR_MS, 0, 0);
    expect(times.verdict(3_000)).toEqual({ kind: 'unknown' });
    say('a', 4, 0);
    expect(times.verdict(4_000)).toEqual({ kind: 'agreed', offsetMs: NOON_MS });
  });

  it('starts over when a leap second is corrected', () => {
    say('a', 1, 1_000, 1_000, 1_000, 0, 0);
    expect(times.verdict(5_000)).toEqual({ kind: 'unknown' });
    say('a', 6, 0);
    expect(times.verdict(6_000)).toMatchObject({ offsetMs: NOON_MS });
  });

  it('goes by the epoch that came quickest', () => {
    say('a', 1, -120, -30, -400);
    expect(times.verdict(3_000)).toMatchObject({ offsetMs: NOON_MS - 30 });
  });

  it('lets the quickest go after a while, for clocks drift', () => {
    say('a', 1, 0, ...Array.from({ length: 8 }, () => -100));
    expect(times.verdict(9_000)).toMatchObject({ offsetMs: NOON_MS - 100 });
  });

  it('counts a moment that is said again and again once: a receiver that is stuck knows no time', () => {
    for (let count = 0; count < 5; count++) times.hear('a', NOON_MS, count);
    expect(times.verdict(5)).toEqual({ kind: 'unknown' });
  });

  it('does not believe a burst of what had been waiting: its epochs contradict each other', () => {
    for (let second = 0; second < 30; second++) times.hear('a', NOON_MS + second * 1000, 40_000 + second);
    expect(times.verdict(40_030)).toEqual({ kind: 'unknown' });
  });

  it('believes neither of two that contradict each other, until one gives in or falls silent [S5]', () => {
    say('a', 1, 0, 0, 0);
    say('b', 1, 2_000, 2_000, 2_000);
    expect(times.verdict(3_000)).toEqual({ kind: 'disputed' });
    say('b', 4, -20, -20, -20);
    say('a', 4, 0, 0, 0);
    expect(times.verdict(6_000)).toEqual({ kind: 'agreed', offsetMs: NOON_MS });
    say('b', 7, 2_000, 2_000, 2_000);
    say('a', 7, ...Array.from({ length: 20 }, () => 0));
    expect(times.verdict(26_000)).toMatchObject({ kind: 'agreed' });
  });

  it('has no opinion on what was said long ago, or before a sleep', () => {
    say('a', 1, 0, 0, 0);
    expect(times.verdict(18_000)).toMatchObject({ kind: 'agreed' });
    expect(times.verdict(18_001)).toEqual({ kind: 'unknown' });
    times.forget();
    expect(times.verdict(3_000)).toEqual({ kind: 'unknown' });
  });
});
