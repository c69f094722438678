import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '#gateway/runtime/clock.ts';
import { RawHub } from '#gateway/sinks/testing/raw-hub.ts';
import { openSession } from './open-session.ts';
import type { Downlink, IncomingPublish, SessionOptions } from './session.ts';

const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 5 });

function open(hub: RawHub, options: Partial<SessionOptions>) {
  const session: SessionOptions = {
    ...{ what: 'the hub', clientId: 'truck', protocol: 5, clock: systemClock },
    ...{ connectTimeoutMs: 10_000, maxPacketBytes: 65_536, ...options },
  };
  const address = { host: '127.0.0.1', port: hub.port, isSecure: false };
  return openSession(address, {}, session, new AbortController().signal);
}

function listen(receive: Downlink['receive']): Downlink {
  return { filters: ['fleet/truck/down/#'], sessionExpirySeconds: 3600, holdMs: 5000, receive, drop: () => {} };
}

describe('a session that listens', () => {
  it('is kept by the hub, and acknowledges what comes down only when it is safe', async () => {
    await using hub = await RawHub.open();
    const received: IncomingPublish[] = [];
    const safe = Promise.withResolvers<void>();
    const downlink = listen((publish) => {
      received.push(publish);
      return safe.promise;
    });
    await using session = await open(hub, { downlink });
    expect(hub.connects).toMatchObject([{ clean: false, properties: { sessionExpiryInterval: 3600 } }]);
    expect(hub.subscribed).toEqual(['fleet/truck/down/#']);
    hub.publish({
      ...{ topic: 'fleet/truck/down/commands/restart', payload: Buffer.from('{}'), messageId: 7 },
      properties: {
        ...{ messageExpiryInterval: 60, responseTopic: 'fleet/truck/replies', correlationData: Buffer.from([1]) },
        userProperties: { a: ['1', '2'] },
      },
    });
    await until(() => expect(received).toHaveLength(1));
    expect(received[0]).toMatchObject({
      ...{ topic: 'fleet/truck/down/commands/restart', qos: 1, expirySeconds: 60 },
      ...{ responseTopic: 'fleet/truck/replies', correlationData: Buffer.from([1]) },
      userProperties: [
        ['a', '1'],
        ['a', '2'],
      ],
    });
    // What goes up overtakes nothing: an acknowledgement that had been sent would be there before it.
    void session.publish({ topic: 'up', payload: Buffer.alloc(0), sizeBytes: 8 });
    await until(() => expect(hub.published).toHaveLength(1));
    expect(hub.acknowledgedIds).toEqual([]);
    safe.resolve();
    await until(() => expect(hub.acknowledgedIds).toEqual([7]));
  });

  it('ends without an acknowledgement when what came down could not be made safe', async () => {
    await using hub = await RawHub.open();
    const downlink = listen(() => Promise.reject(new Error('the disk is full')));
    const session = await open(hub, { downlink });
    hub.publish({ topic: 'fleet/truck/down/x', payload: Buffer.alloc(0), messageId: 9 });
    expect((await session.closed).message).toContain('the disk is full');
    expect(hub.acknowledgedIds).toEqual([]);
  });

  it('ends with a broken rule where a command is larger than what the gateway said that it takes', async () => {
    await using hub = await RawHub.open();
    const downlink = { ...listen(() => Promise.resolve()), maxPacketBytes: 10_000 };
    await using session = await open(hub, { downlink });
    hub.publish({ topic: 'fleet/truck/down/commands/restart', payload: Buffer.alloc(10_000), messageId: 7 });
    const reason = await session.closed;
    expect(reason).toMatchObject({ code: 'hub.protocolError', message: expect.stringContaining('10000 are taken') });
    expect(hub.acknowledgedIds).toEqual([]);
  });

  it('is refused where the hub does not let it listen', async () => {
    await using hub = await RawHub.open();
    hub.subscriptionAnswer = 135;
    const opening = open(hub, { downlink: listen(() => Promise.resolve()) });
    await expect(opening).rejects.toMatchObject({
      code: 'hub.refused',
      message: expect.stringContaining('Subscribing'),
    });
  });
});

it('leaves a will with the hub', async () => {
  await using hub = await RawHub.open();
  const will = { topic: 'fleet/truck/status/gateway', payload: Buffer.from('{}'), isRetained: true, delaySeconds: 30 };
  await using _session = await open(hub, { will });
  expect(hub.connects).toMatchObject([
    { clean: true, will: { topic: will.topic, qos: 1, retain: true, properties: { willDelayInterval: 30 } } },
  ]);
});
