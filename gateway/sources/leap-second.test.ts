import { expect, it } from 'vitest';
import { leapSecondToday } from './leap-second.ts';

it.each([
  ['2027-06-30T00:00:00.000Z', 1, { leapSecond: 'inserted' }],
  ['2027-12-31T23:59:59.999Z', -1, { leapSecond: 'deleted' }],
  ['2027-12-31T12:00:00.000Z', 0, {}],
  ['2027-12-31T12:00:00.000Z', undefined, {}],
  ['2027-06-29T23:59:59.999Z', 1, {}],
  ['2027-07-01T00:00:00.000Z', 1, {}],
])('at %s, with %s announced, says %o', (time, announced, expected) => {
  expect(leapSecondToday(Date.parse(time), announced)).toEqual(expected);
});
