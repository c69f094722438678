import { describe, expect, it, vi } from 'vitest';
import { STATE_STREAM } from '#gateway/model/built-in-streams.ts';
import { journalMethods } from './journal-methods.ts';
import { JournalView } from './journal-view.ts';
import { MAX_WAITING_READERS, VIEW_READ_LIMIT } from './limits.ts';
import { MemoryStorage } from './memory-storage.ts';
import { append, openTestJournal, sampleRecord, TELEMETRY, textsOf } from './open-test-journal.ts';
import { RemoteJournal } from './remote-journal.ts';

/** A journal, and a reader at the far end of a socket that carries JSON. */
async function openRemote() {
  const opened = await openTestJournal(new MemoryStorage());
  const methods: Readonly<Record<string, (params: unknown, signal: AbortSignal) => unknown>> = journalMethods(
    opened.journal,
    opened.clock,
  );
  const sizes: number[] = [];
  const remote = new RemoteJournal(async (method, { params, signal = new AbortController().signal } = {}) => {
    const sent: unknown = params === undefined ? undefined : JSON.parse(JSON.stringify(params));
    const answer = JSON.stringify(await methods[method]?.(sent, signal));
    sizes.push(answer.length);
    return JSON.parse(answer);
  });
  return { ...opened, methods, remote, sizes };
}

describe('a journal read over the control socket', () => {
  it('gives every field of a record back as it is stored', async () => {
    const { stream, remote } = await openRemote();
    const record = sampleRecord('', {
      payload: Buffer.from([0xff, 0x00, 0x7f]),
      userProperties: [['site', 'north']],
      correlationData: Buffer.from([1, 2]),
      unknownFields: Buffer.from([0xf8, 0x7f, 0x05]),
    });
    await new Promise((resolve) => stream.append(record, resolve));
    const direct = await stream.read(1, { maxEvents: 1, maxBytes: 1 });
    const { records, nextSequence } = await remote.read({ stream: TELEMETRY, from: 1 });
    expect(records).toMatchObject(direct.records);
    expect(records[0]?.time).toEqual({ basis: 'own', unixMs: record.stamp.wallMs });
    expect(nextSequence).toBe(2);
  });

  it('passes over what is not under the topic filter, and says where to read on', async () => {
    const { stream, remote } = await openRemote();
    await append(stream, 'position');
    const part = await remote.read({ stream: TELEMETRY, from: 0, topic: 'alerts/#' });
    expect(part).toEqual({ records: [], lost: [], nextSequence: 2 });
  });

  it('shows the built-in stream once it is open, and says that it is one', async () => {
    const { journal, remote } = await openRemote();
    await expect(remote.read({ stream: 'state', from: 1 })).rejects.toMatchObject({ code: 'journal.unknownStream' });
    await append(await journal.openBuiltIn(STATE_STREAM), 'kept');
    expect(textsOf((await remote.read({ stream: 'state', from: 1 })).records)).toEqual(['kept']);
    expect((await remote.stat()).streams).toMatchObject([{ id: 'telemetry' }, { id: 'state', isBuiltIn: true }]);
  });

  it('answers in steps of a bounded size, whatever there is', async () => {
    const { stream, remote, sizes } = await openRemote();
    const userProperties = [['note', 'x'.repeat(60_000)]] as const;
    const count = 100;
    for (let n = 1; n <= count; n++) stream.append(sampleRecord(`${n}`, { userProperties }), () => {});
    await stream.waitFor(count, new AbortController().signal);
    const texts: string[] = [];
    for (let from = 1; from <= count; ) {
      const { records, nextSequence } = await remote.read({ stream: TELEMETRY, from });
      texts.push(...textsOf(records));
      from = nextSequence;
    }
    expect(texts).toEqual(Array.from({ length: count }, (_, index) => `${index + 1}`));
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThan(4 * 2 ** 20);
    expect(VIEW_READ_LIMIT.maxEvents).toBeLessThanOrEqual(1000);
  });

  it('waits for a record that comes, no longer than it was told, and no longer than anybody wants it', async () => {
    const { stream, remote, clock } = await openRemote();
    const coming = remote.read({ stream: TELEMETRY, from: 1, waitMs: 1000 });
    await append(stream, 'new');
    expect(textsOf((await coming).records)).toEqual(['new']);
    const nothing = remote.read({ stream: TELEMETRY, from: 2, waitMs: 1000 });
    await clock.advance(1000);
    expect(await nothing).toMatchObject({ records: [], nextSequence: 2 });
    const leaving = new AbortController();
    const left = remote.read({ stream: TELEMETRY, from: 2, waitMs: 1000 }, leaving.signal);
    leaving.abort();
    expect((await left).records).toEqual([]);
  });

  it('lets no more than a few wait, and a new one as soon as one is gone', async () => {
    const { journal, clock } = await openRemote();
    const view = new JournalView(journal, clock);
    const query = { stream: TELEMETRY, from: 1, waitMs: 1000 };
    const waiting = Array.from({ length: MAX_WAITING_READERS }, () => view.read(query));
    await expect(view.read(query)).rejects.toMatchObject({ code: 'journal.busy' });
    await clock.advance(1000);
    await Promise.all(waiting);
    const next = view.read(query);
    await vi.waitFor(() => expect(clock.timerCount).toBeGreaterThan(0));
    await clock.advance(1000);
    await expect(next).resolves.toMatchObject({ records: [] });
  });

  it('rests between two steps for longer than they took', async () => {
    const { journal, stream, clock } = await openRemote();
    await append(stream, 'one');
    const slow = { ...journal, streams: [stream], clockRuns: [] };
    const read = stream.read.bind(stream);
    const view = new JournalView(slow, clock, 4);
    vi.spyOn(stream, 'read').mockImplementation(async (from, limit) => {
      await clock.advance(10);
      return read(from, limit);
    });
    let isDone = false;
    const timerCount = clock.timerCount;
    const step = view.read({ stream: TELEMETRY, from: 1 }).then(() => {
      isDone = true;
    });
    await vi.waitFor(() => expect(clock.timerCount).toBeGreaterThan(timerCount));
    await clock.advance(39);
    expect(isDone).toBe(false);
    await clock.advance(1);
    await step;
  });

  it('shows what is there, and how far the sinks are', async () => {
    const { journal, stream, remote } = await openRemote();
    for (const text of ['one', 'two', 'three']) await append(stream, text);
    (await journal.openCursor('hub', TELEMETRY, 'oldest')).advance(2, 2);
    const time = { basis: 'own', unixMs: sampleRecord('').stamp.wallMs };
    expect(await remote.stat()).toMatchObject({
      streams: [{ id: TELEMETRY, syncedSequence: 3, oldestTime: time, newestTime: time, lost: [] }],
      cursors: [{ sink: 'hub', stream: TELEMETRY, acknowledgedSequence: 2, backlogCount: 1 }],
      wear: { logicalBytes: expect.any(Number) },
    });
  });

  it('names the streams there are to who asks for another', async () => {
    const { remote } = await openRemote();
    const expected = { code: 'journal.unknownStream', message: expect.stringContaining('there is telemetry') };
    await expect(remote.read({ stream: 'nope', from: 1 })).rejects.toMatchObject(expected);
    await expect(remote.locate('nope', 0)).rejects.toMatchObject(expected);
  });

  it.each([
    ['journal.read', undefined],
    ['journal.read', { stream: 'telemetry' }],
    ['journal.read', { stream: 'telemetry', from: 1.5 }],
    ['journal.read', { stream: 'telemetry', from: -1 }],
    ['journal.read', { stream: 'telemetry', from: 1, topic: 'a/#/b' }],
    ['journal.read', { stream: 'telemetry', from: 1, waitMs: 'long' }],
    ['journal.locate', { stream: 'telemetry' }],
  ])('refuses %s with %j', async (method, params) => {
    const { methods } = await openRemote();
    const ask = async () => methods[method]?.(params, new AbortController().signal);
    await expect(ask()).rejects.toMatchObject({ code: 'gateway.badRequest' });
  });
});
