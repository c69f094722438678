import { expect, it } from 'vitest';
import type { ClockMark } from '#gateway/model/clock-mark.ts';
import type { Stamp } from '#gateway/model/message.ts';
import { MemoryStorage } from './memory-storage.ts';
import { openTestJournal, sampleRecord, TEST_DIRECTORY } from './open-test-journal.ts';
import { FRAMES_OFFSET } from './segment-header.ts';

const NOON_MS = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;

function mark(kind: ClockMark['kind'], stamp: Partial<Stamp>): ClockMark {
  return { kind, stamp: { wallMs: 5000, monotonicMs: 0, clockRun: '00000000000000a1', quality: 'none', ...stamp } };
}

const MARKS = [
  mark('start', { wallMs: NOON_MS, clockRun: '00000000000000a1', quality: 'ntp' }),
  mark('start', { clockRun: '00000000000000a2', monotonicMs: 300 }),
  mark('suspend', { clockRun: '00000000000000a3', monotonicMs: 900 }),
  mark('step', { clockRun: '00000000000000a4', monotonicMs: 1200.5 }),
  mark('anchor', { clockRun: '00000000000000a4', monotonicMs: 2000, wallMs: NOON_MS + 2 * HOUR_MS, quality: 'gnss' }),
];

it('knows after a restart what it knew before, and shows no stream for it [S5]', async () => {
  const storage = new MemoryStorage();
  const { journal } = await openTestJournal(storage);
  let heardCount = 0;
  const stop = journal.watchClock(() => heardCount++);
  for (const each of MARKS) journal.markClock(each);
  stop();
  journal.markClock(mark('start', { clockRun: '00000000000000a5' }));
  expect(heardCount).toBe(MARKS.length);
  const known = journal.clockRuns;
  expect(known).toHaveLength(5);
  await journal[Symbol.asyncDispose]();

  await using reopened = (await openTestJournal(storage, { seed: 2 })).journal;
  expect(reopened.clockRuns).toEqual(known);
  expect(reopened.streams.map(({ id }) => id)).toEqual(['telemetry']);
  expect(reopened.status().streams).toHaveLength(1);
});

it('opens without what it knew when that cannot be read, and goes on [J5]', async () => {
  const storage = new MemoryStorage();
  const { journal } = await openTestJournal(storage);
  for (const each of MARKS) journal.markClock(each);
  await journal[Symbol.asyncDispose]();
  const file = await storage.open(`${TEST_DIRECTORY}/streams/clock/0000000000000001.segment`, 'update');
  await file.write(Buffer.alloc(FRAMES_OFFSET, 0xff), 0);
  await file.close();

  await using reopened = (await openTestJournal(storage, { seed: 2 })).journal;
  expect(reopened.clockRuns).toEqual([]);
  for (const each of MARKS) reopened.markClock(each);
  expect(reopened.clockRuns).toHaveLength(4);
});

it('keeps as many segments as hold what is remembered, and no more [J8]', async () => {
  const storage = new MemoryStorage();
  const { journal } = await openTestJournal(storage);
  for (let index = 0; index < 12_000; index++) {
    journal.markClock(mark('start', { clockRun: index.toString(16).padStart(16, '0') }));
    // One at a time, as steps of a clock come: a frame each.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const known = journal.clockRuns;
  await journal[Symbol.asyncDispose]();
  const names = await storage.list(`${TEST_DIRECTORY}/streams/clock`);
  expect(names.filter((name) => name.endsWith('.segment'))).toHaveLength(3);
  await using reopened = (await openTestJournal(storage, { seed: 2 })).journal;
  expect(reopened.clockRuns).toEqual(known);
}, 30_000);

it('finds the first record of an instant by repaired time, with 1970 in the middle, over many segments', async () => {
  const opened = await openTestJournal(new MemoryStorage(), { segmentBytes: 64 * 1024 });
  await using journal = opened.journal;
  for (const each of MARKS) journal.markClock(each);
  // One record a minute: an hour of good time, an hour that nobody knows, an hour that was repaired.
  const stamps = Array.from({ length: 180 }, (_, minute): Stamp => {
    const monotonicMs = minute * 60_000;
    if (minute < 60) return { ...MARK_OF.first, wallMs: NOON_MS + monotonicMs, monotonicMs };
    if (minute < 120) return { ...MARK_OF.unknown, monotonicMs: monotonicMs - HOUR_MS + 300 };
    return { ...MARK_OF.repaired, monotonicMs: 2000 + monotonicMs - 2 * HOUR_MS };
  });
  for (const [index, stamp] of stamps.entries()) {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    opened.stream.append(sampleRecord(`${index}`.padEnd(2000, '.'), { stamp }), resolve);
    await promise;
  }
  expect(journal.status().streams[0]?.segmentCount).toBeGreaterThan(3);
  const sequenceAt = (minute: number) => opened.stream.locate(NOON_MS + minute * 60_000);
  expect(await sequenceAt(-5)).toBe(1);
  expect(await sequenceAt(0)).toBe(1);
  expect(await sequenceAt(17.5)).toBe(19);
  for (let minute = 0; minute < 180; minute++) {
    if (minute < 60 || minute > 120) expect(await sequenceAt(minute)).toBe(minute + 1);
  }
  // What may have been at 13:30 is the whole hour that nobody knows.
  expect(await sequenceAt(90)).toBe(61);
  expect(await sequenceAt(130)).toBe(131);
  expect(await sequenceAt(179.1)).toBe(181);
});

const MARK_OF = {
  first: { clockRun: '00000000000000a1', quality: 'ntp' },
  unknown: { clockRun: '00000000000000a2', quality: 'none', wallMs: 7000 },
  repaired: { clockRun: '00000000000000a4', quality: 'none', wallMs: 9000 },
} as const;
