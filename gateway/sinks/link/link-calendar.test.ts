import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LinkCalendar } from './link-calendar.ts';

const at = (text: string) => Date.parse(text);
const HOUR = 3_600_000;

describe('the days of a link', () => {
  it.each([
    ['UTC', 0, '2026-11-28T12:00:00Z', '2026-11-28T00:00:00Z', 24],
    ['UTC', 390, '2026-11-28T06:29:59Z', '2026-11-27T06:30:00Z', 24],
    ['UTC', 390, '2026-11-28T06:30:00Z', '2026-11-28T06:30:00Z', 24],
    ['Europe/Berlin', 0, '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z', 23],
    ['Europe/Berlin', 0, '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z', 25],
    // 02:30 is skipped: the day begins with the first instant after, 03:00 on the wall.
    ['Europe/Berlin', 150, '2026-03-29T00:59:59Z', '2026-03-28T01:30:00Z', 23.5],
    ['Europe/Berlin', 150, '2026-03-29T01:00:00Z', '2026-03-29T01:00:00Z', 23.5],
    // 02:30 is shown twice: the first one counts, and the second begins nothing.
    ['Europe/Berlin', 150, '2026-10-25T00:30:00Z', '2026-10-25T00:30:00Z', 25],
    ['Europe/Berlin', 150, '2026-10-25T01:10:00Z', '2026-10-25T00:30:00Z', 25],
    ['Europe/Berlin', 150, '2026-10-25T01:30:00Z', '2026-10-25T00:30:00Z', 25],
    ['Australia/Lord_Howe', 0, '2026-04-05T00:00:00Z', '2026-04-04T13:00:00Z', 24.5],
    ['Asia/Kathmandu', 0, '2026-11-28T00:00:00Z', '2026-11-27T18:15:00Z', 24],
    ['Pacific/Apia', 0, '2011-12-31T00:00:00Z', '2011-12-30T10:00:00Z', 24],
    ['UTC', 0, '1970-01-01T00:00:01Z', '1970-01-01T00:00:00Z', 24],
  ])(
    '%s, %i minutes after midnight: %s lies in the day from %s, which has %s hours',
    (zone, minute, now, from, hours) => {
      const day = new LinkCalendar(zone, minute).dayOf(at(now));
      expect(new Date(day.fromMs).toISOString()).toBe(new Date(from).toISOString());
      expect((day.toMs - day.fromMs) / HOUR).toBe(hours);
    },
  );

  it('follow one another without a hole, for any zone and hour', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Tehran', 'Pacific/Chatham'];
    const instant = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2041-01-01T00:00:00Z') });
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 1439 }), instant, (zone, minute, now) => {
        const calendar = new LinkCalendar(zone, minute);
        const day = calendar.dayOf(now);
        expect(day.fromMs).toBeLessThanOrEqual(now);
        expect(day.toMs).toBeGreaterThan(now);
        expect(day.toMs - day.fromMs).toBeGreaterThanOrEqual(22 * HOUR);
        expect(day.toMs - day.fromMs).toBeLessThanOrEqual(25 * HOUR);
        const fresh = new LinkCalendar(zone, minute);
        expect(fresh.dayOf(day.toMs).fromMs).toBe(day.toMs);
        expect(fresh.dayOf(day.fromMs - 1).toMs).toBe(day.fromMs);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['UTC', '2026-11-30T00:00:00Z', 0],
    ['UTC', '2026-11-29T23:59:59Z', 7 * 1440 - 1],
    ['Europe/Berlin', '2026-11-29T23:30:00Z', 30],
    ['America/New_York', '2026-11-30T04:59:00Z', 7 * 1440 - 1],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', 6 * 1440 + 180],
  ])('%s: at %s the week is %i minutes old', (zone, now, minute) => {
    expect(new LinkCalendar(zone, 0).minuteOfWeek(at(now))).toBe(minute);
  });

  it('know no zone that is not there', () => {
    expect(() => new LinkCalendar('Europe/Nowhere', 0)).toThrow(RangeError);
  });
});
