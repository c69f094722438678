import { expect, it } from 'vitest';
import { DateKeeper } from './date-keeper.ts';
import { DAY_MS } from './time-of-day.ts';

const TODAY = Date.UTC(2026, 10, 20);

function keeperAt(timeOfDayMs: number): DateKeeper {
  const dates = new DateKeeper();
  dates.state(timeOfDayMs, TODAY);
  return dates;
}

it.each<[title: string, fromMs: number, toMs: number, expected: number | undefined]>([
  ['holds over the day', 1000, 3_000_000, TODAY],
  ['is the next one after midnight', DAY_MS - 1000, 500, TODAY + DAY_MS],
  ['is the day of a leap second', DAY_MS - 1000, DAY_MS + 500, TODAY],
  ['is the next one after a leap second', DAY_MS + 500, 0, TODAY + DAY_MS],
  ['holds for a time a little earlier', 5000, 4000, TODAY],
  ['is the one before for a time before midnight', 500, DAY_MS - 500, TODAY - DAY_MS],
  ['is unknown after a jump', 12 * 3_600_000, 3 * 3_600_000, undefined],
])('a date %s', (_title, fromMs, toMs, expected) => {
  expect(keeperAt(fromMs).dateOf(toMs)).toBe(expected);
});

it('is unknown before one was stated [S5]', () => {
  expect(new DateKeeper().advance(0)).toBeUndefined();
});

it('goes along over several midnights without a date being stated again', () => {
  const dates = keeperAt(DAY_MS - 1000);
  const hours = Array.from({ length: 49 }, (_, index) => (index * 3_600_000) % DAY_MS);
  expect(hours.map((hourMs) => dates.advance(hourMs)).at(-1)).toBe(TODAY + 3 * DAY_MS);
});

it('takes a date of yesterday just after midnight for late, however often it is stated', () => {
  const dates = keeperAt(DAY_MS - 1000);
  for (const timeOfDayMs of [0, 1000, 2000]) {
    dates.state(timeOfDayMs, TODAY);
    expect(dates.dateOf(timeOfDayMs)).toBe(TODAY + DAY_MS);
  }
  dates.state(3000, TODAY + DAY_MS);
  expect(dates.dateOf(3000)).toBe(TODAY + DAY_MS);
});

it('believes a receiver that goes a day back later than that', () => {
  const dates = keeperAt(DAY_MS - 1000);
  dates.state(120_000, TODAY);
  expect(dates.dateOf(120_000)).toBe(TODAY);
});
