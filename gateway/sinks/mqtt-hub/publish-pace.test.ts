import { expect, it } from 'vitest';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { ACCEPTED } from '#gateway/sinks/delivery/target.ts';
import { PublishQueue } from './publish-queue.ts';
import { topicFault } from './topic-fault.ts';

const PACKET = { topic: 't', payload: Buffer.alloc(0), sizeBytes: 4 };

it('lets no more out than the hub takes in a second, and as much on average', async () => {
  const clock = new FakeClock();
  const sentMs: number[] = [];
  const queue = new PublishQueue((_, settle) => {
    sentMs.push(clock.monotonicMs());
    settle(ACCEPTED);
  }, clock);
  const startMs = clock.monotonicMs();
  queue.open({ maxInFlight: 1000, maxPerSecond: 100 });
  for (let count = 0; count < 1000; count++) void queue.push(PACKET);
  await clock.advance(9_000);
  expect(sentMs.length).toBeGreaterThan(900);
  expect(sentMs.length).toBeLessThanOrEqual(950);
  for (const fromMs of [0, 250, 3000, 7900]) {
    const inSecond = sentMs.filter((atMs) => atMs - startMs >= fromMs && atMs - startMs < fromMs + 1000);
    expect(inSecond.length).toBeLessThanOrEqual(151);
  }
});

it('keeps the order, however few may be under way', async () => {
  const order: string[] = [];
  const settles: (() => void)[] = [];
  const queue = new PublishQueue(({ topic }, settle) => {
    order.push(topic);
    settles.push(() => settle(ACCEPTED));
  }, new FakeClock());
  queue.open({ maxInFlight: 2 });
  for (const topic of ['a', 'b', 'c', 'd']) void queue.push({ ...PACKET, topic });
  expect(order).toEqual(['a', 'b']);
  settles[1]?.();
  settles[0]?.();
  expect(order).toEqual(['a', 'b', 'c', 'd']);
});

it('lets nothing more out once it drains, and says when all is answered', () => {
  const settles: (() => void)[] = [];
  const queue = new PublishQueue((_, settle) => settles.push(() => settle(ACCEPTED)), new FakeClock());
  queue.open({ maxInFlight: 2 });
  for (let count = 0; count < 3; count++) void queue.push(PACKET);
  let isDrained = false;
  queue.drain(() => {
    isDrained = true;
  });
  settles[0]?.();
  expect({ isDrained, sentCount: settles.length }).toEqual({ isDrained: false, sentCount: 2 });
  settles[1]?.();
  expect({ isDrained, sentCount: settles.length }).toEqual({ isDrained: true, sentCount: 2 });
});

it.each([
  ['a/b/c', {}, undefined],
  ['a/b/c', { maxTopicLevels: 3 }, undefined],
  ['a/b/c', { maxTopicLevels: 2 }, /has 3 levels; such a hub takes 2/],
  ['a/€', { maxTopicBytes: 4 }, /has 5 bytes; such a hub takes 4/],
  ['x'.repeat(65_536), {}, /has 65536 bytes/],
])('knows before sending that %.10s is too long a topic for %j', (topic, limits, words) => {
  const fault = topicFault(topic, limits);
  if (words === undefined) expect(fault).toBeUndefined();
  else expect(fault?.message).toMatch(words);
});
