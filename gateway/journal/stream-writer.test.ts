import { describe, expect, it } from 'vitest';
import type { JournalStream, SyncMode } from './journal.ts';
import { COMMIT_RETRY_MS, MAX_UNSYNCED_BYTES } from './limits.ts';
import { MemoryStorage } from './memory-storage.ts';
import {
  append,
  openTestJournal,
  readAll,
  sampleRecord,
  seededRandom,
  TELEMETRY,
  textsOf,
} from './open-test-journal.ts';

/** Lets everything settle that can. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function openSyncing(storage: MemoryStorage, everyMs = 1000) {
  return openTestJournal(storage, { streams: [{ id: TELEMETRY, sync: { everyMs } }] });
}

async function reread(storage: MemoryStorage): Promise<readonly string[]> {
  return textsOf(await readAll((await openTestJournal(storage, { seed: 2 })).stream));
}

describe('a stream that syncs every so often', () => {
  it('answers once a frame is written, lets it be read once it is synced, and says what a power cut can take [J1]', async () => {
    const storage = new MemoryStorage();
    const { stream, journal, clock } = await openSyncing(storage);
    expect(journal.status().streams[0]?.lossBoundMs).toBe(1000);
    for (const text of ['a', 'b', 'c']) await append(stream, text);
    await settle();
    expect(stream.syncedSequence).toBe(0);
    await clock.advance(999);
    await settle();
    expect(stream.syncedSequence).toBe(0);
    await clock.advance(1);
    await settle();
    expect(stream.syncedSequence).toBe(3);
    expect(textsOf(await readAll(stream))).toEqual(['a', 'b', 'c']);
    expect(journal.status()).toMatchObject({ frameCount: 3, appendedCount: 3 });
    for (let seed = 0; seed < 10; seed++)
      expect(await reread(storage.powerCut(seededRandom(seed)))).toEqual(['a', 'b', 'c']);
  });

  it('keeps what was answered when only the process ends', async () => {
    const storage = new MemoryStorage();
    const { stream } = await openSyncing(storage);
    for (const text of ['a', 'b', 'c']) await append(stream, text);
    expect(await reread(storage.kill())).toEqual(['a', 'b', 'c']);
  });

  it('reads after a restart only what is durable, though its syncs had failed: a power cut takes nothing back [J2]', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const storage = new MemoryStorage();
      const { stream, journal, clock } = await openSyncing(storage);
      await append(stream, 'a');
      await clock.advance(1000);
      await settle();
      storage.failNext('datasync', 'EIO', 4);
      for (const text of ['b', 'c', 'd']) await append(stream, text);
      await journal[Symbol.asyncDispose]();
      const disk = storage.kill();
      const reopened = await openSyncing(disk);
      const texts = textsOf(await readAll(reopened.stream));
      expect(await reread(disk.powerCut(seededRandom(seed)))).toEqual(texts);
    }
  });

  it('says which acknowledged records it could not sync at closing', async () => {
    const storage = new MemoryStorage();
    const { stream, journal, logger, clock } = await openSyncing(storage);
    await append(stream, 'a');
    await clock.advance(1000);
    await settle();
    for (const text of ['b', 'c']) await append(stream, text);
    storage.failNext('datasync', 'EIO', 10);
    await journal[Symbol.asyncDispose]();
    const told = logger.lines.filter(({ text }) => text.startsWith('Records that were acknowledged'));
    expect(told).toMatchObject([{ level: 'error', fields: { stream: TELEMETRY, from: 2, to: 3, count: 2 } }]);
  });

  it('syncs at once when much has gathered, when a segment is full, and on closing', async () => {
    const storage = new MemoryStorage();
    const { stream, journal } = await openSyncing(storage);
    const random = seededRandom(1);
    const noise = () => Array.from({ length: 2 ** 15 }, () => String.fromCharCode(33 + 90 * random())).join('');
    // Compressed, each of them is more than two thirds of itself.
    const count = (2 * MAX_UNSYNCED_BYTES) / 2 ** 15;
    for (let index = 0; index < count; index++) await append(stream, noise());
    await settle();
    expect(stream.syncedSequence).toBeGreaterThan(count / 2);
    await append(stream, 'last');
    await journal[Symbol.asyncDispose]();
    expect(stream.syncedSequence).toBe(count + 1);
    const small = await openTestJournal(new MemoryStorage(), {
      segmentBytes: 12_288,
      streams: [{ id: TELEMETRY, sync: { everyMs: 1000 } }],
    });
    for (let index = 0; index < 20; index++) await append(small.stream, 'x'.repeat(400));
    expect(small.stream.syncedSequence).toBeGreaterThan(5);
  });

  it('writes what was answered again, with the same sequences, when its sync fails [J6]', async () => {
    const storage = new MemoryStorage();
    const { stream, clock } = await openSyncing(storage);
    for (const text of ['a', 'b']) await append(stream, text);
    storage.failNext('datasync', 'EIO');
    await clock.advance(1000);
    await settle();
    await clock.advance(1000);
    await settle();
    expect(stream.syncedSequence).toBe(2);
    expect(await append(stream, 'c')).toBe(3);
    await clock.advance(1000);
    await settle();
    for (let seed = 0; seed < 10; seed++)
      expect(await reread(storage.powerCut(seededRandom(seed)))).toEqual(['a', 'b', 'c']);
  });

  it('never takes back an answer: while the disk fails what is new is refused, and the rest is tried again [J7]', async () => {
    const storage = new MemoryStorage();
    const { stream, clock, journal } = await openSyncing(storage);
    await append(stream, 'a');
    storage.failNext('datasync', 'EIO', 4);
    await clock.advance(1000);
    await settle();
    const refused = append(stream, 'b').catch((error: { code: string }) => error.code);
    storage.failNext('open', 'EIO', 3);
    await clock.advance(COMMIT_RETRY_MS);
    await settle();
    expect(await refused).toBe('journal.failed');
    expect(journal.status().state).toBe('failed');
    await clock.advance(COMMIT_RETRY_MS);
    await settle();
    await clock.advance(1000);
    await settle();
    expect(journal.status().state).toBe('ok');
    expect(await append(stream, 'c')).toBe(2);
    await journal[Symbol.asyncDispose]();
    expect(await reread(storage.kill())).toEqual(['a', 'c']);
  });
});

describe('a stream that lingers', () => {
  function openLingering(storage: MemoryStorage, sync: SyncMode = 'always') {
    return openTestJournal(storage, { streams: [{ id: TELEMETRY, lingerMs: 50, sync }] });
  }

  function add(stream: JournalStream, answers: number[], count = 1): void {
    for (let index = 0; index < count; index++) {
      const sequence: number = stream.append(sampleRecord('x'), () => answers.push(sequence));
    }
  }

  it('gathers a batch from its first record on, and writes it as one frame', async () => {
    const { stream, journal, clock } = await openLingering(new MemoryStorage());
    const answers: number[] = [];
    add(stream, answers);
    await clock.advance(40);
    await settle();
    add(stream, answers);
    await clock.advance(9);
    await settle();
    expect(answers).toEqual([]);
    await clock.advance(1);
    await settle();
    expect(answers).toEqual([1, 2]);
    expect(journal.status().frameCount).toBe(1);
  });

  it('answers after its linger, though what was written before waits longer for its sync', async () => {
    const { stream, clock } = await openLingering(new MemoryStorage(), { everyMs: 1000 });
    const answers: number[] = [];
    for (const expected of [[1], [1, 2], [1, 2, 3]]) {
      add(stream, answers);
      await settle();
      await clock.advance(50);
      await settle();
      expect(answers).toEqual(expected);
    }
    expect(stream.syncedSequence).toBe(0);
    await clock.advance(900);
    await settle();
    expect(stream.syncedSequence).toBe(3);
  });

  it('syncs when that is due, though a batch gathers for longer [J1]', async () => {
    const { stream, clock } = await openLingering(new MemoryStorage(), { everyMs: 10 });
    const answers: number[] = [];
    add(stream, answers);
    await settle();
    await clock.advance(50);
    await settle();
    add(stream, answers);
    await settle();
    await clock.advance(10);
    await settle();
    expect([answers, stream.syncedSequence]).toEqual([[1], 1]);
    await clock.advance(40);
    await settle();
    expect([answers, stream.syncedSequence]).toEqual([[1, 2], 1]);
    await clock.advance(10);
    await settle();
    expect(stream.syncedSequence).toBe(2);
  });

  it('does not wait with a batch that is full, nor when it is closed', async () => {
    const { stream, journal } = await openLingering(new MemoryStorage());
    const answers: number[] = [];
    add(stream, answers, 8193);
    await settle();
    expect(answers).toHaveLength(8192);
    await journal[Symbol.asyncDispose]();
    expect(answers).toHaveLength(8193);
  });
});
