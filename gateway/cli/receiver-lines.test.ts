import { expect, it } from 'vitest';
import type { ReceiverStatus, SelectionStatus } from '#gateway/model/status.ts';
import { receiverLines } from './receiver-lines.ts';

function linesOf(parts: { readonly receiver?: ReceiverStatus; readonly selection?: SelectionStatus }): string[] {
  const counts = { receivedBytes: 0, publishedCount: 0, refusedCount: 0, reopenCount: 0, messages: {}, rejections: {} };
  return receiverLines({ id: 'gps0', type: 'gnss', state: 'open', ...counts, ...parts });
}

it.each([
  ['of another device', {}, []],
  ['of a good receiver', { receiver: { isFixValid: true } }, []],
  [
    'of a bad fix',
    { receiver: { isFixValid: false, fixFaults: ['hdop', 'jump'] } },
    ['gps0: its fix is not valid: hdop, jump'],
  ],
  [
    'of a refused date',
    { receiver: { isFixValid: true, date: 'refused' } },
    [expect.stringMatching(/^gps0: its date cannot be right and is refused; .* weekRollover: correct/)],
  ],
  [
    'of a corrected date',
    { receiver: { date: 'corrected', weeksAdded: 1024 } },
    ['gps0: 1024 weeks are added to its date, as its count of weeks has rolled over'],
  ],
  [
    'of an unresolved time',
    { receiver: { date: 'unresolved' } },
    [expect.stringContaining('does not trust it itself')],
  ],
  [
    'of a selection',
    { selection: { source: 'b', switchCount: 1, conditions: { a: 'silent', b: 'valid' } } },
    ['gps0: positions are those of b, after 1 switch; a silent, b valid'],
  ],
] as const)('has the lines %s', (_, parts, expected) => {
  expect(linesOf(parts)).toEqual(expected);
});
