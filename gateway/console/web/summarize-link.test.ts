import { expect, it } from 'vitest';
import type { LinkStatus } from '#gateway/model/link-status.ts';
import { sampleStatus } from '#gateway/model/testing/sample-status.ts';
import { summarizeLink } from './summarize-link.ts';

function linkWith(changes: Partial<LinkStatus>): LinkStatus {
  const [link] = sampleStatus().links ?? [];
  if (link === undefined) throw new Error('the sample has a link');
  return { ...link, ...changes };
}

const DAY = { usedBytes: 1024, reserveBytes: 0, basis: 'date' } as const;

it('says what the mode is, who said so, and what of the budget is used', () => {
  expect(summarizeLink(linkWith({}), 1536)).toEqual({
    condition: 'idle',
    word: 'metered',
    text: 'by hand for 2 h more; 42.4 MiB of 200 MiB used today (5.0 MiB of it for urgent lanes), the next day begins in 10 h; now 1.5 KiB/s.',
    advice: 'Only the lanes that it names go; to let everything through: waystation links mode lte auto',
    usedShare: 44_500_000 / (200 * 2 ** 20),
  });
});

it('names the mode where something else stands in front', () => {
  const link = linkWith({ state: 'spent', modeFrom: 'schedule' });
  expect(summarizeLink(link, 0).text).toMatch(/^metered by its schedule for 2 h more; /);
});

it('says no more than the bytes where nothing is limited', () => {
  const { modeEndsInMs: _, ...link } = linkWith({ day: { ...DAY, basis: 'elapsed' } });
  expect(summarizeLink({ ...link, mode: 'normal', modeFrom: 'configuration' }, 0)).toEqual({
    condition: 'good',
    word: 'normal',
    text: 'by the configuration; 1.0 KiB used in the last 25 h; now 0 B/s.',
  });
});

it.each<[string, Partial<LinkStatus>, string, string]>([
  ['a link that is off', { mode: 'off', state: 'off' }, 'idle', 'off'],
  ['a day that is spent', { mode: 'normal', state: 'spent' }, 'busy', 'budget spent'],
  ['a day of which the reserve is left', { mode: 'normal', state: 'reserved' }, 'busy', 'reserve only'],
  ['a day that is nearly spent', { mode: 'normal', state: 'low' }, 'busy', 'budget low'],
  ['a day that is spent, of a link that is off', { mode: 'off', state: 'spent' }, 'idle', 'off'],
  ['a count that cannot be kept', { mode: 'normal', lastError: 'link.notKept: no room.' }, 'bad', 'normal'],
])('judges %s', (_, changes, condition, word) => {
  expect(summarizeLink(linkWith(changes), 0)).toMatchObject({ condition, word });
});

it.each<[Partial<LinkStatus>, RegExp]>([
  [{ mode: 'normal', state: 'spent' }, /^Nothing goes until the next day\. .*raise maxBytesPerDay/],
  [{ mode: 'normal', state: 'reserved' }, /^Urgent lanes alone go until the next day\. .*lte metered/],
  [{ mode: 'normal', state: 'low' }, /^Urgent lanes go, batches that it would cut wait\. /],
  [{ mode: 'off', state: 'off', modeFrom: 'schedule' }, /^Nothing goes; .*waystation links mode lte normal --for 1h$/],
])('says what to do about %o', (changes, advice) => {
  expect(summarizeLink(linkWith(changes), 0).advice).toMatch(advice);
});

it('never shows more than a whole day, nor divides by a budget of nothing', () => {
  expect(summarizeLink(linkWith({ day: { ...DAY, maxBytes: 100 } }), 0).usedShare).toBe(1);
  expect(summarizeLink(linkWith({ day: { ...DAY, usedBytes: 0, maxBytes: 0 } }), 0).usedShare).toBe(0);
});
