import { describe, expect, it } from 'vitest';
import { parseEpoch } from '#gateway/model/names.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import type { LossReason, LostRange } from './journal.ts';
import { LOSS_LOG_NAME, LossLog } from './loss-log.ts';
import { MemoryStorage } from './memory-storage.ts';
import {
  append,
  frameEndsOf,
  openTestJournal,
  seededRandom,
  TELEMETRY,
  TEST_DIRECTORY,
  testSegmentPath,
} from './open-test-journal.ts';

const FOLDER = `${TEST_DIRECTORY}/streams/telemetry`;
const EPOCH = parseEpoch('00000000000000aa') ?? expect.fail('16 hex digits');
const LIMIT = { maxEvents: 100, maxBytes: 1e6 };

function lost(from: number, to: number, reason: LossReason = 'quota'): LostRange {
  return { from, to, epoch: EPOCH, reason };
}

async function openLog(storage: MemoryStorage) {
  await storage.makeDirectory(FOLDER);
  const logger = new MemoryLogger();
  return { logger, log: await LossLog.open({ storage, folder: FOLDER, stream: TELEMETRY, logger }) };
}

describe('the list of losses', () => {
  it('is durable once an addition has answered [J9 J10]', async () => {
    const storage = new MemoryStorage();
    const { log } = await openLog(storage);
    await log.add(lost(1, 9));
    await log.add(lost(10, 12, 'age'));
    const after = await openLog(storage.powerCut(seededRandom(1)));
    expect(await after.log.explain(1, 12, EPOCH)).toEqual([lost(1, 9), lost(10, 12, 'age')]);
  });

  it('says that it could not be written, and is written with the next addition', async () => {
    const storage = new MemoryStorage();
    const { log } = await openLog(storage);
    storage.failNext('write', 'EIO');
    await expect(log.add(lost(1, 9))).rejects.toMatchObject({ code: 'EIO' });
    await log.add(lost(20, 29));
    const after = await openLog(storage.powerCut(seededRandom(1)));
    expect(await after.log.explain(1, 29, EPOCH)).toEqual([lost(1, 9), lost(10, 19, 'damaged'), lost(20, 29)]);
  });

  it('needs no space once it is made, and does without its file until then [J7]', async () => {
    const storage = new MemoryStorage();
    await storage.makeDirectory(FOLDER);
    storage.failNext('write', 'ENOSPC');
    const { log, logger } = await openLog(storage);
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
    await log.add(lost(1, 9));
    expect((await openLog(storage.powerCut(seededRandom(1)))).logger.lines).toEqual([]);
  });

  it('starts anew when it is damaged, and says so [J5]', async () => {
    const storage = new MemoryStorage();
    await (await openLog(storage)).log.add(lost(1, 9));
    storage.file(`${FOLDER}/${LOSS_LOG_NAME}`).content = Buffer.alloc(8192, 0xff);
    const { log, logger } = await openLog(storage.kill());
    expect(logger.lines).toMatchObject([{ level: 'error' }]);
    await log.add(lost(1, 5));
    expect((await openLog(storage.kill())).logger.lines).toEqual([]);
  });
});

describe('reading', () => {
  it('gives every sequence as a record or as lost, reports damage once, and remembers it [J5]', async () => {
    const { stream, storage } = await openTestJournal(new MemoryStorage());
    for (const text of ['one', 'two', 'three', 'four']) await append(stream, text);
    const ends = frameEndsOf(storage.file(testSegmentPath(1)).content);
    const disk = storage.powerCut(seededRandom(1));
    const { content } = disk.file(testSegmentPath(1));
    content.set([0xff], (ends[1] ?? 0) - 4);
    content.set([0xff], (ends[2] ?? 0) - 4);
    disk.file(testSegmentPath(1)).content = content;
    const damaged = { from: 2, to: 3, epoch: stream.epoch, reason: 'damaged' };
    for (const [seed, reports] of [
      [2, 1],
      [3, 0],
    ] as const) {
      const opened = await openTestJournal(disk, { seed });
      const { records, lost, nextSequence } = await opened.stream.read(1, LIMIT);
      expect(records.map(({ sequence }) => sequence)).toEqual([1, 4]);
      expect({ lost, nextSequence }).toEqual({ lost: [damaged], nextSequence: 5 });
      expect((await opened.stream.read(3, LIMIT)).lost).toEqual([{ ...damaged, from: 3 }]);
      expect(opened.logger.lines).toHaveLength(reports);
      await opened.journal[Symbol.asyncDispose]();
    }
  });

  it('passes over records that decayed behind the last that can be read [J5]', async () => {
    const { stream, storage, logger } = await openTestJournal(new MemoryStorage());
    await append(stream, 'one');
    await append(stream, 'two');
    const { content } = storage.file(testSegmentPath(1));
    const end = frameEndsOf(content).at(-1) ?? 0;
    content.fill(0xff, end - 22, end);
    const { records, lost, nextSequence } = await stream.read(1, LIMIT);
    expect(records).toHaveLength(1);
    expect(lost).toMatchObject([{ from: 2, to: 2, reason: 'damaged' }]);
    expect(nextSequence).toBe(3);
    expect(logger.lines).toMatchObject([{ level: 'error', fields: { from: 2, to: 2 } }]);
  });

  it('tells a cursor that is behind what a younger epoch does not hold [J3]', async () => {
    const { journal, stream, storage } = await openTestJournal(new MemoryStorage());
    for (const text of ['one', 'two', 'three']) await append(stream, text);
    const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
    cursor.advance(3, 3);
    await journal[Symbol.asyncDispose]();
    storage.file(testSegmentPath(1)).content = storage.file(testSegmentPath(1)).content.subarray(0, 4096);
    const after = await openTestJournal(storage.kill(), { seed: 2 });
    await append(after.stream, 'four');
    const { records, lost } = await after.stream.read(1, LIMIT);
    expect(lost).toEqual([{ from: 1, to: 3, epoch: stream.epoch, reason: 'epoch' }]);
    expect(records.map(({ sequence }) => sequence)).toEqual([4, 5]);
  });
});
