import type { IPublishPacket } from 'mqtt';
import { expect, it, vi } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import type { IncomingPublish } from '#gateway/sinks/mqtt-hub/session.ts';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { ALERTS, appendCounted, openTestSink, TELEMETRY } from '#gateway/sinks/testing/open-test-sink.ts';
import { RawHub } from '#gateway/sinks/testing/raw-hub.ts';
import { CommandQueue, MAX_WAITING_BEFORE_QOS_0 } from './command-queue.ts';

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

const HOLD_MS = 5000;
const PACKET = { cmd: 'publish', qos: 1, dup: false, retain: false, payload: Buffer.alloc(0) } as const;

it('commands are taken and acknowledged in their order, and none behind one that failed', async () => {
  const taken: string[] = [];
  const acknowledged: unknown[] = [];
  const turn = Promise.withResolvers<void>();
  const receive = async ({ topic }: IncomingPublish) => {
    taken.push(topic);
    await turn.promise;
    if (topic === 'c') throw new Error('the disk is full');
  };
  const fail = vi.fn();
  const listener = { acknowledge: ({ topic }: IPublishPacket) => acknowledged.push(topic), fail, overrun: vi.fn() };
  const queue = new CommandQueue({ receive, drop: () => {}, holdMs: HOLD_MS }, listener, new FakeClock());
  for (const topic of ['a', 'b', 'c', 'd']) queue.push({ ...PACKET, topic }, () => {});
  expect([taken, acknowledged]).toEqual([['a'], []]);
  turn.resolve();
  await until(() => expect(fail).toHaveBeenCalledOnce());
  // MQTT.js hands over what was read with it.
  queue.push({ ...PACKET, topic: 'e' }, () => {});
  expect([taken, acknowledged]).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b'],
  ]);
  expect(listener.overrun).not.toHaveBeenCalled();
});

it('a command that waits when the connection ends is left to the hub, which sends it again', async () => {
  const { queue, taken, release, listener } = openHeld();
  for (const topic of ['a', 'b', 'c']) queue.push({ ...PACKET, topic }, () => {});
  queue.stop();
  queue.push({ ...PACKET, topic: 'd' }, () => {});
  release();
  await new Promise(setImmediate);
  expect(taken).toEqual(['a']);
  expect(listener.acknowledge).not.toHaveBeenCalled();
});

it.each([
  ['payloads', { payload: Buffer.alloc(1_000_000) }],
  ['properties and topics', { length: 1_000_000 }],
])(
  'what waits is bounded by its %s; the hub is heard on, and has what is beyond sent anew, after a while [P3]',
  async (_, large) => {
    const { queue, clock, taken, release, listener } = openHeld();
    const next = vi.fn();
    for (let number = 1; number <= 10; number++) queue.push({ ...PACKET, ...large, topic: String(number) }, next);
    await until(() => expect(next).toHaveBeenCalledTimes(10));
    release();
    await until(() => expect(listener.acknowledge).toHaveBeenCalledTimes(4));
    await clock.advance(HOLD_MS - 1);
    expect(listener.overrun).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(listener.overrun).toHaveBeenCalledOnce();
    expect(taken).toEqual(['1', '2', '3', '4']);
  },
);

it('a connection that ends by itself meanwhile is not ended anew', async () => {
  const { queue, clock, listener, release } = openHeld();
  for (let number = 1; number <= 10; number++) queue.push({ ...PACKET, topic: 'x', length: 1_000_000 }, () => {});
  release();
  await until(() => expect(listener.acknowledge).toHaveBeenCalledTimes(4));
  queue.stop();
  await clock.advance(HOLD_MS);
  expect(listener.overrun).not.toHaveBeenCalled();
});

/** A queue whose commands wait until they are released. */
function openHeld() {
  const turn = Promise.withResolvers<void>();
  const taken: string[] = [];
  const receive = ({ topic }: IncomingPublish) => {
    taken.push(topic);
    return turn.promise;
  };
  const dropped: string[] = [];
  const listener = { acknowledge: vi.fn(), fail: vi.fn(), overrun: vi.fn() };
  const clock = new FakeClock();
  const queue = new CommandQueue({ receive, drop: (topic) => dropped.push(topic), holdMs: HOLD_MS }, listener, clock);
  return { queue, clock, taken, dropped, listener, release: turn.resolve };
}

/** One whose first command is never done with, and what it dropped. */
function openStuck() {
  const { queue, dropped } = openHeld();
  const push = (qos: 0 | 1, payload = Buffer.alloc(0), next = () => {}) =>
    queue.push({ ...PACKET, topic: `qos ${qos}`, qos, payload }, next);
  return { push, dropped };
}

it('commands of QoS 0 that come too fast are dropped, and none of QoS 1 [P3]', () => {
  const { push, dropped } = openStuck();
  push(1);
  for (let count = 0; count < 1000; count++) push(0);
  expect(dropped).toHaveLength(1000 - MAX_WAITING_BEFORE_QOS_0);
  for (let count = 0; count < 1000; count++) push(1);
  expect(new Set(dropped)).toEqual(new Set(['qos 0']));
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
