import { syncBuiltinESMExports } from 'node:module';
import zlib from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { FrameScanner } from './frame-scanner.ts';
import type { JournalStream } from './journal.ts';
import { FRAMES_PER_TURN, INDEX_STEP_BYTES } from './limits.ts';
import { MemoryStorage } from './memory-storage.ts';
import { openTestJournal, sampleRecord, streamId, TELEMETRY } from './open-test-journal.ts';

// To decompress a frame is what a read costs: it is counted, so that no test depends on the time it takes.
const decompress = vi.spyOn(zlib, 'zstdDecompressSync');

beforeAll(() => syncBuiltinESMExports());

afterAll(() => {
  decompress.mockRestore();
  syncBuiltinESMExports();
});

beforeEach(() => {
  decompress.mockClear();
});

/** Of each of 3 streams; they begin at different places. */
const READER_COUNT = 8;
/** What each commit of one event takes at least. */
const MIN_FRAME_BYTES = 200;

it.each([
  { eventCount: 400, commitEvents: 1, maxEvents: 100, segmentBytes: 1_048_576 },
  { eventCount: 400, commitEvents: 1, maxEvents: 100, segmentBytes: 65_536 },
  { eventCount: 800, commitEvents: 5, maxEvents: 16, segmentBytes: 1_048_576 },
  { eventCount: 3200, commitEvents: 400, maxEvents: 100, segmentBytes: 1_048_576 },
])('decompresses each frame about once for each reader: %o', async (example) => {
  const { eventCount, commitEvents, maxEvents, segmentBytes } = example;
  const streams = await openStreams(segmentBytes);
  let passedFrames = 0;
  const readers = [];
  for (const stream of streams) {
    await grow(stream, eventCount, commitEvents);
    for (let reader = 0; reader < READER_COUNT; reader++) {
      const from = 1 + reader * (eventCount / READER_COUNT);
      readers.push({ stream, next: from });
      passedFrames += Math.ceil((eventCount + 1 - from) / commitEvents);
    }
  }
  decompress.mockClear();

  for (let isReading = true; isReading; ) {
    isReading = false;
    for (const reader of readers) {
      const { stream, next } = reader;
      if (next > stream.syncedSequence) continue;
      isReading = true;
      const { records, nextSequence } = await stream.read(next, { maxEvents, maxBytes: 65_536 });
      expect([records[0]?.sequence, records.length]).toEqual([next, nextSequence - next]);
      reader.next = nextSequence;
    }
  }
  expect(decompress.mock.calls.length).toBeLessThanOrEqual(passedFrames * 1.1);
});

it('decompresses nothing before the place of a reader that nobody remembers, and looks for it near there', async () => {
  const [stream] = await openStreams(1_048_576);
  if (stream === undefined) throw new Error('There are streams.');
  await grow(stream, 1000, 1);
  const scan = vi.spyOn(FrameScanner.prototype, 'next');
  expect((await stream.read(990, { maxEvents: 5, maxBytes: 65_536 })).records).toHaveLength(5);
  expect(decompress.mock.calls.length).toBe(5);
  expect(scan.mock.calls.length).toBeLessThan(5 + INDEX_STEP_BYTES / MIN_FRAME_BYTES);
  scan.mockRestore();
});

it('decompresses a large frame once for a reader that takes it bit by bit, whoever reads beside it', async () => {
  const [stream] = await openStreams(1_048_576);
  if (stream === undefined) throw new Error('There are streams.');
  await grow(stream, 200, 1);
  await grow(stream, 400, 400);
  for (let slow = 201; slow < 401; slow += 50) {
    await stream.read(slow, { maxEvents: 50, maxBytes: 65_536 });
    await stream.read(1, { maxEvents: 200, maxBytes: 262_144 });
  }
  expect(decompress.mock.calls.length).toBeLessThanOrEqual(1 + 4 * 200);
});

it('decompresses a full frame once for each of a dozen readers that are in different ones [J8]', async () => {
  const [stream] = await openStreams(16 * 1_048_576);
  if (stream === undefined) throw new Error('There are streams.');
  const frameEvents = 3000;
  const readers = Array.from({ length: 12 }, (_, index) => ({ next: 1 + index * frameEvents }));
  await grow(stream, frameEvents * readers.length, frameEvents);
  decompress.mockClear();
  for (let takenCount = 0; takenCount < frameEvents; takenCount += 375) {
    for (const reader of readers) {
      const { records, nextSequence } = await stream.read(reader.next, { maxEvents: 375, maxBytes: 1_048_576 });
      expect(records.map(({ sequence }) => sequence).at(-1)).toBe(reader.next + 374);
      reader.next = nextSequence;
    }
  }
  expect(decompress.mock.calls.length).toBe(readers.length);
});

it('decompresses each frame about once for each sink, however their windows differ and whatever retention takes [J8]', async () => {
  const retention = { maxBytes: 65_536, overflow: 'dropOldest' } as const;
  const options = { compress: true, segmentBytes: 16_384, streams: [{ id: TELEMETRY, retention }] };
  const { stream } = await openTestJournal(new MemoryStorage(), options);
  await grow(stream, 600, 2);
  decompress.mockClear();
  // One far behind what is left, one that takes a little at a time, one that leaves almost everything out, and one at the tail.
  const sinks = [
    { next: 1, maxEvents: 100, everyRounds: 1 },
    { next: 1, maxEvents: 7, everyRounds: 1 },
    { next: 300, maxEvents: 256, everyRounds: 3 },
    { next: 601, maxEvents: 16, everyRounds: 1 },
  ];
  let deliveredCount = 0;
  for (let round = 0; round < 120; round++) {
    await grow(stream, 6, 2);
    for (const sink of sinks) {
      if (round % sink.everyRounds > 0 || sink.next > stream.syncedSequence) continue;
      const { records, nextSequence } = await stream.read(sink.next, { maxEvents: sink.maxEvents, maxBytes: 65_536 });
      deliveredCount += records.length;
      sink.next = nextSequence;
    }
  }
  expect(stream.oldestSequence).toBeGreaterThan(600);
  expect(deliveredCount).toBeGreaterThan(2000);
  expect(decompress.mock.calls.length).toBeLessThanOrEqual((deliveredCount / 2) * 1.1);
});

it('lets others have the event loop while a read crosses many frames', async () => {
  const [stream] = await openStreams(1_048_576);
  if (stream === undefined) throw new Error('There are streams.');
  await grow(stream, 400, 1);
  let isDone = false;
  let mostInTurn = 0;
  const read = stream.read(1, { maxEvents: 400, maxBytes: 1_048_576 }).finally(() => {
    isDone = true;
  });
  for (let before = decompress.mock.calls.length; !isDone; before = decompress.mock.calls.length) {
    await new Promise((resolve) => setImmediate(resolve));
    mostInTurn = Math.max(mostInTurn, decompress.mock.calls.length - before);
  }
  expect((await read).records).toHaveLength(400);
  expect(mostInTurn).toBeLessThanOrEqual(FRAMES_PER_TURN);
});

async function openStreams(segmentBytes: number): Promise<readonly JournalStream[]> {
  const ids = ['telemetry', 'b', 'c'].map((text) => streamId(text));
  const options = { compress: true, segmentBytes, streams: ids.map((id) => ({ id })) };
  const { journal } = await openTestJournal(new MemoryStorage(), { ...options });
  return ids.map((id) => journal.stream(id));
}

/** Appends records, some in a commit. */
async function grow(stream: JournalStream, count: number, commitEvents: number): Promise<void> {
  for (let done = 0; done < count; done += commitEvents) {
    await Promise.all(Array.from({ length: Math.min(commitEvents, count - done) }, () => appendTo(stream)));
  }
}

function appendTo(stream: JournalStream): Promise<void> {
  const payload = Buffer.from(JSON.stringify({ speed: 13.5, position: [48.1, 11.5], note: '.'.repeat(200) }));
  return new Promise((resolve, reject) => {
    stream.append(sampleRecord('', { payload }), (error) => (error === undefined ? resolve() : reject(error)));
  });
}
