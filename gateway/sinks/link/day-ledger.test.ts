import { describe, expect, it } from 'vitest';
import {
  advanceTo,
  type DayLedger,
  dateOf,
  learnDate,
  MAX_DAY_MS,
  MAX_SPANS,
  NEW_LEDGER,
  nextReliefMs,
  resumeLedger,
  spendBytes,
  usedBytes,
} from './day-ledger.ts';
import { LinkCalendar } from './link-calendar.ts';

const UTC = new LinkCalendar('UTC', 0);
const HOUR = 3_600_000;
const at = (text: string) => Date.parse(text);
const later = (ledger: DayLedger, hours: number) => advanceTo(UTC, ledger, ledger.elapsedMs + hours * HOUR);
/** A gateway that knows the time, at a date. */
const known = (text: string) => learnDate(UTC, NEW_LEDGER, at(text));

describe('the days of a ledger [D8]', () => {
  it('begin by the date where it is known', () => {
    const used = spendBytes(known('2026-11-28T23:00:00Z'), 100);
    expect(usedBytes(later(used, 0.99))).toBe(100);
    expect(usedBytes(later(used, 1))).toBe(0);
    expect(nextReliefMs(used)).toBe(HOUR);
  });

  it('begin by the time that passed where the date was known, however often it is lost', () => {
    const used = spendBytes(known('2026-11-28T23:00:00Z'), 100);
    const next = spendBytes(later(used, 2), 50);
    expect(usedBytes(next)).toBe(50);
    expect(usedBytes(later(next, 22.9))).toBe(50);
    expect(usedBytes(later(next, 23))).toBe(0);
  });

  it('are the last 25 hours where nobody knows the date', () => {
    const used = spendBytes(later(NEW_LEDGER, 3), 100);
    expect(usedBytes(advanceTo(UTC, used, used.elapsedMs + MAX_DAY_MS))).toBe(100);
    expect(usedBytes(advanceTo(UTC, used, used.elapsedMs + MAX_DAY_MS + 1))).toBe(0);
    expect(nextReliefMs(used)).toBe(used.elapsedMs + MAX_DAY_MS + 1);
  });

  it('do not begin in a new process before it knows the date, for nobody knows how long there was none', () => {
    const used = spendBytes(known('2026-11-28T12:00:00Z'), 100);
    const resumed = resumeLedger(used);
    expect(dateOf(resumed)).toBeUndefined();
    expect(usedBytes(later(resumed, 13))).toBe(100);
    expect(usedBytes(later(resumed, 24.9))).toBe(100);
  });

  it('have what went in them, and nothing else, once the date is known on both sides of a restart', () => {
    const evening = spendBytes(known('2026-11-28T22:00:00Z'), 100);
    const unknown = spendBytes(later(resumeLedger(evening), 0.5), 7);
    const morning = learnDate(UTC, unknown, at('2026-11-29T06:00:00Z'));
    expect(usedBytes(morning)).toBe(7);
    const sameDay = learnDate(UTC, unknown, at('2026-11-28T23:30:00Z'));
    expect(usedBytes(sameDay)).toBe(107);
  });

  it('keep what went right after a start', () => {
    const started = spendBytes(resumeLedger(spendBytes(known('2026-11-28T22:00:00Z'), 100)), 7);
    expect(usedBytes(learnDate(UTC, started, at('2026-11-29T22:00:00Z')))).toBe(7);
  });

  it('keep what went between two restarts, of which nobody knows when it was', () => {
    const first = spendBytes(known('2026-11-28T12:00:00Z'), 100);
    const second = spendBytes(later(resumeLedger(first), 1), 20);
    const third = later(resumeLedger(second), 1);
    const dated = learnDate(UTC, third, at('2026-11-29T12:00:00Z'));
    expect(usedBytes(dated)).toBe(20);
    expect(usedBytes(later(dated, 11.9))).toBe(20);
    expect(usedBytes(later(dated, 12))).toBe(0);
  });

  it.each([
    ['years ahead, and back', ['2031-03-04T05:00:00Z', '2026-11-28T12:00:02Z', '2031-03-04T05:00:00Z']],
    ['to midnight again and again', ['2026-11-29T00:00:00Z', '2026-11-30T00:00:00Z', '2026-12-01T00:00:00Z']],
    ['back to 1970', ['1970-01-01T00:00:00Z', '2026-11-28T12:00:00Z', '1970-01-02T00:00:00Z']],
  ])('are not granted twice by a date that is set %s', (_, dates) => {
    let ledger = spendBytes(known('2026-11-28T12:00:00Z'), 100);
    for (const date of dates) ledger = learnDate(UTC, later(ledger, 0.1), at(date));
    expect(usedBytes(ledger)).toBe(100);
    expect(usedBytes(later(ledger, 25))).toBe(0);
  });

  /** The host was off meanwhile. */
  const restarted = (ledger: DayLedger, date: string) => learnDate(UTC, resumeLedger(ledger), at(date));

  it('are given early once by a date that is ahead after a restart, and not again by the next such date', () => {
    const noon = spendBytes(known('2026-11-28T12:00:00Z'), 100);
    const early = restarted(noon, '2026-11-29T12:00:00Z');
    expect(usedBytes(early)).toBe(0);
    let ledger = spendBytes(early, 100);
    for (const date of [
      '2026-11-28T12:01:00Z',
      '2026-11-29T12:02:00Z',
      '2026-11-28T12:03:00Z',
      '2026-11-29T12:01:00Z',
    ]) {
      ledger = restarted(ledger, date);
      expect(usedBytes(ledger)).toBe(100);
    }
    expect(usedBytes(restarted(ledger, '2026-11-30T12:00:00Z'))).toBe(0);
  });

  it('are a day late at most after a date that was years ahead, though the host runs an hour a day', () => {
    const early = spendBytes(restarted(known('2026-11-28T10:00:00Z'), '2031-11-28T10:00:00Z'), 100);
    const sameDay = restarted(early, '2026-11-28T10:05:00Z');
    expect(usedBytes(sameDay)).toBe(100);
    const nextDay = restarted(later(sameDay, 1), '2026-11-29T10:00:00Z');
    expect(usedBytes(restarted(later(nextDay, 1), '2026-11-30T10:00:00Z'))).toBe(0);
  });

  it('go on by the clock of the host where only the process was another', () => {
    const used = spendBytes(known('2026-11-28T22:00:00Z'), 100);
    const resumed = resumeLedger(used, HOUR);
    expect(new Date(dateOf(resumed) ?? 0).toISOString()).toBe('2026-11-28T23:00:00.000Z');
    expect(usedBytes(resumed)).toBe(100);
    // A date that is ahead brings nothing that it would not bring without the restart.
    expect(
      usedBytes(
        learnDate(UTC, resumeLedger(spendBytes(known('2026-11-28T12:00:00Z'), 100), HOUR), at('2026-11-29T12:00:00Z')),
      ),
    ).toBe(100);
    expect(usedBytes(later(resumed, 1))).toBe(0);
  });

  it('pass while the host sleeps for days', () => {
    const used = spendBytes(known('2026-11-28T12:00:00Z'), 100);
    const woken = later(used, 80);
    expect(usedBytes(woken)).toBe(0);
    expect(new Date(dateOf(woken) ?? 0).toISOString()).toBe('2026-12-01T20:00:00.000Z');
    expect(woken.nextDayMs).toBe(woken.elapsedMs + 4 * HOUR);
  });

  it('have 25 hours where the clocks are put back', () => {
    const berlin = new LinkCalendar('Europe/Berlin', 0);
    const used = spendBytes(learnDate(berlin, NEW_LEDGER, at('2026-10-24T22:00:00Z')), 100);
    expect(usedBytes(advanceTo(berlin, used, 24.9 * HOUR))).toBe(100);
    expect(usedBytes(advanceTo(berlin, used, 25 * HOUR))).toBe(0);
  });

  it('take little room however often the gateway restarts, and lose nothing by that [P3]', () => {
    let ledger = known('2026-11-28T00:00:00Z');
    for (let count = 0; count < 200; count++) ledger = spendBytes(later(resumeLedger(ledger), 0.05), 1);
    expect(ledger.spans.length).toBeLessThanOrEqual(MAX_SPANS);
    expect(usedBytes(ledger)).toBe(200);
  });
});
