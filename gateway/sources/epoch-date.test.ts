import { expect, it } from 'vitest';
import type { GnssEpoch } from '#devices/gps/gnss-epoch.ts';
import { RELEASE_DATE_MS } from '#gateway/model/clock-mark.ts';
import { dateEpoch } from './epoch-date.ts';

const WEEK_MS = 604_800_000;
const NOW_MS = RELEASE_DATE_MS + 1.5 * WEEK_MS;
const ROLLED_OVER_MS = NOW_MS - 1024 * WEEK_MS;

const at = (unixMs: number | undefined, more: Partial<GnssEpoch> = {}): GnssEpoch => ({
  mode: '3d',
  isModeStated: true,
  ...(unixMs === undefined ? {} : { unixMs }),
  ...more,
});

it.each([
  ['takes a date that can be right', at(NOW_MS), { unixMs: NOW_MS }, { unixMs: NOW_MS }],
  ['has none where there is none', at(undefined), {}, {}],
  [
    'refuses or corrects a week number that has rolled over',
    at(ROLLED_OVER_MS),
    { date: 'refused' },
    { unixMs: NOW_MS, date: 'corrected', weeksAdded: 1024 },
  ],
  [
    'corrects two turns',
    at(NOW_MS - 2048 * WEEK_MS),
    { date: 'refused' },
    { unixMs: NOW_MS, date: 'corrected', weeksAdded: 2048 },
  ],
  ['refuses an empty memory', at(0), { date: 'refused' }, { date: 'refused' }],
  ['refuses a date far ahead', at(NOW_MS + 1024 * WEEK_MS), { date: 'refused' }, { date: 'refused' }],
  ['corrects nothing without a fix', at(ROLLED_OVER_MS, { mode: 'none' }), { date: 'refused' }, { date: 'refused' }],
  [
    'does not take what the receiver does not trust itself',
    at(NOW_MS, { isTimeResolved: false }),
    { date: 'unresolved' },
    { date: 'unresolved' },
  ],
  ['takes what it trusts', at(NOW_MS, { isTimeResolved: true }), { unixMs: NOW_MS }, { unixMs: NOW_MS }],
] as const)('%s [S5]', (_, epoch, refusing, correcting) => {
  expect(dateEpoch(epoch, 'refuse')).toEqual(refusing);
  expect(dateEpoch(epoch, 'correct')).toEqual(correcting);
});
