import { describe, expect, it } from 'vitest';
import { deadLetterMethods } from './dead-letter-methods.ts';
import { RemoteLetters } from './remote-letters.ts';
import { idOf, openTestLetters, refused } from './testing/open-test-letters.ts';

/** The other end of the socket, without one. */
async function open() {
  const test = await openTestLetters();
  const methods: Record<string, (params: unknown) => unknown> = deadLetterMethods(test.store, ['hub'], () => []);
  const remote = new RemoteLetters(async (method, options) => {
    const params: unknown = JSON.parse(JSON.stringify(options?.params ?? {}));
    return JSON.parse(JSON.stringify(await methods[method]?.(params)));
  });
  for (const sequence of [1, 2, 3]) await test.store.bury(refused(sequence));
  await test.store.bury(refused(4, { sink: 'gone' }));
  await test.store.bury(refused(5, { payload: 'x'.repeat(300_000) }));
  return { ...test, remote, methods };
}

describe('the methods of the control socket', () => {
  it('list, count and show what there is, records as they are in the journal', async () => {
    const { remote } = await open();
    const { letters, next } = await remote.list({ sink: 'hub' });
    expect([letters.map(({ id }) => id), next]).toEqual([[1, 2, 3, 5].map((sequence) => idOf(sequence)), undefined]);
    expect(await remote.count('hub')).toEqual({ count: 4, through: 5 });
    expect(await remote.count(undefined)).toEqual({ count: 5, through: 5 });
    const { event, code } = await remote.show(idOf(2));
    expect([event.stream, event.sequence, code]).toEqual(['telemetry', 2, 'hub.rejectedEvent']);
    expect(event.record).toMatchObject({ topic: 'devices/gps0/position', payload: Buffer.from('event 2') });
    await expect(remote.show(idOf(9))).rejects.toMatchObject({ code: 'deadLetter.unknown' });
  });

  it('drop what is named, or all up to a place, and not what came later', async () => {
    const { remote, store } = await open();
    expect(await remote.drop({ ids: [idOf(2)] })).toEqual({ count: 1 });
    const { through } = await remote.count('hub');
    await store.bury(refused(6));
    expect(await remote.drop({ sink: 'hub', through })).toEqual({ count: 3 });
    expect((await remote.list({})).letters.map(({ id }) => id)).toEqual([idOf(4, 'gone'), idOf(6)]);
    await expect(remote.drop({ ids: [idOf(6), idOf(2)] })).rejects.toMatchObject({ code: 'deadLetter.unknown' });
    expect(store.index.count).toBe(2);
  });

  it('mark what can be sent again, and count what cannot', async () => {
    const { remote, store } = await open();
    const { through } = await remote.count(undefined);
    expect(await remote.redrive({ through })).toEqual({ count: 3, cutCount: 1, orphanCount: 1 });
    expect(store.status().sinks).toMatchObject([
      { sink: 'hub', redrivingCount: 3 },
      { sink: 'gone', redrivingCount: 0 },
    ]);
    expect(await remote.redrive({ ids: [idOf(1)] })).toEqual({ count: 1, cutCount: 0, orphanCount: 0 });
  });

  it.each([
    ['deadLetters.list', { sink: '../x' }],
    ['deadLetters.list', { after: -1 }],
    ['deadLetters.list', { after: 'x' }],
    ['deadLetters.show', {}],
    ['deadLetters.show', { id: 'hub/telemetry/1' }],
    ['deadLetters.drop', {}],
    ['deadLetters.drop', { ids: 'all' }],
    ['deadLetters.drop', { ids: [idOf(1), 7] }],
    ['deadLetters.redrive', { ids: Array.from({ length: 101 }, () => idOf(1)) }],
    ['deadLetters.redrive', { sink: 'hub', through: 1.5 }],
  ])('%s refuses %j', async (method, params) => {
    const { methods } = await open();
    const asking = async () => methods[method]?.(params);
    await expect(asking()).rejects.toMatchObject({ code: 'gateway.badRequest' });
  });
});
