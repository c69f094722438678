import { expect, it } from 'vitest';
import { judgeDate } from './week-rollover.ts';

const RELEASE = '2026-11-20';

function judge(date: string) {
  const judged = judgeDate(Date.parse(date), Date.parse(RELEASE));
  return judged.verdict === 'rolledOver'
    ? `${new Date(judged.correctedUnixMs).toISOString().slice(0, 19)} +${judged.weeks}`
    : judged.verdict;
}

it.each([
  ['the release itself', '2026-11-20', 'plausible'],
  ['tomorrow', '2026-11-29T08:00:00Z', 'plausible'],
  ['the last day of the week numbers that begin there', '2046-07-05', 'plausible'],
  ['a moment before the release', '2026-11-19T23:59:59Z', '2046-07-05T23:59:59 +1024'],
  ['one rollover ago', '2007-04-14T12:34:56Z', '2026-11-28T12:34:56 +1024'],
  ['two rollovers ago', '1987-08-29T12:34:56Z', '2026-11-28T12:34:56 +2048'],
  ['the first GPS week', '1980-01-06', '2038-11-21T00:00:00 +3072'],
  ['before GPS', '1980-01-05T23:59:59Z', 'implausible'],
  ['an empty memory', '1970-01-01', 'implausible'],
  ['one rollover ahead', '2046-07-06', 'implausible'],
  ['decades ahead', '2079-12-31', 'implausible'],
  ['no date', 'yesterday', 'implausible'],
])('judges %s', (_, date, expected) => {
  expect(judge(date)).toBe(expected);
});
