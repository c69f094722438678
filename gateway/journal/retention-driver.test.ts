import { describe, expect, it } from 'vitest';
import { parseStreamId } from '#gateway/model/names.ts';
import { RETENTION_INTERVAL_MS } from './limits.ts';
import type { MemoryFile } from './memory-file.ts';
import { MemoryStorage } from './memory-storage.ts';
import {
  append,
  openTestJournal,
  readAll,
  sampleRecord,
  seededBytes,
  seededRandom,
  TELEMETRY,
  TEST_DIRECTORY,
  testSegmentPath,
} from './open-test-journal.ts';
import type { RetentionLimits } from './retention.ts';
import { FRAMES_OFFSET } from './segment-header.ts';

const QUOTA_BYTES = 65_536;
const SEGMENT_BYTES = 16_384;
const LIMIT = { maxEvents: 1000, maxBytes: 1e6 };

async function open(storage: MemoryStorage, limits: Partial<RetentionLimits> = {}, seed = 1) {
  const retention: RetentionLimits = { maxBytes: QUOTA_BYTES, overflow: 'dropOldest', ...limits };
  return await openTestJournal(storage, { streams: [{ id: TELEMETRY, retention }], segmentBytes: SEGMENT_BYTES, seed });
}

type Opened = Awaited<ReturnType<typeof open>>;

async function appendMany({ stream }: Pick<Opened, 'stream'>, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await append(stream, `${stream.syncedSequence + 1}`.padEnd(1000, '.'));
}

async function bytesOnDisk(storage: MemoryStorage): Promise<number> {
  const folder = `${TEST_DIRECTORY}/streams/telemetry`;
  const names = (await storage.list(folder)).filter((name) => name.includes('.segment'));
  return names.reduce((sum, name) => sum + storage.file(`${folder}/${name}`).content.length, 0);
}

describe('a stream at its quota', () => {
  it('goes on, stays within it, and tells a reader what went [J8 J9]', async () => {
    const opened = await open(new MemoryStorage());
    const cursor = await opened.journal.openCursor('hub', TELEMETRY, 'oldest');
    for (let round = 0; round < 10; round++) {
      await appendMany(opened, 20);
      expect(await bytesOnDisk(opened.storage)).toBeLessThanOrEqual(QUOTA_BYTES + SEGMENT_BYTES);
    }
    const { oldestSequence, epoch } = opened.stream;
    expect(oldestSequence).toBeGreaterThan(100);
    const { records, lost } = await opened.stream.read(cursor.acknowledgedSequence + 1, LIMIT);
    expect(lost).toEqual([{ from: 1, to: oldestSequence - 1, epoch, reason: 'quota' }]);
    expect(records.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 201 - oldestSequence }, (_, index) => oldestSequence + index),
    );
    const told = opened.logger.lines.map(({ fields }) => fields);
    expect(told).toMatchObject(told.map((_, index) => ({ sinks: ['hub'], dropCount: 2 ** index })));
    expect(told.length).toBeGreaterThan(2);
  });

  it('stays within it however much comes at once: a commit that fills a segment goes on in the next [J8]', async () => {
    const { stream, storage } = await open(new MemoryStorage());
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 90 }, () => append(stream, '.'.repeat(1000))));
      expect(await bytesOnDisk(storage)).toBeLessThanOrEqual(QUOTA_BYTES + SEGMENT_BYTES);
    }
    expect(stream.syncedSequence).toBe(450);
  });

  it('has written down what goes before it goes, whenever the power is cut [J9 J10]', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const storage = new MemoryStorage();
      const opened = await open(storage);
      await opened.journal.openCursor('hub', TELEMETRY, 'oldest');
      await appendMany(opened, 40);
      storage.dieAfter(storage.operationCount + 1 + Math.floor(seededRandom(seed)() * 120));
      await Promise.race([appendMany(opened, 60), storage.died]);
      const after = await open(storage.powerCut(seededRandom(seed)), {}, 2);
      const { lost } = await after.stream.read(1, LIMIT);
      expect(lost.filter(({ reason }) => reason !== 'quota')).toEqual([]);
      expect(lost.at(-1)?.to ?? 0).toBe(after.stream.oldestSequence - 1);
    }
  }, 30_000);

  it('names the sinks that hold it up, also one that is not configured any more, and the way out [J7]', async () => {
    const storage = new MemoryStorage();
    const before = await open(storage, { overflow: 'rejectNew' });
    await before.journal.openCursor('old', TELEMETRY, 'oldest');
    await before.journal[Symbol.asyncDispose]();
    const { journal, stream } = await open(storage, { overflow: 'rejectNew' }, 2);
    await journal.openCursor('hub', TELEMETRY, 'oldest');
    await expect(appendMany({ stream }, 100)).rejects.toThrow(
      /is used up; old \(not configured: waystation sinks forget old\), hub did not get all of it yet\.$/,
    );
  });

  it('says once that it refuses, and once that it is over, though what is small still fits [J7]', async () => {
    const { journal, stream, logger } = await open(new MemoryStorage(), { overflow: 'rejectNew' });
    const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
    const large = Buffer.from(seededBytes(seededRandom(1))(4500)).toString('base64');
    const fill = async () => {
      for (;;) await append(stream, large);
    };
    await expect(fill()).rejects.toMatchObject({ code: 'journal.quota' });
    for (let count = 0; count < 3; count++) {
      await append(stream, 'small');
      expect(journal.status().streams[0]?.state).toBe('full');
      await expect(append(stream, large)).rejects.toMatchObject({ code: 'journal.quota' });
    }
    cursor.advance(stream.syncedSequence, stream.syncedSequence);
    await append(stream, 'small');
    await append(stream, 'small');
    expect(journal.status().streams[0]?.state).toBe('ok');
    expect(logger.lines.map(({ text }) => text)).toEqual([
      'The stream refuses records.',
      'The stream takes records again.',
    ]);
  });

  it('is full alone: the journal is not while another stream takes records [J7]', async () => {
    const retention: RetentionLimits = { maxBytes: QUOTA_BYTES, overflow: 'rejectNew' };
    const otherStream = parseStreamId('alerts') ?? TELEMETRY;
    const streams = [{ id: TELEMETRY, retention }, { id: otherStream }];
    const { journal, stream } = await openTestJournal(new MemoryStorage(), { streams, segmentBytes: SEGMENT_BYTES });
    await journal.openCursor('hub', TELEMETRY, 'oldest');
    await expect(appendMany({ stream }, 100)).rejects.toMatchObject({ code: 'journal.quota' });
    expect(journal.status()).toMatchObject({ state: 'ok', streams: [{ state: 'full' }, { state: 'ok' }] });
  });

  it('keeps what is unread where that is asked for, refuses, and takes more once it is read [J7]', async () => {
    const opened = await open(new MemoryStorage(), { overflow: 'rejectNew' });
    const cursor = await opened.journal.openCursor('hub', TELEMETRY, 'oldest');
    await expect(appendMany(opened, 100)).rejects.toMatchObject({ code: 'journal.quota' });
    expect(opened.journal.status()).toMatchObject({
      state: 'full',
      streams: [
        { lastError: expect.stringMatching(/quota of 65536 bytes \(retention.maxBytes, overflow: rejectNew\)/) },
      ],
    });
    const kept = await readAll(opened.stream);
    expect(kept[0]?.sequence).toBe(1);
    cursor.advance(opened.stream.syncedSequence, opened.stream.syncedSequence);
    await appendMany(opened, 10);
    expect(opened.journal.status().state).toBe('ok');
    expect(opened.logger.lines.map(({ text }) => text)).toEqual([
      'The stream refuses records.',
      'The stream takes records again.',
    ]);
    expect((await opened.stream.read(cursor.acknowledgedSequence + 1, LIMIT)).lost).toEqual([]);
  });
});

it('drops what is too old by trusted time, every minute, and leaves the newest segment [J9]', async () => {
  const maxAgeMs = 3_600_000;
  const { journal, stream, clock, logger } = await open(new MemoryStorage(), { maxBytes: 2 ** 20, maxAgeMs });
  const now = () => ({
    wallMs: clock.wallMs(),
    monotonicMs: clock.monotonicMs(),
    clockRun: '00000000000000dd',
    quality: 'ntp' as const,
  });
  journal.markClock({ kind: 'start', stamp: now() });
  const put = (count: number) =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const record = sampleRecord(''.padEnd(1000, '.'), { stamp: now() });
        await new Promise<void>((resolve, reject) =>
          stream.append(record, (error) => (error ? reject(error) : resolve())),
        );
      }),
    );
  for (let count = 0; count < 60; count++) await put(1);
  await clock.advance(maxAgeMs - RETENTION_INTERVAL_MS);
  expect(stream.oldestSequence).toBe(1);
  await clock.advance(3 * RETENTION_INTERVAL_MS);
  expect(stream.oldestSequence).toBeGreaterThan(40);
  const { lost, records } = await stream.read(1, LIMIT);
  expect(lost).toMatchObject([{ from: 1, to: stream.oldestSequence - 1, reason: 'age' }]);
  expect(records.at(-1)?.sequence).toBe(60);
  expect(logger.lines).toEqual([]);
});

it('dates a segment that was never sealed by what comes behind it [J9]', async () => {
  const maxAgeMs = 3_600_000;
  const { journal, stream, clock, storage } = await open(new MemoryStorage(), { maxBytes: 2 ** 20, maxAgeMs });
  const stamp = { ...sampleRecord('').stamp, wallMs: clock.wallMs(), quality: 'ntp' } as const;
  journal.markClock({ kind: 'start', stamp });
  const put = () => new Promise<void>((resolve) => stream.append(sampleRecord('', { stamp }), () => resolve()));
  await put();
  // The segment is given up as it is [J6].
  storage.failNext('write', 'EIO');
  await put();
  await clock.advance(maxAgeMs - RETENTION_INTERVAL_MS);
  expect(stream.oldestSequence).toBe(1);
  await clock.advance(3 * RETENTION_INTERVAL_MS);
  expect(stream.oldestSequence).toBe(2);
});

it('takes what was never dated for as old as the next start that learned the time [J9]', async () => {
  const maxAgeMs = 24 * 3_600_000;
  const { clock, journal, stream } = await open(new MemoryStorage(), { maxBytes: 2 ** 30, maxAgeMs });
  const put = async (clockRun: string, quality: 'none' | 'ntp', count: number) => {
    const stamp = () => ({ wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), clockRun, quality });
    journal.markClock({ kind: 'start', stamp: stamp() });
    for (let at = 0; at < count; at++) {
      const record = sampleRecord(''.padEnd(1000, '.'), { stamp: stamp() });
      await new Promise<void>((resolve, reject) =>
        stream.append(record, (error) => (error ? reject(error) : resolve())),
      );
    }
  };
  await put('a'.repeat(16), 'none', 40);
  await clock.advance(2 * maxAgeMs);
  expect(stream.oldestSequence).toBe(1);
  await put('b'.repeat(16), 'ntp', 40);
  await clock.advance(maxAgeMs - RETENTION_INTERVAL_MS);
  expect(stream.oldestSequence).toBe(1);
  await clock.advance(3 * RETENTION_INTERVAL_MS);
  expect(stream.oldestSequence).toBeGreaterThan(60);
});

it('makes nothing old by a date that is taken back within a minute [S5 J9]', async () => {
  const maxAgeMs = 3_600_000;
  const { journal, stream, clock } = await open(new MemoryStorage(), { maxBytes: 2 ** 20, maxAgeMs });
  const stampOf = (clockRun: string, quality: 'none' | 'gnss', errorMs = 0) => ({
    ...{ wallMs: clock.wallMs() + errorMs, monotonicMs: clock.monotonicMs(), clockRun, quality },
  });
  const [misled, corrected] = ['a'.repeat(16), 'b'.repeat(16)];
  journal.markClock({ kind: 'start', stamp: stampOf(corrected, 'gnss') });
  for (let count = 0; count < 60; count++) {
    const record = sampleRecord(''.padEnd(1000, '.'), { stamp: stampOf(corrected, 'gnss') });
    await new Promise<void>((resolve) => stream.append(record, () => resolve()));
  }
  await clock.advance(RETENTION_INTERVAL_MS / 2);
  journal.markClock({ kind: 'start', stamp: stampOf(misled, 'none') });
  journal.markClock({ kind: 'anchor', stamp: stampOf(misled, 'gnss', 10 * maxAgeMs) });
  await clock.advance(RETENTION_INTERVAL_MS - 1000);
  journal.markClock({ kind: 'correction', stamp: stampOf(corrected, 'gnss') });
  await clock.advance(2 * RETENTION_INTERVAL_MS);
  expect(stream.oldestSequence).toBe(1);
});

describe('on a full disk', () => {
  it('what every cursor has passed makes room in place, and nothing unread goes [J7]', async () => {
    const { journal, stream, storage } = await open(new MemoryStorage(), { maxBytes: 2 ** 30 });
    const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
    await appendMany({ stream }, 60);
    storage.limitSpace(0);
    await expect(appendMany({ stream }, 40)).rejects.toMatchObject({ code: 'journal.full' });
    expect(stream.oldestSequence).toBe(1);
    const atFull = stream.syncedSequence;
    cursor.advance(atFull, atFull);
    await appendMany({ stream }, 40);
    expect(stream.syncedSequence).toBe(atFull + 40);
    expect((await stream.read(atFull + 1, LIMIT)).lost).toEqual([]);
    await expect(appendMany({ stream }, 100)).rejects.toMatchObject({ code: 'journal.full' });
    expect((await stream.read(atFull + 1, LIMIT)).lost).toEqual([]);
  });

  it('where even overwriting needs room, cursors are written with the reserve [J10]', async () => {
    const { journal, stream, storage, clock } = await open(new MemoryStorage());
    const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
    await appendMany({ stream }, 5);
    expect(await storage.list(TEST_DIRECTORY)).toContain('reserve');
    storage.limitSpace(0, true);
    cursor.advance(5, 5);
    await cursor.persist();
    expect(await storage.list(TEST_DIRECTORY)).not.toContain('reserve');
    storage.heal();
    await clock.advance(RETENTION_INTERVAL_MS);
    expect(await storage.list(TEST_DIRECTORY)).toContain('reserve');
  });

  it('a start says that it is full, until something could be written again [J7]', async () => {
    const { journal, stream, storage } = await open(new MemoryStorage());
    await appendMany({ stream }, 5);
    await journal[Symbol.asyncDispose]();
    storage.limitSpace(1);
    const after = await open(storage, {}, 2);
    expect(after.journal.status()).toMatchObject({
      state: 'full',
      lastError: expect.stringMatching(
        /^journal\.full: Opening the journal in \/data\/journal: the disk is full\. Free disk space.*resumes by itself\.$/,
      ),
    });
    // The reserve of before is still there.
    expect(await storage.list(TEST_DIRECTORY)).toEqual(['reserve']);
    // The last segment holds zeros that it may be written over.
    await appendMany(after, 1);
    expect(after.journal.status().state).toBe('ok');
    expect(after.journal.status()).not.toHaveProperty('lastError');
  });

  it('a start that found no room is over when there is some again, though nothing is appended [J7]', async () => {
    const storage = new MemoryStorage();
    await (await open(storage)).journal[Symbol.asyncDispose]();
    storage.limitSpace(0);
    const { journal, clock } = await open(storage, {}, 2);
    await clock.advance(RETENTION_INTERVAL_MS);
    expect(journal.status().state).toBe('full');
    storage.heal();
    await clock.advance(RETENTION_INTERVAL_MS);
    expect(journal.status().state).toBe('ok');
  });
});

describe('a segment that cannot be read', () => {
  const blank = (image: MemoryFile) => {
    image.content = Buffer.from(image.content)
      .fill(0, 0, FRAMES_OFFSET)
      .fill(0, SEGMENT_BYTES - 4096);
  };

  it.each([1, 2])('counts, and goes with the one before it: segment %i [J8]', async (number) => {
    const opened = await open(new MemoryStorage());
    await appendMany(opened, 20);
    await opened.journal[Symbol.asyncDispose]();
    blank(opened.storage.file(testSegmentPath(number)));
    const after = await open(opened.storage, {}, 2);
    expect(after.journal.status().streams[0]?.sizeBytes).toBe(await bytesOnDisk(after.storage));
    for (let round = 0; round < 10; round++) {
      await appendMany(after, 10);
      expect(await bytesOnDisk(after.storage)).toBeLessThanOrEqual(QUOTA_BYTES + SEGMENT_BYTES);
    }
    expect(() => after.storage.file(testSegmentPath(number))).toThrow('ENOENT');
    expect(after.journal.status().streams[0]?.sizeBytes).toBe(await bytesOnDisk(after.storage));
  });
});
