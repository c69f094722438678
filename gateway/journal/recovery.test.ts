import { beforeEach, describe, expect, it } from 'vitest';
import { END_MARK_BYTES, FRAME_HEADER_BYTES } from './frame.ts';
import { LOSS_LOG_NAME } from './loss-log.ts';
import { MemoryStorage } from './memory-storage.ts';
import {
  append,
  frameEndsOf,
  openTestJournal,
  readAll,
  sampleRecord,
  seededRandom,
  TELEMETRY,
  TEST_DIRECTORY,
  testSegmentPath,
  textsOf,
} from './open-test-journal.ts';
import { BLOCK_BYTES, FRAMES_OFFSET } from './segment-header.ts';

const TEXTS = ['a', 'bb', 'ccc', 'dddd'];
const FIRST = testSegmentPath(1);

/** A disk with one record per frame, and where each frame ends. */
async function diskWith(texts: readonly string[], options: { seed?: number; segmentBytes?: number } = {}) {
  const storage = new MemoryStorage();
  const { stream } = await openTestJournal(storage, options);
  for (const text of texts) await append(stream, text);
  const frameEnds = frameEndsOf(storage.file(FIRST).content);
  return { disk: storage.kill(), frameEnds, epoch: stream.epoch };
}

/** Opens a disk as if the process had just been started, and reads all there is. */
async function reopen(disk: MemoryStorage, seed = 99) {
  const opened = await openTestJournal(disk.kill(), { seed });
  return { ...opened, records: await readAll(opened.stream) };
}

async function segmentNames(disk: MemoryStorage): Promise<readonly string[]> {
  const names = await disk.list(`${TEST_DIRECTORY}/streams/telemetry`);
  return names.filter((name) => name !== LOSS_LOG_NAME).toSorted();
}

describe('a torn tail', () => {
  it('is cut at every byte, and the stream goes on from there [J2 J4]', async () => {
    const { disk, frameEnds } = await diskWith(TEXTS, { segmentBytes: 12_288 });
    const image = Buffer.from(disk.file(FIRST).content);
    const end = (frameEnds.at(-1) ?? 0) + END_MARK_BYTES;
    for (let size = FRAMES_OFFSET; size <= end; size++) {
      const cut = disk.kill();
      cut.file(FIRST).content = image.subarray(0, size);
      const whole = TEXTS.slice(0, frameEnds.filter((end) => end <= size).length);
      const { journal, stream, records, logger } = await reopen(cut);
      expect(textsOf(records)).toEqual(whole);
      const isWhole = size === (frameEnds[whole.length - 1] ?? FRAMES_OFFSET) || whole.length === TEXTS.length;
      expect(journal.status().streams[0]?.wasTailCut).toBe(!isWhole);
      expect(logger.lines).toHaveLength(isWhole ? 0 : 1);
      expect(await append(stream, 'next')).toBe(whole.length + 1);
      expect(textsOf((await reopen(cut)).records)).toEqual([...whole, 'next']);
    }
  }, 30_000);

  it('never makes a header of a file that ends within it: the file is kept, and a new epoch begins', async () => {
    for (const size of [0, 1, 100, BLOCK_BYTES - 1]) {
      const { disk: cut, epoch } = await diskWith(TEXTS);
      const image = cut.file(FIRST).content;
      cut.file(FIRST).content = image.subarray(0, size);
      const { stream, records } = await reopen(cut);
      expect(records).toEqual([]);
      expect(stream.epoch).not.toBe(epoch);
      await append(stream, 'next');
      expect(cut.file(FIRST).content).toEqual(image.subarray(0, size));
    }
  });
});

describe('a flipped bit', () => {
  it('at every byte costs the frame hit and is reported; no exception, no wrong record [J4 J12]', async () => {
    const { disk, frameEnds } = await diskWith(TEXTS, { segmentBytes: 12_288 });
    const image = Buffer.from(disk.file(FIRST).content);
    for (let offset = FRAMES_OFFSET; offset < (frameEnds.at(-1) ?? 0); offset++) {
      const damaged = Buffer.from(image);
      damaged[offset] = (image[offset] ?? 0) ^ (1 << (offset % 8));
      const flipped = disk.powerCut(seededRandom(offset));
      flipped.file(FIRST).content = damaged;
      const { records, logger } = await reopen(flipped);
      const hit = frameEnds.findIndex((end) => offset < end);
      expect(textsOf(records)).toEqual(TEXTS.filter((_, index) => index !== hit));
      for (const { sequence, record } of records) {
        expect(Buffer.from(record.payload).toString()).toBe(TEXTS[sequence - 1]);
      }
      expect(logger.lines.length).toBeGreaterThan(0);
    }
  }, 30_000);
});

describe('bytes that only look like frames', () => {
  it('of an older use of the file are not read: their salt is another [J4]', async () => {
    const old = await diskWith(['1111', '2222', '3333', '4444'], { seed: 1 });
    const { disk, frameEnds } = await diskWith(['aaaa', 'bbbb'], { seed: 2 });
    const fresh = disk.file(FIRST).content.subarray(0, frameEnds[1]);
    for (const endMarkBytes of [0, END_MARK_BYTES]) {
      const recycled = Buffer.from(old.disk.file(FIRST).content);
      fresh.copy(recycled);
      recycled.fill(0, fresh.length, fresh.length + endMarkBytes);
      disk.file(FIRST).content = recycled;
      const { records, stream } = await reopen(disk);
      expect(textsOf(records)).toEqual(['aaaa', 'bbbb']);
      expect(stream.syncedSequence).toBe(2);
    }
  });

  it('in a payload are not read, though the frame around them is damaged [J4]', async () => {
    const other = await diskWith(['forged', 'forged too']);
    const forged = other.disk.file(FIRST).content.subarray(FRAMES_OFFSET);
    const storage = new MemoryStorage();
    const { stream } = await openTestJournal(storage, { seed: 5 });
    await append(stream, 'a');
    const damagedAt = frameEndsOf(storage.file(FIRST).content).at(-1) ?? 0;
    const carrier = sampleRecord('', { payload: forged });
    await new Promise<void>((resolve) => stream.append(carrier, () => resolve()));
    await append(stream, 'c');
    const disk = storage.kill();
    disk.file(FIRST).content = Buffer.from(disk.file(FIRST).content).fill(0, damagedAt, damagedAt + FRAME_HEADER_BYTES);
    expect(textsOf((await reopen(disk)).records)).toEqual(['a', 'c']);
  });

  it('are not taken twice when a frame stands in the segment again', async () => {
    const { disk, frameEnds } = await diskWith(TEXTS);
    const image = disk.file(FIRST).content;
    const secondFrame = image.subarray(frameEnds[0], frameEnds[1]);
    disk.file(FIRST).content = Buffer.concat([image.subarray(0, frameEnds[3]), secondFrame]);
    expect(textsOf((await reopen(disk)).records)).toEqual(TEXTS);
  });
});

describe('a segment that was given up', () => {
  it('does not count from where the next begins: each record is read once [J6]', async () => {
    const storage = new MemoryStorage();
    const { stream } = await openTestJournal(storage);
    await append(stream, 'a');
    storage.failNext('datasync', 'EIO');
    await append(stream, 'b');
    await append(stream, 'c');
    // The process ends, the system lives on: the frame that could not be synced is still in the first file.
    expect(textsOf((await reopen(storage.kill())).records)).toEqual(['a', 'b', 'c']);
  });

  it('gives way to other records with the same sequences [J3]', async () => {
    const storage = new MemoryStorage();
    const { stream } = await openTestJournal(storage);
    await append(stream, 'a');
    storage.failNext('datasync', 'ENOSPC');
    await expect(append(stream, 'refused')).rejects.toMatchObject({ code: 'journal.full' });
    expect(await append(stream, 'b')).toBe(2);
    expect(textsOf((await reopen(storage.kill())).records)).toEqual(['a', 'b']);
  });
});

it('refuses a disk that may not be written, rather than take it for damaged', async () => {
  const { disk } = await diskWith(TEXTS);
  disk.failNext('open', 'EROFS');
  await expect(openTestJournal(disk)).rejects.toMatchObject({ code: 'dataDir.unwritable' });
  disk.failNext('syncDirectory', 'ENOSPC');
  await expect(openTestJournal(disk)).rejects.toMatchObject({ code: 'journal.full' });
  disk.failNext('list', 'EIO');
  await expect(openTestJournal(disk)).rejects.toMatchObject({ code: 'journal.failed' });
});

describe('several segments', () => {
  const texts = Array.from({ length: 30 }, (_, index) => String(index).padEnd(400, '.'));
  let disk = new MemoryStorage();
  let epoch = '';
  beforeEach(async () => {
    ({ disk, epoch } = await diskWith(texts, { segmentBytes: 12_288 }));
  });

  it('are read through, and only the last one is searched for its end [J11]', async () => {
    const before = disk.operationCount;
    const opened = await openTestJournal(disk);
    const segmentCount = opened.journal.status().streams[0]?.segmentCount ?? 0;
    expect(segmentCount).toBeGreaterThan(3);
    // The reserve takes five, however many segments there are.
    expect(disk.operationCount - before).toBeLessThan(45 + 4 * segmentCount);
    expect(textsOf(await readAll(opened.stream))).toEqual(texts);
  });

  it.each([
    ['is missing', undefined],
    ['is empty', Buffer.alloc(0)],
    ['is nothing but zeros', Buffer.alloc(12_288)],
  ])('lose only what one of them held when it %s, and say so [J5]', async (_, content) => {
    const path = testSegmentPath(2);
    if (content === undefined) await disk.unlink(path);
    else disk.file(path).content = content;
    const { records, stream, logger } = await reopen(disk);
    const kept = textsOf(records);
    expect(kept.length).toBeGreaterThan(texts.length / 2);
    expect(kept).toEqual(texts.filter((text) => kept.includes(text)));
    expect(stream).toMatchObject({ syncedSequence: texts.length, epoch });
    expect(logger.lines.at(-1)).toMatchObject({ level: 'error', fields: { stream: TELEMETRY } });
  });

  it('survive a copy of one under the name of another: it is not in its place', async () => {
    disk.file(testSegmentPath(2)).content = Buffer.from(disk.file(testSegmentPath(1)).content);
    const { records, logger } = await reopen(disk);
    expect(new Set(records.map(({ sequence }) => sequence)).size).toBe(records.length);
    expect(logger.lines[0]).toMatchObject({ fields: { segment: 2, reason: 'misplaced' } });
  });

  it('go on in their epoch beside a stray copy with a higher number: it holds no record of that place [J3]', async () => {
    await (await disk.open(testSegmentPath(999), 'create')).close();
    disk.file(testSegmentPath(999)).content = Buffer.from(disk.file(testSegmentPath(1)).content);
    const { stream, records } = await reopen(disk);
    expect(stream.epoch).toBe(epoch);
    expect(textsOf(records)).toEqual(texts);
    expect(await append(stream, 'next')).toBe(texts.length + 1);
  });

  it('go on in a new epoch when the header of another was written over that of the newest and over its copy [J3]', async () => {
    const numbers = (await segmentNames(disk)).map((name) => Number.parseInt(name, 10));
    const newest = disk.file(testSegmentPath(Math.max(...numbers)));
    const content = Buffer.from(newest.content);
    disk.file(testSegmentPath(1)).content.copy(content, 0, 0, BLOCK_BYTES);
    newest.content = content;
    expect((await reopen(disk)).stream.epoch).toBe(epoch);
    disk.file(testSegmentPath(1)).content.copy(content, 0, 0, FRAMES_OFFSET);
    newest.content = content;
    expect((await reopen(disk)).stream.epoch).not.toBe(epoch);
  });

  it.each(['a header without its frames', 'garbage'])(
    'begin one new epoch, not one at each start, for %s under a higher number [J3]',
    async (what) => {
      const header = disk.file(testSegmentPath(1)).content.subarray(0, FRAMES_OFFSET);
      await (await disk.open(testSegmentPath(999), 'create')).close();
      disk.file(testSegmentPath(999)).content = what === 'garbage' ? Buffer.alloc(9000, 0x5a) : Buffer.from(header);
      const first = await reopen(disk);
      expect(first.stream.epoch).not.toBe(epoch);
      await append(first.stream, 'next');
      await first.journal[Symbol.asyncDispose]();
      const second = await reopen(disk, 100);
      expect(second.stream.epoch).toBe(first.stream.epoch);
      expect(textsOf(second.records).at(-1)).toBe('next');
    },
  );

  it('go on in a new epoch when the disk would not say that the last one is durable [J3]', async () => {
    disk.failNext('datasync', 'EIO');
    const { stream, logger } = await openTestJournal(disk, { seed: 2 });
    expect(logger.lines).toMatchObject([{ level: 'error', fields: { stream: TELEMETRY } }]);
    expect(stream.epoch).not.toBe(epoch);
    expect(await append(stream, 'next')).toBe(texts.length + 2);
    const [opening, ...rest] = await readAll(stream, texts.length + 1);
    expect(opening?.record.topic).toBe('events/gateway.epoch');
    expect(textsOf(rest)).toEqual(['next']);
  });
});

describe('a new epoch', () => {
  it('begins when a cursor lies beyond the tail; its first record names the one before [J3]', async () => {
    const storage = new MemoryStorage();
    const first = await openTestJournal(storage);
    await append(first.stream, 'a');
    const backup = Buffer.from(storage.file(FIRST).content);
    await append(first.stream, 'b');
    const cursor = await first.journal.openCursor('hub', TELEMETRY, 'oldest');
    cursor.advance(2, 2);
    await first.journal[Symbol.asyncDispose]();
    storage.file(FIRST).content = backup;

    const second = await openTestJournal(storage, { seed: 2 });
    expect(second.stream.epoch).not.toBe(first.stream.epoch);
    expect(await append(second.stream, 'c')).toBe(4);
    const records = await readAll(second.stream);
    expect(records.map(({ sequence, epoch }) => [sequence, epoch])).toEqual([
      [1, first.stream.epoch],
      [3, second.stream.epoch],
      [4, second.stream.epoch],
    ]);
    expect(records[1]?.record).toMatchObject({ topic: 'events/gateway.epoch', clientId: '@journal' });
    expect(JSON.parse(textsOf(records)[1] ?? '')).toMatchObject({
      type: 'gateway.epoch',
      data: { epoch: second.stream.epoch, previousEpoch: first.stream.epoch, previousLastSequence: 2 },
    });
    const third = await openTestJournal(storage.kill(), { seed: 3 });
    expect(third.stream.epoch).toBe(second.stream.epoch);
    expect(await append(third.stream, 'd')).toBe(5);
  });

  it.each([
    ['it has what lies beyond, and not what lies before', 0, [{ from: 2, to: 2, forwardedSequence: 2 }]],
    ['it was sent what lies beyond, and has not answered', 2, []],
  ])('begins when a sink has seen more than there is: %s [J3]', async (_, forwardedSequence, ranges) => {
    const storage = new MemoryStorage();
    const { stream, journal } = await openTestJournal(storage);
    await append(stream, 'a');
    const backup = Buffer.from(storage.file(FIRST).content);
    await append(stream, 'b');
    (await journal.openCursor('hub', TELEMETRY, 'oldest')).advance(0, forwardedSequence, { ranges });
    await journal[Symbol.asyncDispose]();
    storage.file(FIRST).content = backup;
    const restored = await openTestJournal(storage, { seed: 2 });
    expect(restored.stream.epoch).not.toBe(stream.epoch);
    expect(await append(restored.stream, 'c')).toBe(4);
    expect(restored.stream.losses).toMatchObject([{ from: 2, to: 2, reason: 'epoch' }]);
  });

  it('has that first record also when a crash took it away, and only once [J3]', async () => {
    const texts = Array.from({ length: 12 }, (_, index) => String(index).padEnd(400, '.'));
    const { disk } = await diskWith(texts, { segmentBytes: 12_288 });
    disk.file(testSegmentPath(2)).content = Buffer.alloc(0);
    const before = await openTestJournal(disk.kill(), { seed: 4 });
    const firstSequence = await append(before.stream, 'lost');
    const after = before.storage.kill();
    const path = testSegmentPath(3);
    after.file(path).content = after.file(path).content.subarray(0, BLOCK_BYTES);
    const { stream } = await reopen(after);
    expect(stream.epoch).toBe(before.stream.epoch);
    expect(await append(stream, 'next')).toBe(firstSequence);
    expect(await append(stream, 'next')).toBe(firstSequence + 1);
    const [opening] = await readAll(stream, firstSequence - 1);
    expect(opening).toMatchObject({ sequence: firstSequence - 1, record: { topic: 'events/gateway.epoch' } });
  });

  it('begins when the newest segment cannot be read: what it held may have been seen [J3]', async () => {
    const texts = Array.from({ length: 12 }, (_, index) => String(index).padEnd(400, '.'));
    const { disk, epoch } = await diskWith(texts, { segmentBytes: 12_288 });
    const names = await segmentNames(disk);
    const newest = `${TEST_DIRECTORY}/streams/telemetry/${names.at(-1)}`;
    disk.file(newest).content = Buffer.alloc(disk.file(newest).content.length, 0xff);
    const { stream, records } = await reopen(disk);
    expect(stream.epoch).not.toBe(epoch);
    const sequence = await append(stream, 'next');
    expect(sequence).toBe((records.at(-1)?.sequence ?? 0) + 2);
    expect(textsOf(await readAll(stream)).at(-1)).toBe('next');
    expect(disk.file(newest).content[0]).toBe(0xff);
  });
});

it('removes a segment that was never finished', async () => {
  const { disk } = await diskWith(TEXTS);
  await (await disk.open(`${testSegmentPath(2)}.new`, 'create')).close();
  await openTestJournal(disk);
  expect(await segmentNames(disk)).toHaveLength(1);
});

it('makes durable what it found before anyone reads it: a kill and then a power cut take nothing back [J2]', async () => {
  for (let seed = 0; seed < 30; seed++) {
    const storage = new MemoryStorage();
    const { stream } = await openTestJournal(storage);
    await append(stream, 'a');
    storage.holdSyncs();
    stream.append(sampleRecord('b'), () => undefined);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const killed = storage.kill();
    const { records } = await reopen(killed);
    expect(textsOf(records)).toEqual(['a', 'b']);
    expect(textsOf((await reopen(killed.powerCut(seededRandom(seed)))).records)).toEqual(['a', 'b']);
  }
}, 30_000);

it.each(['9007199254740991', '9007199254740992', '9999999999999999'])(
  'a stray file called %s.segment costs nothing, however often the journal is opened [J2 J5]',
  async (number) => {
    let storage = new MemoryStorage();
    const texts: string[] = [];
    for (const round of ['a', 'b', 'c']) {
      const { journal, stream } = await openTestJournal(storage, { seed: round.charCodeAt(0) });
      await append(stream, round);
      texts.push(round);
      expect(textsOf(await readAll(stream)).filter((text) => text.length === 1)).toEqual(texts);
      await journal[Symbol.asyncDispose]();
      const stray = await storage.open(testSegmentPath(1).replace(/\d{16}/, number), 'create');
      await stray.write(Buffer.from('junk'), 0);
      await stray.close();
      storage = storage.kill();
    }
  },
);
