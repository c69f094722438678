/** Midnight UTC of a day of the calendar, Unix milliseconds; NaN unless the calendar has that day and satellites could tell of it. */
export function midnightUnixMs(year: number, month: number, day: number): number {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const isLeapMonth = isLeapYear && month === 2;
  const isDay = day >= 1 && day <= (isLeapMonth ? 29 : (DAYS_BY_MONTH[month - 1] ?? 0));
  return isDay && year >= FIRST_YEAR && year <= 9999 ? Date.UTC(year, month - 1, day) : NaN;
}

const DAYS_BY_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
/** GPS time begins on 6 January 1980. */
const FIRST_YEAR = 1980;
