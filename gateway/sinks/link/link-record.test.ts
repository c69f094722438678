import { expect, it } from 'vitest';
import { NEW_LEDGER, spendBytes } from './day-ledger.ts';
import { decodeLinkRecord, encodeLinkRecord } from './link-record.ts';

const RECORD = {
  ledger: spendBytes(
    { ...NEW_LEDGER, elapsedMs: 5000, known: { elapsedMs: 4000, wallMs: 1e12 }, dayFromMs: -7000 },
    42,
  ),
  override: { mode: 'off', from: 'cli', sinceMs: 1, untilMs: 9000 },
} as const;
const text = Buffer.from(encodeLinkRecord(RECORD)).toString();
const changed = (change: object) => JSON.stringify({ ...JSON.parse(text), ...change });

it('reads what it wrote', () => {
  expect(decodeLinkRecord(encodeLinkRecord(RECORD))).toEqual(RECORD);
  const bare = { ledger: NEW_LEDGER, override: undefined };
  expect(decodeLinkRecord(encodeLinkRecord(bare))).toEqual(bare);
});

it.each([
  ['nothing', ''],
  ['no JSON', text.slice(0, -1)],
  ['no object', '7'],
  ['null', 'null'],
  ['another version', changed({ version: 2 })],
  ['no time', changed({ elapsedMs: null })],
  ['a time before the beginning', changed({ elapsedMs: -1 })],
  ['part of a millisecond', changed({ elapsedMs: 1.5 })],
  ['no spans', changed({ spans: {} })],
  ['a span without bytes', changed({ spans: [[1, 2]] })],
  ['a span that ends before it begins', changed({ spans: [[2, 1, 5]] })],
  ['bytes that came back', changed({ spans: [[1, 2, -5]] })],
  ['too many spans', changed({ spans: new Array(41).fill([1, 2, 3]) })],
  ['a day that is no number', changed({ dayFromMs: 'now' })],
  ['half of what is known', changed({ known: [1] })],
  ['a mode that is none', changed({ override: { mode: 'fast', from: 'cli', sinceMs: 1 } })],
  ['a mode that nobody said', changed({ override: { mode: 'off', sinceMs: 1 } })],
  ['a mode until no time', changed({ override: { mode: 'off', from: 'cli', sinceMs: 1, untilMs: 'x' } })],
])('believes no record with %s', (_, body) => {
  expect(decodeLinkRecord(Buffer.from(body))).toBeUndefined();
});
