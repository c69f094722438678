import { describe, expect, it } from 'vitest';
import { LAZY_WRITE_MS, MAX_PENDING_STATE_BYTES, MAX_STATE_VALUE_BYTES } from '#gateway/journal/limits.ts';
import { readAll, seededRandom } from '#gateway/journal/open-test-journal.ts';
import { STATE_STREAM } from '#gateway/model/built-in-streams.ts';
import { openTestState, settled } from './open-test-state.ts';

const one = Buffer.from('one');
const two = Buffer.from('two');

describe('openStateMap', () => {
  it('gives back after a power cut what was settled, each key once with its newest value [J14]', async () => {
    const { state, storage } = await openTestState();
    state.set('a', one);
    state.set('b', one);
    await settled(state);
    state.set('a', two);
    state.delete('b');
    state.set('c', one);
    await settled(state);
    const { found } = await openTestState(storage.powerCut(seededRandom(1)));
    expect([...found]).toEqual([
      ['a', 'two'],
      ['c', 'one'],
    ]);
  });

  it('writes what nobody waits for in one go, after a while', async () => {
    const { state, storage, clock, journal } = await openTestState();
    state.set('a', one);
    state.set('b', one);
    await clock.advance(LAZY_WRITE_MS - 1);
    expect(journal.builtIn[0]?.syncedSequence).toBe(0);
    await clock.advance(1);
    await untilWritten(state);
    expect(journal.builtIn[0]?.syncedSequence).toBe(1);
    expect((await openTestState(storage.kill())).found.size).toBe(2);
  });

  it('writes nothing for what was set and deleted before it was written', async () => {
    const { state, clock, journal } = await openTestState();
    for (let count = 0; count < 100; count++) {
      state.set(`queue/${count}`, one);
      state.delete(`queue/${count}`);
    }
    await clock.advance(10 * LAZY_WRITE_MS);
    await settled(state);
    expect(journal.builtIn[0]?.syncedSequence).toBe(0);
    expect(state.status()).toMatchObject({ keyCount: 0, pendingCount: 0, writtenBytes: 0 });
  });

  it('answers at once when everything is durable, else in the order of the calls', async () => {
    const { state } = await openTestState();
    const answers: string[] = [];
    state.settle(() => answers.push('nothing to write'));
    expect(answers).toEqual(['nothing to write']);
    state.set('a', one);
    state.settle(() => answers.push('first'));
    state.delete('a');
    state.settle(() => answers.push('second'));
    expect(answers).toHaveLength(1);
    await settled(state);
    expect(answers.slice(1)).toEqual(['first', 'second']);
  });

  it('forgets a value that no record holds, and says so', async () => {
    const { state, storage, logger } = await openTestState();
    state.set('a', one);
    state.set('largest', Buffer.alloc(MAX_STATE_VALUE_BYTES));
    await settled(state);
    state.set('a', Buffer.alloc(MAX_STATE_VALUE_BYTES + 1));
    await settled(state);
    expect(logger.lines.map(({ level, fields }) => [level, fields['key']])).toEqual([['warn', 'a']]);
    expect([...(await openTestState(storage.kill())).found.keys()]).toEqual(['largest']);
  });

  it('lets the owner add to each write what belongs with it', async () => {
    const { state, storage, clock } = await openTestState();
    let count = 0;
    state.beforeWrite = () => state.set('mark', Buffer.from(String(++count)));
    await clock.advance(5 * LAZY_WRITE_MS);
    expect(count).toBe(0);
    state.set('a', one);
    await settled(state);
    expect(count).toBe(1);
    expect((await openTestState(storage.kill())).found.get('mark')).toBe('1');
  });

  it('is what it was before when power is cut within a write of many records [J14]', async () => {
    for (let cut = 1; cut <= 12; cut++) {
      const { state, storage } = await openTestState();
      state.set('size', Buffer.from('small'));
      await settled(state);
      storage.dieAfter(storage.operationCount + cut);
      state.set('size', Buffer.from('large'));
      for (let index = 0; index < 8; index++) state.set(`large/${index}`, Buffer.alloc(60_000, index));
      await Promise.race([settled(state), storage.died]);
      const { found } = await openTestState(storage.powerCut(seededRandom(cut)));
      expect(found.size, `cut at ${cut}`).toBe(found.get('size') === 'large' ? 9 : 1);
    }
  });

  it('does not finish what was cut short by what comes later', async () => {
    const { state, storage } = await openTestState();
    for (let index = 0; index < 40; index++) state.set(`large/${index}`, Buffer.alloc(60_000, index));
    // Some of it is synced: a frame holds a megabyte.
    storage.dieAfter(storage.operationCount + 400);
    await Promise.race([settled(state), storage.died]);
    const second = await openTestState(storage.kill());
    expect(second.journal.builtIn[0]?.syncedSequence).toBeGreaterThan(0);
    expect(second.found.size).toBe(0);
    second.state.set('a', one);
    await settled(second.state);
    expect([...(await openTestState(second.storage.kill())).found.keys()]).toEqual(['a']);
  });

  it('keeps its log short, and nothing that is true is lost by it [J14]', async () => {
    const { state, storage, journal } = await openTestState();
    state.set('old', one);
    for (let round = 0; round < 200; round++) {
      for (let index = 0; index < 10; index++) state.set(`key/${index}`, Buffer.alloc(100, round));
      state.set(`gone/${round}`, one);
      state.delete(`gone/${round - 1}`);
      await settled(state);
      expect(journal.builtIn[0]?.sizeBytes).toBeLessThan(120_000);
    }
    expect(state.status().copiedBytes).toBeGreaterThan(0);
    const { found } = await openTestState(storage.powerCut(seededRandom(2)));
    expect([...found.keys()].toSorted()).toEqual(
      ['old', 'gone/199', ...Array.from({ length: 10 }, (_, index) => `key/${index}`)].toSorted(),
    );
    expect(found.get('key/3')).toBe(Buffer.alloc(100, 199).toString());
  });

  it('says that the disk is full, keeps what is pending, and writes it when there is room', async () => {
    const { state, storage, clock } = await openTestState();
    state.set('a', one);
    await settled(state);
    storage.limitSpace(0);
    state.set('a', two);
    state.set('large', Buffer.alloc(300_000));
    await expect(settled(state)).rejects.toMatchObject({ code: 'journal.full' });
    expect(state.status()).toMatchObject({ pendingCount: 2, lastError: expect.any(String) });
    storage.heal();
    await clock.advance(LAZY_WRITE_MS);
    await settled(state);
    expect(state.status()).toMatchObject({ pendingCount: 0, keyCount: 2 });
    expect((await openTestState(storage.powerCut(seededRandom(3)))).found.get('a')).toBe('two');
  });

  it('says that it is full when so much waits for a disk that takes nothing, and no more once that is written [P3]', async () => {
    const { state, storage, clock } = await openTestState();
    const fill = () => {
      for (let index = 0; index < 40; index++) state.set(`large/${index}`, Buffer.alloc(MAX_PENDING_STATE_BYTES / 32));
    };
    fill();
    expect(state.isFull).toBe(false);
    storage.limitSpace(0);
    await expect(settled(state)).rejects.toMatchObject({ code: 'journal.full' });
    expect([state.isFull, state.status().pendingBytes > MAX_PENDING_STATE_BYTES]).toEqual([true, true]);
    for (let index = 0; index < 40; index++) state.delete(`large/${index}`);
    expect(state.isFull).toBe(false);
    fill();
    storage.heal();
    await clock.advance(LAZY_WRITE_MS);
    await settled(state);
    expect([state.isFull, state.status().pendingBytes]).toEqual([false, 0]);
  });

  it('takes back for good what a failed write may have left', async () => {
    const { state, storage } = await openTestState();
    state.set('b', one);
    await settled(state);
    storage.failNext('datasync', 'EIO', 20);
    state.set('a', one);
    await expect(settled(state)).rejects.toMatchObject({ code: 'journal.failed' });
    storage.heal();
    state.delete('a');
    await settled(state);
    for (let seed = 1; seed < 20; seed++) {
      const { found } = await openTestState(storage.powerCut(seededRandom(seed)));
      expect([...found.keys()]).toEqual(['b']);
    }
  });

  it('writes what is pending before it closes, and refuses after', async () => {
    const { state, storage, journal } = await openTestState();
    state.set('a', one);
    await state[Symbol.asyncDispose]();
    await journal[Symbol.asyncDispose]();
    expect((await openTestState(storage.powerCut(seededRandom(4)))).found.get('a')).toBe('one');
    await expect(settled(state)).rejects.toMatchObject({ code: 'journal.closed' });
    await state[Symbol.asyncDispose]();
  });

  it('goes on with what is readable where the log is damaged, and says so [J5]', async () => {
    const { state, storage, journal } = await openTestState();
    for (const key of ['a', 'b', 'c']) {
      state.set(key, one);
      await settled(state);
    }
    const [segment] = (await storage.list('/data/journal/streams/state')).filter((name) => name.endsWith('.segment'));
    const path = `/data/journal/streams/state/${segment}`;
    await journal[Symbol.asyncDispose]();
    const { content } = storage.file(path);
    content.writeUInt8(0xff, content.indexOf('state/changes', content.indexOf('state/changes') + 1));
    const { found, logger } = await openTestState(storage.kill());
    expect([...found.keys()]).toEqual(['a', 'c']);
    expect(logger.lines.some(({ text }) => text.startsWith('A part of the state is lost'))).toBe(true);
  });

  it('is in no list of streams, and its records are those of the gateway', async () => {
    const { state, journal } = await openTestState();
    state.set('a', one);
    await settled(state);
    expect(journal.streams.map(({ id }) => id)).toEqual(['telemetry']);
    expect(journal.status().streams.map(({ id, isBuiltIn }) => [id, isBuiltIn])).toEqual([
      ['telemetry', undefined],
      ['state', true],
    ]);
    const stream = await journal.openBuiltIn(STATE_STREAM);
    expect((await readAll(stream)).map(({ record }) => [record.clientId, record.topic])).toEqual([
      ['@state', 'state/changes'],
    ]);
  });
});

async function untilWritten(state: { status(): { readonly pendingCount: number } }): Promise<void> {
  while (state.status().pendingCount > 0) await new Promise((resolve) => setImmediate(resolve));
}
