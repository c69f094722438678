import { expect, it, vi } from 'vitest';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { SystemReports } from './system-reports.ts';
import type { Totals } from './system-topics.ts';

const FIGURES = {
  version: '1.2.3',
  uptimeSeconds: 77,
  connectedCount: 3,
  disconnectedCount: 2,
  maximumCount: 9,
  subscriptionCount: 4,
  retainedCount: 5,
  storedCount: 11,
  storedBytes: 4096,
  heapBytes: 1_000_000,
  refusals: { badLogin: 2 },
  disconnects: { keepAlive: 1 },
};

function openReports(options: { readonly intervalMs?: number; readonly isHeard?: boolean } = {}) {
  const clock = new FakeClock();
  const published = new Map<string, string>();
  const totals = { receivedPublishCount: 0 };
  const figures = vi.fn(() => FIGURES);
  const audience = { isThere: options.isHeard ?? true };
  const reports = new SystemReports({
    intervalMs: options.intervalMs ?? 10_000,
    clock,
    totals: (): Totals => ({
      receivedBytes: 100,
      sentBytes: 200,
      sentPublishCount: 8,
      droppedPublishCount: 1,
      connectionCount: 6,
      ...totals,
    }),
    figures,
    hasSubscribers: () => audience.isThere,
    publish: (topic, payload) => published.set(topic, Buffer.from(payload).toString()),
    forget: () => published.clear(),
  });
  return { reports, clock, published, totals, figures, audience };
}

it('publishes every interval what the broker holds, under the names of Mosquitto', async () => {
  const { clock, published, totals } = openReports();
  await clock.advance(9999);
  expect(published.size).toBe(0);
  totals.receivedPublishCount = 60;
  await clock.advance(1);
  expect(Object.fromEntries(published)).toMatchObject({
    '$SYS/broker/version': 'waystation version 1.2.3',
    '$SYS/broker/uptime': '77 seconds',
    '$SYS/broker/clients/connected': '3',
    '$SYS/broker/clients/disconnected': '2',
    '$SYS/broker/clients/maximum': '9',
    '$SYS/broker/clients/total': '5',
    '$SYS/broker/subscriptions/count': '4',
    '$SYS/broker/retained messages/count': '5',
    '$SYS/broker/store/messages/count': '11',
    '$SYS/broker/store/messages/bytes': '4096',
    '$SYS/broker/bytes/received': '100',
    '$SYS/broker/bytes/sent': '200',
    '$SYS/broker/publish/messages/received': '60',
    '$SYS/broker/publish/messages/sent': '8',
    '$SYS/broker/publish/messages/dropped': '1',
    '$SYS/broker/load/publish/received/1min': (360 * (1 - Math.exp(-1 / 6))).toFixed(2),
    '$SYS/broker/load/sockets/15min': '0.00',
    '$SYS/broker/refused/badLogin': '2',
    '$SYS/broker/disconnects/keepAlive': '1',
  });
});

it('asks for nothing and publishes nothing while nobody listens, and keeps its averages', async () => {
  const { reports, clock, published, totals, figures, audience } = openReports({ isHeard: false });
  totals.receivedPublishCount = 60;
  await clock.advance(10_000);
  expect([published.size, figures.mock.calls.length]).toEqual([0, 0]);
  audience.isThere = true;
  reports.welcome();
  expect(published.get('$SYS/broker/load/publish/received/1min')).toBe((360 * (1 - Math.exp(-1 / 6))).toFixed(2));
});

it('makes no reports and sets no timer where the interval is 0', async () => {
  const { reports, clock, published } = openReports({ intervalMs: 0 });
  reports.welcome();
  expect([clock.timerCount, published.size]).toEqual([0, 0]);
});

it('forgets what it said last when nobody listens any more, and tells the next listener at once', async () => {
  const { reports, clock, published, figures, audience } = openReports();
  await clock.advance(10_000);
  audience.isThere = false;
  await clock.advance(10_000);
  expect(published.size).toBe(0);
  audience.isThere = true;
  reports.welcome();
  expect(published.get('$SYS/broker/uptime')).toBe('77 seconds');
  reports.welcome();
  expect(figures.mock.calls.length).toBe(2);
});
