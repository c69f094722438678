import { expect, it } from 'vitest';
import { CountingHub } from './counting-hub.ts';
import { CountingPublisher, parseCounted } from './counting-publisher.ts';
import { FlakyLink } from './flaky-link.ts';
import { until } from './until.ts';

it('sends again what was unacknowledged when the connection broke, in order', async () => {
  await using hub = await CountingHub.open({ isEnveloped: false });
  await using link = await FlakyLink.open(hub.port);
  await using publisher = new CountingPublisher({
    port: link.port,
    username: 'u',
    password: 'p',
    clientId: 'counter',
    topics: ['a', 'b'],
    windowSize: 4,
  });
  publisher.start();
  await until('publishes are acknowledged', 5_000, () => publisher.acknowledgedCount > 20);
  link.stall();
  await until('four wait', 5_000, () => publisher.pendingCount === 4);
  link.restore();
  const atBreak = publisher.acknowledgedCount;
  await until('publishes are acknowledged again', 5_000, () => publisher.acknowledgedCount > atBreak + 20);
  await publisher.finish(5_000);

  expect(publisher.interruptedCounters.size).toBe(4);
  const counters = hub.events.map((event) => parseCounted(Buffer.from(event.payload).toString()).counter);
  const firsts = [...new Set(counters)];
  expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
  expect(firsts).toHaveLength(publisher.madeCount);
  expect(hub.events.slice(0, 2).map((event) => event.topic)).toEqual(['a', 'b']);
});
