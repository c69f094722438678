import { expect, it } from 'vitest';
import { SLOT_BODY_BYTES } from '#gateway/journal/slot-file.ts';
import { MAX_SPANS, NEW_LEDGER, spendBytes } from './day-ledger.ts';
import { decodeLinkRecord, encodeLinkRecord, MAX_WIRE_SHARES } from './link-record.ts';

const RECORD = {
  ledger: spendBytes(
    { ...NEW_LEDGER, elapsedMs: 5000, known: { elapsedMs: 4000, wallMs: 1e12 }, dayFromMs: -7000, aheadMs: 60_000 },
    42,
  ),
  override: { mode: 'off', from: 'cli', sinceMs: 1, untilMs: 9000 },
  told: { state: 'spent', atMs: 4500, maxBytes: 1000 },
  boot: { id: '6c9a1f0e-1b2d-4c3e-9f00-0123456789ab', atMs: 77 },
  wireShares: new Map([
    ['hub', 0.125],
    ['other', 1],
  ]),
} as const;
const text = Buffer.from(encodeLinkRecord(RECORD)).toString();
const changed = (change: object) => JSON.stringify({ ...JSON.parse(text), ...change });

it('reads what it wrote', () => {
  expect(decodeLinkRecord(encodeLinkRecord(RECORD))).toEqual(RECORD);
  const bare = { ledger: NEW_LEDGER, override: undefined, told: undefined, boot: undefined, wireShares: new Map() };
  expect(decodeLinkRecord(encodeLinkRecord(bare))).toEqual(bare);
});

it('reads what a release before wrote, which knew neither starts of the host, what batches take, nor what was told', () => {
  const { boot: _, wireShares: __, aheadMs: ___, told: ____, ...before } = JSON.parse(text);
  expect(decodeLinkRecord(Buffer.from(JSON.stringify(before)))).toEqual({
    ...{ ...RECORD, told: undefined, boot: undefined, wireShares: new Map() },
    ledger: { ...RECORD.ledger, aheadMs: 0 },
  });
});

it('fits its slot at its largest, and keeps of too many sinks those that learnt last [P3]', () => {
  const atMs = 2 ** 45;
  const spans = new Array(MAX_SPANS).fill({ fromMs: atMs, toMs: atMs, bytes: 2 ** 50 });
  const known = { elapsedMs: atMs, wallMs: atMs };
  const ledger = { ...NEW_LEDGER, ...{ elapsedMs: atMs, spans, known, dayFromMs: atMs, aheadMs: atMs, gapMs: atMs } };
  const wireShares = new Map(
    Array.from({ length: 60 }, (_, index) => [`${'x'.repeat(29)}-${index + 10}`, 1 / 3] as const),
  );
  const override = { mode: 'metered', from: 'command', sinceMs: atMs, untilMs: atMs } as const;
  const told = { state: 'spent', atMs, maxBytes: 2 ** 50 } as const;
  const body = encodeLinkRecord({ ledger, override, told, boot: { ...RECORD.boot, atMs }, wireShares });
  expect(body.length).toBeLessThanOrEqual(SLOT_BODY_BYTES);
  expect([...(decodeLinkRecord(body)?.wireShares ?? [])]).toEqual(
    [...wireShares.keys()].slice(-MAX_WIRE_SHARES).map((sink) => [sink, 0.334]),
  );
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
  ['a date ahead by part of a millisecond', changed({ aheadMs: 0.5 })],
  ['a start of the host without a time', changed({ boot: ['6c9a1f0e-1b2d-4c3e-9f00-0123456789ab'] })],
  ['a start of the host without a name', changed({ boot: [7, 7] })],
  ['batches that take nothing', changed({ wireShares: [['hub', 0]] })],
  ['batches that take more than they are', changed({ wireShares: [['hub', 1.01]] })],
  ['batches of nobody', changed({ wireShares: [[1, 1]] })],
  ['batches of too many', changed({ wireShares: new Array(17).fill(['hub', 1]) })],
  ['a mode that is none', changed({ override: { mode: 'fast', from: 'cli', sinceMs: 1 } })],
  ['a mode that nobody said', changed({ override: { mode: 'off', sinceMs: 1 } })],
  ['news of no state', changed({ told: ['open', 1, 1] })],
  ['news of no day', changed({ told: ['low', null, 1] })],
  ['news of no budget', changed({ told: ['low', 1] })],
  ['a mode until no time', changed({ override: { mode: 'off', from: 'cli', sinceMs: 1, untilMs: 'x' } })],
])('believes no record with %s', (_, body) => {
  expect(decodeLinkRecord(Buffer.from(body))).toBeUndefined();
});
