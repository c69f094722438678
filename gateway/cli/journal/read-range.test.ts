import { describe, expect, it } from 'vitest';
import type { JournalReader, TimedRecord } from '#gateway/journal/journal-reader.ts';
import { findRanges, type JournalItem, mergeByTime, parsePlace, readRange } from './read-range.ts';
import { sampleStored } from './sample-item.ts';

describe('parsePlace', () => {
  it.each([
    ['17', { sequence: 17 }],
    ['-90s', { agoMs: 90_000 }],
    ['-1.5h', { agoMs: 5_400_000 }],
    ['-2d', { agoMs: 172_800_000 }],
    ['2026-03-01', { unixMs: Date.UTC(2026, 2, 1) }],
    ['2026-03-01T12:00', { unixMs: Date.UTC(2026, 2, 1, 12) }],
    ['2026-03-01 12:00:01.5', { unixMs: Date.UTC(2026, 2, 1, 12, 0, 1, 500) }],
    ['2026-03-01T12:00:00+01:00', { unixMs: Date.UTC(2026, 2, 1, 11) }],
  ])('reads %s', (text, place) => {
    expect(parsePlace(text)).toEqual(place);
  });

  it.each(['', 'yesterday', '-1', '-1y', '1h', '2026-13-01', '2026-03-01T25:00', '1.5', '9'.repeat(17)])(
    'refuses %j with what it expects',
    (text) => {
      expect(() => parsePlace(text)).toThrow(/Expected a sequence, a time such as/);
    },
  );
});

/** Two streams of ten records, and a built-in one; sequence n was accepted at n seconds. */
function fakeReader(): JournalReader {
  const range = { oldestSequence: 3, syncedSequence: 10 };
  const streams = [
    { id: 'alerts', ...range },
    { id: 'telemetry', ...range },
    { id: 'state', isBuiltIn: true, ...range },
  ];
  return {
    // Only what `findRanges` looks at.
    stat: async () => ({ streams, cursors: [] }) as unknown as Awaited<ReturnType<JournalReader['stat']>>,
    locate: async (_stream, unixMs) => Math.min(11, Math.max(3, Math.ceil(unixMs / 1000))),
    read: async ({ stream, from }) => {
      const to = Math.min(10, from + 3);
      const sequences = Array.from({ length: to - from + 1 }, (_, index) => from + index);
      return {
        records: sequences.map((sequence) => sampleStored({ stream, sequence })),
        lost: [],
        nextSequence: to + 1,
      };
    },
  };
}

describe('findRanges', () => {
  const nowMs = 9500;

  it('takes a stream that holds no events only by its name', async () => {
    expect(await findRanges(fakeReader(), { stream: 'state' }, nowMs)).toEqual([{ stream: 'state', from: 3, to: 10 }]);
  });

  it.each([
    ['all there is', {}, { from: 3, to: 10 }],
    ['from a time, included', { from: { unixMs: 5000 } }, { from: 5, to: 10 }],
    ['to a time, included', { to: { unixMs: 5000 } }, { from: 3, to: 5 }],
    ['from some time ago', { from: { agoMs: 2000 } }, { from: 8, to: 10 }],
    ['no further than there is', { to: { unixMs: 99_000 } }, { from: 3, to: 10 }],
  ])('takes %s', async (_, selection, range) => {
    expect(await findRanges(fakeReader(), selection, nowMs)).toEqual([
      { stream: 'alerts', ...range },
      { stream: 'telemetry', ...range },
    ]);
  });

  it('takes a sequence of one stream alone', async () => {
    const selection = { from: { sequence: 4 }, to: { sequence: 6 } };
    const one = await findRanges(fakeReader(), { stream: 'alerts', ...selection }, nowMs);
    expect(one).toEqual([{ stream: 'alerts', from: 4, to: 6 }]);
    await expect(findRanges(fakeReader(), selection, nowMs)).rejects.toMatchObject({ code: 'journal.needsStream' });
  });

  it.each([
    ['sequences', { stream: 'alerts', from: { sequence: 6 }, to: { sequence: 4 } }],
    ['times', { from: { agoMs: 1000 }, to: { unixMs: 5000 } }],
  ])('refuses %s whose ends are swapped', async (_, selection) => {
    await expect(findRanges(fakeReader(), selection, nowMs)).rejects.toMatchObject({
      code: 'journal.swappedEnds',
      exitCode: 2,
    });
  });

  it('names the streams there are', async () => {
    const refused = findRanges(fakeReader(), { stream: 'nope' }, nowMs);
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('alerts, telemetry') });
  });
});

describe('readRange', () => {
  it('gives all of it and nothing beyond, and says how far it is', async () => {
    let readCount = 0;
    const onRead = (count: number) => {
      readCount += count;
    };
    const items = readRange(fakeReader(), { stream: 'alerts', from: 3, to: 9 }, undefined, onRead);
    expect(sequencesOf(await Array.fromAsync(items))).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(readCount).toBe(7);
  });

  it('puts what is lost where it was', async () => {
    const epoch = sampleStored({}).epoch;
    const reader: JournalReader = {
      ...fakeReader(),
      read: async () => ({
        records: [sampleStored({ sequence: 1 }), sampleStored({ sequence: 5 })],
        lost: [{ from: 2, to: 4, epoch, reason: 'damaged' }],
        nextSequence: 6,
      }),
    };
    const items = await Array.fromAsync(readRange(reader, { stream: 'telemetry', from: 1, to: 5 }));
    expect(items.map((item) => ('lost' in item ? item.lost.reason : item.sequence))).toEqual([1, 'damaged', 5]);
  });
});

describe('mergeByTime', () => {
  it('goes by the time of acceptance between clock runs, and by monotonic time within one', async () => {
    const a = [at('a', 1, 'run1', 10, 5000), at('a', 2, 'run2', 30, 9000)];
    const b = [at('b', 1, 'run1', 5, 6000), at('b', 2, 'run2', 20), at('b', 3, 'run2', 40)];
    const merged = await Array.fromAsync(mergeByTime([of(a), of(b)]));
    expect(merged.map((item) => `${item.stream}${'sequence' in item ? item.sequence : ''}`)).toEqual([
      'b1',
      'a1',
      'b2',
      'a2',
      'b3',
    ]);
  });
});

function at(stream: string, sequence: number, clockRun: string, monotonicMs: number, unixMs?: number): TimedRecord {
  const stamp = { wallMs: 0, monotonicMs, clockRun, quality: 'none' } as const;
  return sampleStored({
    stream,
    sequence,
    stamp,
    time: unixMs === undefined ? { basis: 'unknown' } : { basis: 'own', unixMs },
  });
}

async function* of(items: readonly JournalItem[]): AsyncGenerator<JournalItem> {
  yield* items;
}

function sequencesOf(items: readonly JournalItem[]): readonly number[] {
  return items.flatMap((item) => ('lost' in item ? [] : [item.sequence]));
}
