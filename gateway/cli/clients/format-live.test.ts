import { expect, it } from 'vitest';
import type { LiveClients } from '#gateway/model/live-clients.ts';
import { formatLiveClients } from './format-live.ts';

const LIVE: LiveClients = {
  clients: [
    {
      client: 'tyre-7',
      user: 'tyres',
      address: '10.0.0.7',
      listener: 'mqtt 1883',
      connectedSeconds: 3700,
      protocol: '3.1.1',
      keepAliveSeconds: 60,
      isPersistent: true,
      received: { publishCount: 900, bytes: 90_000, publishesPerSecond: 2.5, bytesPerSecond: 250 },
      sent: { publishCount: 0, bytes: 4, publishesPerSecond: 0, bytesPerSecond: 0 },
      subscriptionCount: 2,
      inflightCount: 1,
      queuedCount: 3,
      queuedBytes: 2048,
      lastError: 'may not subscribe\nto "x"',
    },
  ],
  gone: [
    {
      client: 'pump\u001b[2J',
      address: '10.0.0.8',
      listener: 'mqtt 1883',
      goneSeconds: 65,
      connectedSeconds: 10,
      reason: 'keepAlive',
    },
  ],
};

it('shows who is there with rates and queue, who left and why, and what was refused', () => {
  expect(formatLiveClients(LIVE).replaceAll(/ +\n/g, '\n')).toBe(`1 client

client  user   address   listener   for        mqtt        keep-alive  in             out  subscriptions  inflight  queued
tyre-7  tyres  10.0.0.7  mqtt 1883  1 h 1 min  3.1.1 kept  60 s        2.5/s 250 B/s  -                2         1  3, 2.0 KiB

tyre-7: may not subscribe to "x"

gone      user  address   listener   since      after  reason
pump [2J  -     10.0.0.8  mqtt 1883  1 min ago  10 s   keepAlive
`);
});

it('says so when nobody is there', () => {
  expect(formatLiveClients({ clients: [], gone: [] })).toBe('0 clients\n');
});
