import { describe, expect, it } from 'vitest';
import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { openTestJournal, sampleRecord, seededRandom } from '#gateway/journal/open-test-journal.ts';
import { openStateMap } from '#gateway/journal/state/open-state-map.ts';
import { DEAD_LETTERS_STREAM } from '#gateway/model/built-in-streams.ts';
import { DeadLetterView } from './dead-letter-view.ts';
import { encodeLetter } from './letter-codec.ts';
import { divideRoom } from './limits.ts';
import { idOf, openTestLetters, refused, type TestLetters } from './testing/open-test-letters.ts';

const EVERYTHING = { maxEvents: 100, maxBytes: 1e6 };

async function idsIn({ store }: TestLetters): Promise<readonly string[]> {
  const { letters } = await new DeadLetterView(store, () => []).list({});
  return letters.map(({ id }) => id);
}

async function reopen({ storage }: TestLetters): Promise<TestLetters> {
  return openTestLetters(storage.powerCut(seededRandom(1)));
}

describe('burying', () => {
  it('is durable when it says so, with reason, attempts and times [D6]', async () => {
    const test = await openTestLetters();
    await test.store.bury(refused(7, { attempts: 3 }));
    const { store } = await reopen(test);
    expect(await store.read(idOf(7))).toMatchObject({
      ...{ sink: 'hub', code: 'hub.rejectedEvent', reason: 'it says no', attempts: 3 },
      stored: { stream: 'telemetry', sequence: 7, record: { payload: Buffer.from('event 7') } },
    });
  });

  it('the same event twice is one letter with the attempts of both, in its first place', async () => {
    const test = await openTestLetters();
    await test.store.bury(refused(7, { attempts: 2 }));
    await test.store.bury(refused(8));
    await test.clock.advance(5000);
    await test.store.bury(refused(7, { attempts: 1, reason: 'still no' }));
    const again = await reopen(test);
    expect(await idsIn(again)).toEqual([idOf(7), idOf(8)]);
    const letter = await again.store.read(idOf(7));
    expect(letter).toMatchObject({
      attempts: 3,
      reason: 'still no',
      first: { monotonicMs: 0 },
      last: { monotonicMs: 5000 },
    });
    expect(test.buried).toHaveLength(3);
  });

  it('fails while the disk is full, and adds the attempts once when it is tried again', async () => {
    const test = await openTestLetters();
    await test.store.bury(refused(7, { attempts: 2 }));
    test.storage.failNext('write', 'EIO', 3);
    await expect(test.store.bury(refused(7, { attempts: 1 }))).rejects.toMatchObject({ code: 'journal.failed' });
    expect(test.store.status().lastError).toContain('journal.failed');
    await test.store.bury(refused(7, { attempts: 1 }));
    const { store } = await reopen(test);
    expect((await store.read(idOf(7)))?.attempts).toBe(3);
    expect(test.store.status().lastError).toBeUndefined();
  });

  it('keeps what an event was that is too large for the quota, and says so', async () => {
    const test = await openTestLetters();
    await test.store.bury(refused(7, { payload: 'x'.repeat(200_000), topic: 'sensors/camera' }));
    const letter = await (await reopen(test)).store.read(idOf(7));
    expect(letter?.cutBytes).toBeGreaterThan(200_000);
    expect(letter?.stored.record).toMatchObject({ topic: 'sensors/camera', payload: Buffer.alloc(0) });
    expect(await test.store.redrive([idOf(7)])).toEqual([]);
  });
});

describe('the quota', () => {
  it('lets the oldest go, counts them, and holds on the disk', async () => {
    const test = await openTestLetters();
    const maxBytes = 2 ** 20;
    let largest = 0;
    for (let sequence = 1; sequence <= 2000; sequence++) {
      await test.store.bury(refused(sequence, { payload: 'x'.repeat(1000) }));
      largest = Math.max(largest, test.journal.builtIn[0]?.sizeBytes ?? 0);
    }
    const { index } = test.store;
    const { waiting, evicted } = index.countsOf('hub');
    expect(waiting + evicted).toBe(2000);
    expect(waiting).toBeGreaterThan(200);
    expect(index.get(idOf(evicted))).toBeUndefined();
    expect(index.get(idOf(evicted + 1))).toBeDefined();
    expect(largest).toBeLessThan(maxBytes + divideRoom(maxBytes).segmentBytes);
    const again = await reopen(test);
    expect(again.store.index.countsOf('hub')).toEqual({ waiting, evicted });
    expect(again.store.status().sinks).toMatchObject([{ sink: 'hub', count: waiting, evictedCount: evicted }]);
  });

  it('takes a letter in that is as large as all that there may be', async () => {
    const test = await openTestLetters();
    const { letterBytes } = divideRoom(2 ** 20);
    const payload = 'x'.repeat(letterBytes - 1000);
    for (let sequence = 1; sequence <= 6; sequence++) await test.store.bury(refused(sequence, { payload }));
    expect((await test.store.read(idOf(6)))?.stored.record.payload).toHaveLength(payload.length);
    expect(test.store.index.countsOf('hub').evicted).toBeGreaterThan(0);
  });
});

describe('dropping', () => {
  it('is durable when it says so, and counts what there was', async () => {
    const test = await openTestLetters();
    for (const sequence of [1, 2, 3]) await test.store.bury(refused(sequence));
    expect(await test.store.drop([idOf(1), idOf(3), idOf(9)])).toBe(2);
    expect(await idsIn(await reopen(test))).toEqual([idOf(2)]);
  });
});

describe('trying again', () => {
  it('goes through the queue of the sink, over a restart, and ends the letter when it is acknowledged', async () => {
    const test = await openTestLetters();
    for (const sequence of [1, 2, 3]) await test.store.bury(refused(sequence));
    await test.store.bury(refused(1, { sink: 'twin' }));
    expect(await test.store.redrive([idOf(3), idOf(1)])).toEqual([idOf(3), idOf(1)]);
    const again = await reopen(test);
    const queue = again.store.queueOf('hub');
    expect(queue.extent).toMatchObject({ syncedSequence: 2 });
    const { records, positions, nextSequence } = await queue.read(1, EVERYTHING);
    expect(records.map(({ sequence }) => sequence)).toEqual([3, 1]);
    expect([positions, nextSequence]).toEqual([[1, 2], 3]);
    queue.advance(1, 3);
    await queue.persist();
    const last = await reopen(again);
    expect(await idsIn(last)).toEqual([idOf(1), idOf(2), idOf(1, 'twin')]);
    expect((await last.store.queueOf('hub').read(1, EVERYTHING)).records.map(({ sequence }) => sequence)).toEqual([1]);
    expect((await last.store.queueOf('twin').read(1, EVERYTHING)).records).toEqual([]);
  });

  it('keeps a letter that is refused again, with attempts added, and not marked any more', async () => {
    const test = await openTestLetters();
    await test.store.bury(refused(1, { attempts: 2 }));
    await test.store.redrive([idOf(1)]);
    const queue = test.store.queueOf('hub');
    await queue.read(1, EVERYTHING);
    await test.store.bury(refused(1, { attempts: 1 }));
    queue.advance(1, 0);
    await queue.persist();
    const again = await reopen(test);
    expect(await again.store.read(idOf(1))).toMatchObject({ attempts: 3 });
    expect(again.store.isMarked(idOf(1))).toBe(false);
    expect(again.store.queueOf('hub').extent.syncedSequence).toBe(0);
  });

  it('passes over what is dropped meanwhile, and wakes who waits for more', async () => {
    const test = await openTestLetters();
    for (const sequence of [1, 2, 3]) await test.store.bury(refused(sequence));
    const queue = test.store.queueOf('hub');
    const waiting = queue.waitFor(1, new AbortController().signal);
    await test.store.redrive([idOf(1), idOf(2), idOf(3)]);
    await waiting;
    await test.store.drop([idOf(2)]);
    const { records, positions, nextSequence } = await queue.read(1, { maxEvents: 1, maxBytes: 1 });
    expect([records.map(({ sequence }) => sequence), positions, nextSequence]).toEqual([[1], [1], 3]);
    const rest = await queue.read(nextSequence, EVERYTHING);
    expect([rest.records.map(({ sequence }) => sequence), rest.positions, rest.nextSequence]).toEqual([[3], [3], 4]);
    const ended = new AbortController();
    const inVain = queue.waitFor(4, ended.signal);
    ended.abort();
    await inVain;
  });

  it('leaves no mark where the disk does not take it', async () => {
    const test = await openTestLetters();
    await test.store.bury(refused(1));
    test.storage.failNext('write', 'EIO', 3);
    await expect(test.store.redrive([idOf(1)])).rejects.toMatchObject({ code: 'journal.failed' });
    expect(test.store.isMarked(idOf(1))).toBe(false);
    await test.store.bury(refused(2));
    expect((await reopen(test)).store.isMarked(idOf(1))).toBe(false);
  });
});

describe('damage', () => {
  const FOLDER = '/data/journal/streams/dead-letters';

  async function damage({ storage }: TestLetters, text: string): Promise<void> {
    for (const name of await storage.list(FOLDER)) {
      const { content } = storage.file(`${FOLDER}/${name}`);
      const at = content.indexOf(text);
      if (at >= 0) content.writeUInt8(0xff, at);
    }
  }

  it('costs the letter that it hits, found at the start, and not its neighbours [J5]', async () => {
    const test = await openTestLetters();
    for (const sequence of [1, 2, 3]) await test.store.bury(refused(sequence, { payload: `needle-${sequence}` }));
    await damage(test, 'needle-2');
    const again = await openTestLetters(test.storage.kill());
    expect(await idsIn(again)).toEqual([idOf(1), idOf(3)]);
    await again.store.bury(refused(4));
    expect(await idsIn(await openTestLetters(again.storage.kill()))).toEqual([idOf(1), idOf(3), idOf(4)]);
  });

  it('costs the letter that it hits, found while it is read, and is counted', async () => {
    const first = await openTestLetters();
    // More than the reader of the stream keeps in memory.
    for (const sequence of [1, 2, 3, 4, 5, 6, 7, 8])
      await first.store.bury(refused(sequence, { payload: `needle-${sequence}` }));
    const test = await reopen(first);
    await damage(test, 'needle-2');
    await test.store.redrive([idOf(2), idOf(3)]);
    const { records } = await test.store.queueOf('hub').read(1, EVERYTHING);
    expect(records.map(({ sequence }) => sequence)).toEqual([3]);
    expect(await idsIn(test)).toEqual([1, 3, 4, 5, 6, 7, 8].map((sequence) => idOf(sequence)));
    expect(test.store.status().sinks).toMatchObject([{ count: 7, unreadableCount: 1 }]);
  });

  it('costs values that are no letters, and is told', async () => {
    const { journal, clock, logger, storage } = await openTestJournal(new MemoryStorage());
    const stream = await journal.openBuiltIn(DEAD_LETTERS_STREAM);
    const map = await openStateMap({ stream, clock, logger, stamp: () => sampleRecord('').stamp });
    const whole = encodeLetter({ ...LETTER, stored: refused(1).stored });
    for (const [key, value] of [
      ['l/hub/telemetry/00000000000000aa/1', whole],
      ['l/hub/telemetry/00000000000000aa/2', whole],
      ['l/hub/telemetry/00000000000000aa/3', whole.subarray(0, 20)],
      ['r/hub/telemetry/00000000000000aa/4', Buffer.from('1')],
      ['e/hub', Buffer.from('many')],
      ['x', Buffer.alloc(0)],
    ] as const)
      map.set(key, value);
    await map[Symbol.asyncDispose]();
    const test = await openTestLetters(storage.powerCut(seededRandom(1)));
    expect(await idsIn(test)).toEqual([idOf(1)]);
    expect(test.store.index.countsOf('hub')).toEqual({ waiting: 1, evicted: 0 });
    const told = test.logger.lines.filter(({ text }) => text.startsWith('A dead letter cannot be read'));
    expect(told).toHaveLength(3);
  });

  it('does not let an older version write where a newer one has', async () => {
    const { journal, clock, logger, storage } = await openTestJournal(new MemoryStorage());
    const stream = await journal.openBuiltIn(DEAD_LETTERS_STREAM);
    const map = await openStateMap({ stream, clock, logger, stamp: () => sampleRecord('').stamp });
    map.set('v', Buffer.from('2'));
    await map[Symbol.asyncDispose]();
    const opening = openTestLetters(storage.powerCut(seededRandom(1)));
    await expect(opening).rejects.toMatchObject({ code: 'journal.unknownFormat' });
  });
});

const { stamp } = sampleRecord('');
const LETTER = {
  ...{
    order: 1,
    sink: 'hub',
    cutBytes: 0,
    code: 'hub.rejectedEvent',
    reason: 'no',
    attempts: 1,
    first: stamp,
    last: stamp,
  },
} as const;
