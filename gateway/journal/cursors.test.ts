import { describe, expect, it } from 'vitest';
import type { Cursor } from './journal.ts';
import { CURSOR_GATHER_MS, CURSOR_PERSIST_INTERVAL_MS, CURSOR_RETRY_MS } from './limits.ts';
import { MemoryStorage } from './memory-storage.ts';
import {
  append,
  openTestJournal,
  readAll,
  seededRandom,
  streamId,
  TELEMETRY,
  TEST_DIRECTORY,
} from './open-test-journal.ts';
import { SLOT_BYTES } from './slot-file.ts';

const PATH = `${TEST_DIRECTORY}/cursors/hub.telemetry.cursor`;

async function journalWith(recordCount: number) {
  const opened = await openTestJournal(new MemoryStorage());
  for (let count = 1; count <= recordCount; count++) await append(opened.stream, String(count));
  return opened;
}

async function reopenCursor(storage: MemoryStorage): Promise<Cursor> {
  const { journal } = await openTestJournal(storage, { seed: 2 });
  return journal.openCursor('hub', TELEMETRY, 'oldest');
}

function positionOf(cursor: Cursor): readonly [number, number] {
  return [cursor.acknowledgedSequence, cursor.forwardedSequence];
}

describe('a new cursor', () => {
  it('starts before the oldest record, or behind the newest', async () => {
    const { journal } = await journalWith(3);
    expect(positionOf(await journal.openCursor('hub', TELEMETRY, 'oldest'))).toEqual([0, 0]);
    expect(positionOf(await journal.openCursor('influx', TELEMETRY, 'now'))).toEqual([3, 0]);
  });

  it('keeps where «now» was, though nothing was ever acknowledged', async () => {
    const { journal, stream, storage } = await journalWith(3);
    await journal.openCursor('hub', TELEMETRY, 'now');
    await append(stream, '4');
    const { journal: after } = await openTestJournal(storage.powerCut(seededRandom(1)), { seed: 2 });
    expect(positionOf(await after.openCursor('hub', TELEMETRY, 'now'))).toEqual([3, 0]);
  });

  it('is one and the same however often it is opened', async () => {
    const { journal } = await journalWith(1);
    const first = await journal.openCursor('hub', TELEMETRY, 'oldest');
    expect(await journal.openCursor('hub', TELEMETRY, 'now')).toBe(first);
  });

  it('lives in memory while the disk has no room, and is written when there is', async () => {
    const { journal, storage, clock, logger } = await journalWith(1);
    // The first time it is tried twice, for there is the reserve to give up.
    storage.failNext('open', 'ENOSPC', 4);
    const cursor = await journal.openCursor('hub', TELEMETRY, 'now');
    expect(positionOf(cursor)).toEqual([1, 0]);
    await clock.advance(2 * CURSOR_RETRY_MS);
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
    expect(await storage.list(`${TEST_DIRECTORY}/cursors`)).toEqual([]);
    await clock.advance(CURSOR_RETRY_MS);
    expect(positionOf(await reopenCursor(storage.powerCut(seededRandom(1))))).toEqual([1, 0]);
  });

  it('does not mind a folder in the place of the file that it is made from', async () => {
    const { journal, storage } = await journalWith(1);
    await storage.makeDirectory(`${PATH}.new`);
    expect(positionOf(await journal.openCursor('hub', TELEMETRY, 'oldest'))).toEqual([0, 0]);
  });
});

describe('advance', () => {
  it('reaches the disk soon after a rest, once for many moves', async () => {
    const { journal, storage, clock } = await journalWith(3);
    const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
    const timerCount = clock.timerCount;
    cursor.advance(1, 1);
    cursor.advance(2, 1);
    expect(clock.timerCount).toBe(timerCount + 1);
    await clock.advance(CURSOR_GATHER_MS);
    expect(positionOf(await reopenCursor(storage.powerCut(seededRandom(1))))).toEqual([2, 1]);
  });

  it('is written no more than once a second', async () => {
    const { journal, storage, clock } = await journalWith(3);
    const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
    cursor.advance(1, 1);
    await clock.advance(CURSOR_GATHER_MS);
    const operations = storage.operationCount;
    cursor.advance(2, 2);
    await clock.advance(CURSOR_PERSIST_INTERVAL_MS - 1);
    expect(storage.operationCount).toBe(operations);
    await clock.advance(1);
    expect(positionOf(await reopenCursor(storage.powerCut(seededRandom(1))))).toEqual([2, 2]);
  });

  it('moves neither back nor past what there is', async () => {
    const { journal } = await journalWith(3);
    const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
    cursor.advance(2, 2);
    expect(() => cursor.advance(1, 1)).toThrow('moved back');
    expect(() => cursor.advance(4, 4)).toThrow('moved past');
  });

  it('is persisted on closing', async () => {
    const { journal, storage } = await journalWith(3);
    (await journal.openCursor('hub', TELEMETRY, 'oldest')).advance(3, 2);
    await journal[Symbol.asyncDispose]();
    expect(positionOf(await reopenCursor(storage.powerCut(seededRandom(1))))).toEqual([3, 2]);
  });
});

describe('after a power cut', () => {
  it('a cursor never leads what was said, and never lags what was persisted [J10]', async () => {
    const found = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const { journal, storage } = await journalWith(5);
      const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
      cursor.advance(2, 2);
      await cursor.persist();
      storage.holdSyncs();
      cursor.advance(4, 4);
      void cursor.persist();
      await new Promise((resolve) => setImmediate(resolve));
      cursor.advance(5, 5);
      found.add((await reopenCursor(storage.powerCut(seededRandom(seed)))).acknowledgedSequence);
    }
    expect([...found].toSorted()).toEqual([2, 4]);
  }, 30_000);

  it('persist has not answered before the sync returned [J10]', async () => {
    const { journal, storage } = await journalWith(5);
    const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
    storage.holdSyncs();
    cursor.advance(2, 2);
    let isPersisted = false;
    const persisting = cursor.persist().then(() => {
      isPersisted = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isPersisted).toBe(false);
    storage.releaseSyncs();
    await persisting;
  });
});

describe('a cursor file', () => {
  it('falls back to the other slot, whichever byte of the newer one is damaged', async () => {
    const { journal, storage } = await journalWith(5);
    const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
    for (const sequence of [1, 2, 3]) {
      cursor.advance(sequence, sequence);
      await cursor.persist();
    }
    const image = Buffer.from(storage.file(PATH).content);
    const newerSlot = 0; // generations: 1 made, then 2, 3, 4; even ones are first
    for (let offset = newerSlot; offset < newerSlot + 40; offset++) {
      if (offset >= 4 && offset < 8) continue; // reserved, but under the checksum all the same
      const disk = storage.kill();
      const damaged = Buffer.from(image);
      damaged[offset] = (image[offset] ?? 0) ^ 0x40;
      disk.file(PATH).content = damaged;
      expect([2, 3]).toContain((await reopenCursor(disk)).acknowledgedSequence);
    }
  });

  it('cut at any byte gives a position that was persisted, or the oldest', async () => {
    const { journal, storage } = await journalWith(5);
    const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
    cursor.advance(3, 3);
    await cursor.persist();
    const image = Buffer.from(storage.file(PATH).content);
    for (const size of [0, 1, 23, 24, 40, SLOT_BYTES, SLOT_BYTES + 30, 2 * SLOT_BYTES]) {
      const disk = storage.kill();
      disk.file(PATH).content = image.subarray(0, size);
      expect([0, 3]).toContain((await reopenCursor(disk)).acknowledgedSequence);
    }
  });

  it('under the name of another is not believed: it starts at the oldest record [J10]', async () => {
    const { journal, storage } = await journalWith(5);
    (await journal.openCursor('influx', TELEMETRY, 'oldest')).advance(4, 4);
    await journal.openCursor('hub', TELEMETRY, 'oldest');
    await journal[Symbol.asyncDispose]();
    storage.file(PATH).content = Buffer.from(storage.file(PATH.replace('hub.', 'influx.')).content);
    expect((await reopenCursor(storage)).acknowledgedSequence).toBe(0);
  });

  it('with both slots damaged starts at the beginning, says so, and works again', async () => {
    const { journal, storage } = await journalWith(5);
    (await journal.openCursor('hub', TELEMETRY, 'oldest')).advance(3, 3);
    await journal[Symbol.asyncDispose]();
    storage.file(PATH).content = Buffer.alloc(2 * SLOT_BYTES, 0xff);
    const opened = await openTestJournal(storage, { seed: 2 });
    expect(opened.logger.lines).toMatchObject([{ level: 'error', fields: { cursor: 'hub.telemetry.cursor' } }]);
    const cursor = await opened.journal.openCursor('hub', TELEMETRY, 'now');
    expect(cursor.acknowledgedSequence).toBe(0);
    cursor.advance(4, 4);
    await cursor.persist();
    expect((await reopenCursor(storage.kill())).acknowledgedSequence).toBe(4);
  });

  it('stays valid when a write fails, and is written when the disk works again', async () => {
    const { journal, storage, clock, logger } = await journalWith(5);
    const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
    cursor.advance(1, 1);
    await cursor.persist();
    cursor.advance(2, 2);
    storage.failNext('datasync', 'EIO', 2);
    await expect(cursor.persist()).rejects.toMatchObject({ code: 'journal.failed' });
    await clock.advance(CURSOR_PERSIST_INTERVAL_MS);
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
    expect(positionOf(cursor)).toEqual([2, 2]);
    await cursor.persist();
    expect((await reopenCursor(storage.powerCut(seededRandom(3)))).acknowledgedSequence).toBe(2);
  });

  it('counts as it was written last, also where a write before that failed and stands on the disk all the same [J10]', async () => {
    const { journal, storage } = await journalWith(5);
    const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
    cursor.advance(1, 1);
    await cursor.persist();
    cursor.advance(2, 2);
    storage.failNext('datasync', 'EIO');
    await expect(cursor.persist()).rejects.toMatchObject({ code: 'journal.failed' });
    cursor.advance(3, 3, { filterState: () => Buffer.alloc(9000) });
    await cursor.persist();
    expect((await reopenCursor(storage.kill())).acknowledgedSequence).toBe(3);
  });
});

it('starts over where the disk cannot read a cursor, and the journal opens all the same [J5]', async () => {
  const { journal, storage } = await journalWith(5);
  (await journal.openCursor('hub', TELEMETRY, 'oldest')).advance(3, 3);
  await journal[Symbol.asyncDispose]();
  storage.file(`${TEST_DIRECTORY}/cursors/${(await storage.list(`${TEST_DIRECTORY}/cursors`))[0]}`).breakBytes(0, 8192);
  expect((await reopenCursor(storage)).acknowledgedSequence).toBe(0);
});

it.each(['write', 'datasync'] as const)(
  'does not start over on a full disk where even overwriting needs space (%s) [J10]',
  async (operation) => {
    const { journal, storage } = await journalWith(5);
    (await journal.openCursor('hub', TELEMETRY, 'oldest')).advance(3, 3);
    await journal[Symbol.asyncDispose]();
    storage.failNext(operation, 'ENOSPC');
    expect((await reopenCursor(storage)).acknowledgedSequence).toBe(3);
  },
);

it('keeps the cursors of sinks that are not configured now', async () => {
  const { journal, storage } = await journalWith(5);
  (await journal.openCursor('hub', TELEMETRY, 'oldest')).advance(3, 3);
  await journal[Symbol.asyncDispose]();
  const without = await openTestJournal(storage, { seed: 2 });
  expect(await readAll(without.stream)).toHaveLength(5);
  await without.journal[Symbol.asyncDispose]();
  expect((await reopenCursor(storage)).acknowledgedSequence).toBe(3);
});

it('of a sink that is not configured any more is an orphan with its backlog, and is forgotten when asked, durably', async () => {
  const { journal, storage } = await journalWith(5);
  (await journal.openCursor('hub', TELEMETRY, 'oldest')).advance(3, 3);
  await expect(journal.forget('hub')).rejects.toMatchObject({ code: 'sink.configured' });
  await journal[Symbol.asyncDispose]();
  const without = await openTestJournal(storage, { seed: 2 });
  const orphan = { sink: 'hub', stream: TELEMETRY, acknowledgedSequence: 3, backlogCount: 2 };
  expect(without.journal.orphans()).toEqual([orphan]);
  expect(without.journal.status().orphans).toEqual([orphan]);
  await without.journal.forget('hub');
  const after = await openTestJournal(storage.powerCut(seededRandom(1)), { seed: 3 });
  expect(after.journal.status().orphans).toBeUndefined();
});

it('keeps the cursor of a stream that is taken out, and does not say that it is owed nothing', async () => {
  const stream = streamId('control');
  const streams = [{ id: TELEMETRY }, { id: stream }];
  const { journal, storage } = await openTestJournal(new MemoryStorage(), { streams });
  await append(journal.stream(stream), 'one');
  await journal.openCursor('hub', stream, 'oldest');
  await journal[Symbol.asyncDispose]();
  const without = await openTestJournal(storage, { seed: 2 });
  expect(without.journal.orphans()).toEqual([{ sink: 'hub', stream, acknowledgedSequence: 0 }]);
  await without.journal[Symbol.asyncDispose]();
  const again = await openTestJournal(storage, { seed: 3, streams });
  expect(again.journal.orphans()).toMatchObject([{ backlogCount: 1 }]);
});

it('keeps ranges and the state of the filter, bounded', async () => {
  const { journal, storage } = await journalWith(9);
  const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
  const extras = {
    ranges: [
      { from: 4, to: 5, forwardedSequence: 4 },
      { from: 8, to: 8, forwardedSequence: 0 },
    ],
  };
  let filterState = Buffer.from('before');
  cursor.advance(2, 2, { ...extras, filterState: () => filterState });
  filterState = Buffer.from('last sent');
  await journal[Symbol.asyncDispose]();
  expect(await reopenCursor(storage)).toMatchObject({ acknowledgedSequence: 2, ...extras, filterState });
});

it.each([1, 2, 3, 4, 5, 6, 7])(
  'keeps what fits no slot in a larger one, and finds the newest of all: write %d [J10 J13]',
  async (last) => {
    const { journal, storage } = await journalWith(9);
    const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
    const sizes = [0, 16_384, 0, 9000, 16_384, 16_384, 2000].slice(0, last);
    for (const [index, sizeBytes] of sizes.entries()) {
      cursor.advance(
        index + 1,
        index + 1,
        sizeBytes === 0 ? {} : { filterState: () => Buffer.alloc(sizeBytes, index) },
      );
      await cursor.persist();
    }
    const found = await reopenCursor(storage.powerCut(seededRandom(last)));
    expect(found.acknowledgedSequence).toBe(last);
    expect(found.filterState?.length ?? 0).toBe(sizes.at(-1));
  },
);

it.each([
  ['a small one', 0, 9000],
  ['a large one', 9000, 9000],
  ['a large one behind', 9000, 0],
])('falls back on %s when a slot is damaged, whichever [J10]', async (_, before, last) => {
  const { journal, storage } = await journalWith(9);
  const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
  for (const [index, sizeBytes] of [before, before, last].entries()) {
    cursor.advance(index + 1, index + 1, { filterState: () => Buffer.alloc(sizeBytes, index) });
    await cursor.persist();
  }
  await journal[Symbol.asyncDispose]();
  const intact = Buffer.from(storage.file(PATH).content);
  for (const offset of [0, SLOT_BYTES, 2 * SLOT_BYTES, 2 * SLOT_BYTES + 24 * 1024]) {
    const copy = Buffer.from(intact);
    const at = offset + 30;
    if (at >= copy.length) continue;
    copy[at] = (copy[at] ?? 0) ^ 0xff;
    storage.file(PATH).content = copy;
    expect((await reopenCursor(storage)).acknowledgedSequence).toBeGreaterThanOrEqual(2);
  }
});
