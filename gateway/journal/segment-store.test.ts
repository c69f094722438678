import { describe, expect, it } from 'vitest';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { ZERO_FILL_STEP_BYTES } from './limits.ts';
import { MemoryStorage } from './memory-storage.ts';
import {
  append,
  readAll,
  seededBytes,
  seededRandom,
  TELEMETRY,
  TEST_DIRECTORY,
  testSegmentPath,
  textsOf,
} from './open-test-journal.ts';
import { loadSegmentIndex } from './segment-footer.ts';
import { BLOCK_BYTES } from './segment-header.ts';
import { openStream, type Stream } from './stream.ts';

const FOLDER = `${TEST_DIRECTORY}/streams/telemetry`;
const SEGMENT_BYTES = 16_384;

/** A stream whose segments hold some thirteen of the {@link texts}. */
async function open(storage: MemoryStorage, seed = 1, segmentBytes = SEGMENT_BYTES, machine?: string): Promise<Stream> {
  await storage.makeDirectory(FOLDER);
  return await openStream({
    storage,
    folder: FOLDER,
    stream: TELEMETRY,
    logger: new MemoryLogger(),
    clock: new FakeClock(),
    randomBytes: seededBytes(seededRandom(seed)),
    furthestCursor: undefined,
    machine,
    sync: 'always',
    lingerMs: 0,
    segmentBytes,
    mayCompress: false,
    clockRuns: () => [],
    room: { makeRoom: async () => undefined, freePassed: async () => false },
    makeRoom: async () => false,
  });
}

function texts(count: number, mark = ''): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${mark}${index}`.padEnd(400, '.'));
}

async function appendAll(stream: Stream, all: readonly string[]): Promise<void> {
  for (const text of all) await append(stream, text);
}

async function namesIn(storage: MemoryStorage): Promise<readonly string[]> {
  return (await storage.list(FOLDER)).toSorted();
}

describe('a new file', () => {
  it('grows by steps of zeros: within a step the frames overwrite them', async () => {
    const storage = new MemoryStorage();
    const stream = await open(storage, 1, 2 ** 20);
    const sizes = new Set<number>();
    for (let count = 0; count < 150; count++) {
      await append(stream, 'x'.repeat(4000));
      sizes.add(storage.file(testSegmentPath(1)).content.length);
    }
    expect([...sizes]).toEqual([ZERO_FILL_STEP_BYTES, 2 * ZERO_FILL_STEP_BYTES, 3 * ZERO_FILL_STEP_BYTES]);
  });

  it('never grows beyond the size that its header states', async () => {
    const storage = new MemoryStorage();
    await appendAll(await open(storage), texts(5));
    expect(storage.file(testSegmentPath(1)).content).toHaveLength(SEGMENT_BYTES);
  });
});

describe('sealing', () => {
  it('leaves an index of the frames, which a reader finds again after a restart', async () => {
    const storage = new MemoryStorage();
    const first = await open(storage, 1, 2 ** 20);
    await appendAll(
      first,
      Array.from({ length: 300 }, (_, index) => String(index).padEnd(5000, '.')),
    );
    await first[Symbol.asyncDispose]();
    const stream = await open(storage, 2, 2 ** 20);
    const [sealed, active] = stream.store.segments;
    expect(active?.footer).toBeUndefined();
    expect(sealed?.footer).toMatchObject({ lastSequence: (active?.header.firstSequence ?? 0) - 1 });
    const file = await storage.open(testSegmentPath(1), 'read');
    const index = await loadSegmentIndex(file, sealed?.header.salt ?? Buffer.alloc(0), sealed?.footer);
    expect(index.entries.length).toBeGreaterThan(13);
    expect(index.entries.length).toBeLessThan(18);
    const entry = index.find(100);
    expect(entry?.firstSequence).toBeLessThanOrEqual(100);
    expect(entry?.firstSequence).toBeGreaterThan(80);
    expect(entry?.stamp).toMatchObject({ clockRun: '0123456789abcdef', monotonicMs: 1234.567, quality: 'ntp' });
    const frame = storage.file(testSegmentPath(1)).content.subarray(entry?.offset);
    expect(frame.readUInt32LE(12)).toBe(entry?.firstSequence);
    // Reading from there takes the index and the frames behind it, not all that stand before.
    const before = storage.operationCount;
    expect((await stream.read(150, { maxEvents: 1, maxBytes: 1 })).records[0]?.sequence).toBe(150);
    expect(storage.operationCount - before).toBeLessThan(5);
  });

  it('makes the header a spare: a bad one costs a sealed segment nothing [J5]', async () => {
    const storage = new MemoryStorage();
    await appendAll(await open(storage), texts(60));
    const disk = storage.kill();
    disk.file(testSegmentPath(2)).content.fill(0xee, 0, BLOCK_BYTES);
    expect(textsOf(await readAll(await open(disk)))).toEqual(texts(60));
  });

  it('that the disk refuses costs nothing either: the segment is read without an end', async () => {
    for (const operation of ['write', 'datasync'] as const) {
      const storage = new MemoryStorage();
      const stream = await open(storage);
      const roomy = texts(24);
      await appendAll(stream, roomy);
      // The seal is the first to write when the segment is full.
      storage.failNext(operation, 'EIO');
      await appendAll(stream, texts(40).slice(24));
      await stream[Symbol.asyncDispose]();
      expect(textsOf(await readAll(await open(storage.kill(), 2)))).toEqual(texts(40));
    }
  });

  it('ends a segment also when no other was begun: the stream goes on in the next, in the same epoch [J3]', async () => {
    const storage = new MemoryStorage();
    const first = await open(storage);
    await appendAll(first, texts(60));
    await first[Symbol.asyncDispose]();
    await storage.unlink(first.store.segments.at(-1)?.path ?? '');
    const stream = await open(storage, 2);
    expect(stream.epoch).toBe(first.epoch);
    const kept = stream.syncedSequence;
    expect(kept).toBeGreaterThan(20);
    expect(await append(stream, 'next')).toBe(kept + 1);
    expect(textsOf(await readAll(stream))).toEqual([...texts(60).slice(0, kept), 'next']);
  });
});

describe('a dropped segment', () => {
  it('is kept under another name and used again: nothing of what it held is read [J4]', async () => {
    const storage = new MemoryStorage();
    const stream = await open(storage);
    await appendAll(stream, texts(60));
    const oldest = storage.file(testSegmentPath(1));
    await stream.store.dropOldest();
    expect(await namesIn(storage)).toContain('0000000000000001.segment.free');
    const before = stream.store.sizeBytes;
    expect(stream.store.freeBytes).toBe(SEGMENT_BYTES);
    const firstKept = stream.oldestSequence;
    for (let count = 0; stream.store.freeBytes > 0; count++) await append(stream, `again ${count}`.padEnd(400, '.'));
    expect(stream.store.sizeBytes).toBe(before + SEGMENT_BYTES);
    expect(storage.file(stream.store.segments.at(-1)?.path ?? '')).toBe(oldest);
    const live = textsOf(await readAll(stream));
    expect(live.slice(0, 60 - firstKept + 1)).toEqual(texts(60).slice(firstKept - 1));
    expect(live.at(-1)).toContain('again');
    const reopened = await open(storage.kill(), 2);
    expect(textsOf(await readAll(reopened))).toEqual(live);
    expect(reopened.syncedSequence).toBe(stream.syncedSequence);
  });

  it('is gone for good: no power cut brings its name back [J9]', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const storage = new MemoryStorage();
      const stream = await open(storage);
      await appendAll(stream, texts(20));
      await stream.store.dropOldest();
      expect(await namesIn(storage.powerCut(seededRandom(seed)))).not.toContain('0000000000000001.segment');
    }
  });

  it('makes room for one other: more are removed, and so is one of another size', async () => {
    const storage = new MemoryStorage();
    const stream = await open(storage);
    await appendAll(stream, texts(100));
    await stream.store.dropOldest();
    await stream.store.dropOldest();
    expect((await namesIn(storage)).filter((name) => name.endsWith('.free'))).toEqual([
      '0000000000000002.segment.free',
    ]);
    const disk = storage.kill();
    const larger = await open(disk, 2, 2 * SEGMENT_BYTES);
    await appendAll(larger, texts(60));
    expect((await namesIn(disk)).filter((name) => name.endsWith('.free'))).toEqual([]);
    expect(larger.store.freeBytes).toBe(0);
  });

  it('loses nothing that was kept, whatever step of dropping, using again and sealing a crash cuts off [J1 J2 J4]', async () => {
    const before = texts(32);
    const after = texts(32, 'again ');
    const made = new MemoryStorage();
    const { epoch, store } = await open(made).then(async (stream) => {
      await appendAll(stream, before);
      await stream[Symbol.asyncDispose]();
      return stream;
    });
    const firstKept = store.segments[1]?.header.firstSequence ?? 0;
    for (const death of ['kill', 'powerCut'] as const) {
      let isThrough = false;
      for (let operationCount = 1; !isThrough; operationCount++) {
        const storage = made.powerCut(seededRandom(1));
        const stream = await open(storage, 2);
        let answeredCount = before.length;
        storage.dieAfter(storage.operationCount + operationCount);
        const living = (async () => {
          await stream.store.dropOldest();
          for (const text of after) {
            await append(stream, text);
            answeredCount++;
          }
          isThrough = true;
        })();
        await Promise.race([living, storage.died]);
        const disk = death === 'kill' ? storage.kill() : storage.powerCut(seededRandom(operationCount));
        const found = await open(disk, 3);
        expect(found.epoch).toBe(epoch);
        // A killed process leaves whole writes: what an older use of a file left behind them is no torn tail.
        if (death === 'kill') expect(found.status().wasTailCut).toBe(false);
        const records = await readAll(found);
        const first = records[0]?.sequence ?? 0;
        expect([1, firstKept]).toContain(first);
        // All that was answered, perhaps one more, and nothing twice or out of place.
        expect(records.length).toBeGreaterThanOrEqual(answeredCount - first + 1);
        expect(textsOf(records)).toEqual([...before, ...after].slice(first - 1, first - 1 + records.length));
        expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, index) => first + index));
        expect(await append(found, 'next')).toBe(first + records.length);
      }
    }
  });
});

describe('a new epoch', () => {
  it('begins on another machine, and not on one without a name [J3]', async () => {
    let disk = new MemoryStorage();
    const start = async (seed: number, machine: string | undefined) => {
      disk = disk.kill();
      return await open(disk, seed, SEGMENT_BYTES, machine);
    };
    const here = await start(1, '00000000000000aa');
    await append(here, 'a');
    expect((await start(2, undefined)).epoch).toBe(here.epoch);
    const there = await start(3, '00000000000000bb');
    expect(there.epoch).not.toBe(here.epoch);
    expect(await append(there, 'b')).toBe(3);
    expect((await readAll(there)).map(({ epoch }) => epoch)).toEqual([here.epoch, there.epoch, there.epoch]);
    expect((await start(4, '00000000000000bb')).epoch).toBe(there.epoch);
    expect((await start(5, '00000000000000aa')).epoch).not.toBe(here.epoch);
  });
});
