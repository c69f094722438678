import { expect, it, vi } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import type { IncomingPublish } from '#gateway/sinks/mqtt-hub/session.ts';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { ALERTS, appendCounted, openTestSink, TELEMETRY } from '#gateway/sinks/testing/open-test-sink.ts';
import { RawHub } from '#gateway/sinks/testing/raw-hub.ts';
import { CommandQueue, MAX_WAITING_BEFORE_QOS_0, MAX_WAITING_BYTES } from './command-queue.ts';

const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 5 });

it('events go up while a command cannot be kept, or a journal that waits for them would never have room', async () => {
  await using hub = await RawHub.open();
  hub.redelivered = [{ topic: 'fleet/truck-7/down/commands/restart', payload: Buffer.from('{}'), messageId: 7 }];
  const journal = new FakeJournal([ALERTS, TELEMETRY]);
  appendCounted(journal, TELEMETRY, 100);
  const full = new WaystationError('journal.full', 'The journal is full.');
  await using sink = await openTestSink(hub.port, journal, {
    ...{ protocol: 5, envelope: 'properties', downlink: { allow: ['commands/restart'] } },
    publisher: { publish: (_message, done) => done(full) },
  });
  await until(() => expect(sink.status().acknowledgedCount).toBe(100));
  expect(hub.acknowledgedIds).toEqual([]);
});

it('commands are taken and acknowledged in their order, none behind one that failed, and no more wait than there is room for', async () => {
  const taken: string[] = [];
  const acknowledged: unknown[] = [];
  const turn = Promise.withResolvers<void>();
  const receive = async ({ topic }: IncomingPublish) => {
    taken.push(topic);
    await turn.promise;
    if (topic === 'c') throw new Error('the disk is full');
  };
  const fail = vi.fn();
  const drop = () => {};
  const queue = new CommandQueue({ receive, drop }, { acknowledge: ({ topic }) => acknowledged.push(topic), fail });
  const next = vi.fn();
  const packet = { cmd: 'publish', qos: 1, dup: false, retain: false, payload: Buffer.alloc(0) } as const;
  for (const topic of ['a', 'b', 'c']) queue.push({ ...packet, topic }, next);
  expect([taken, acknowledged, next.mock.calls.length]).toEqual([['a'], [], 3]);
  queue.push({ ...packet, topic: 'd', payload: Buffer.alloc(MAX_WAITING_BYTES) }, next);
  expect(next).toHaveBeenCalledTimes(3);
  turn.resolve();
  await until(() => expect(fail).toHaveBeenCalledOnce());
  expect([taken, acknowledged]).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b'],
  ]);
  await until(() => expect(next).toHaveBeenCalledTimes(4));
});

/** A queue whose first command is never done with, and what it dropped. */
function openStuck() {
  const dropped: string[] = [];
  const receive = () => new Promise<void>(() => {});
  const listener = { acknowledge: () => {}, fail: () => {} };
  const queue = new CommandQueue({ receive, drop: (topic) => dropped.push(topic) }, listener);
  const push = (qos: 0 | 1, payload = Buffer.alloc(0), next = () => {}) =>
    queue.push({ cmd: 'publish', topic: `qos ${qos}`, qos, payload, dup: false, retain: false }, next);
  return { push, dropped };
}

it('commands of QoS 0 that come too fast are dropped, and none of QoS 1; only those hold the hub up [P3]', () => {
  const { push, dropped } = openStuck();
  const next = vi.fn();
  push(1);
  for (let count = 0; count < 1000; count++) push(0);
  expect(dropped).toHaveLength(1000 - MAX_WAITING_BEFORE_QOS_0);
  for (let count = 0; count < 1000; count++) push(1);
  expect(new Set(dropped)).toEqual(new Set(['qos 0']));
  push(0, Buffer.alloc(MAX_WAITING_BYTES), next);
  expect(next).toHaveBeenCalledOnce();
  push(1, Buffer.alloc(MAX_WAITING_BYTES), next);
  expect(next).toHaveBeenCalledOnce();
});

it('a flood of commands leaves its turns to the rest of the gateway', async () => {
  const { push } = openStuck();
  let turns = 0;
  let isOver = false;
  const take = () => {
    turns += 1;
    if (!isOver) setImmediate(take);
  };
  take();
  const flood = Promise.withResolvers<void>();
  let left = 1000;
  const next = () => {
    if (left-- > 0) push(0, Buffer.alloc(0), next);
    else flood.resolve();
  };
  next();
  await flood.promise;
  isOver = true;
  expect(turns).toBeGreaterThan(25);
});
