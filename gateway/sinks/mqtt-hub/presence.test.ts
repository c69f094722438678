import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '#gateway/runtime/clock.ts';
import { FakeLink } from '#gateway/sinks/delivery/fake-link.ts';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { ALERTS, openTestSink, TELEMETRY } from '#gateway/sinks/testing/open-test-sink.ts';
import { RawHub } from '#gateway/sinks/testing/raw-hub.ts';
import type { MqttSinkOptions } from './mqtt-sink-options.ts';

const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 5 });
const TOPIC = 'fleet/truck-7/status';
const HERE = { state: 'online', gateway: 'uid-1', version: '1.2.3', since: '2026-11-20T15:04:05.200Z', clock: 'ntp' };

function open(hub: RawHub, more: Partial<MqttSinkOptions> = {}) {
  const format = { protocol: 5, envelope: 'properties', status: true } as const;
  return openTestSink(hub.port, new FakeJournal([ALERTS, TELEMETRY]), { ...format, ...more });
}

/** What the hub was told, in order. */
function told(hub: RawHub): readonly unknown[] {
  return hub.published.map(({ topic, payload, retain }) => {
    expect([topic, retain]).toEqual([TOPIC, true]);
    return JSON.parse(String(payload));
  });
}

describe('the hub is told', () => {
  it('that the gateway is there, and by a will that it is lost', async () => {
    await using hub = await RawHub.open();
    await using _sink = await open(hub);
    await until(() => expect(told(hub)).toEqual([HERE]));
    const [connect] = hub.connects;
    const will = connect?.cmd === 'connect' ? connect.will : undefined;
    expect(will).toMatchObject({ topic: TOPIC, qos: 1, retain: true });
    const { state: _, since: onlineSince, ...rest } = HERE;
    expect(JSON.parse(String(will?.payload))).toEqual({ state: 'offline', reason: 'lost', ...rest, onlineSince });
    // What it costs: once a connection, before encryption.
    expect(String(will?.payload).length).toBeLessThan(150);
  });

  it('that it goes, before it goes, and waits for no answer', async () => {
    await using hub = await RawHub.open();
    const sink = await open(hub);
    await until(() => expect(told(hub)).toHaveLength(1));
    await until(() => expect(sink.status().state).toBe('online'));
    await sink[Symbol.asyncDispose]();
    await until(() => expect(hub.goodbyeCount).toBe(1));
    expect(told(hub)).toEqual([HERE, { ...HERE, state: 'offline', reason: 'stopping' }]);
    expect(hub.published[1]?.qos).toBe(0);
  });

  it('that its link is off', async () => {
    await using hub = await RawHub.open();
    const link = new FakeLink(systemClock, 1e9);
    await using sink = await open(hub, { link });
    await until(() => expect(told(hub)).toHaveLength(1));
    link.mode = 'off';
    await until(() => expect(hub.goodbyeCount).toBe(1));
    expect(sink.status()).toMatchObject({ state: 'held', link: link.id });
    expect(told(hub)[1]).toMatchObject({ state: 'offline', reason: 'linkOff' });
  });

  it('nothing where that is switched off', async () => {
    await using hub = await RawHub.open();
    const sink = await open(hub, { status: false });
    await until(() => expect(sink.status().state).toBe('online'));
    await sink[Symbol.asyncDispose]();
    expect(hub.published).toEqual([]);
    expect(hub.connects).toMatchObject([{ cmd: 'connect' }]);
    expect(hub.connects[0]).not.toHaveProperty('will.topic');
  });

  it('no date that nobody vouches for', async () => {
    await using hub = await RawHub.open();
    const stamp = () => ({ wallMs: 0, monotonicMs: 1, clockRun: '0'.repeat(16), quality: 'none' as const });
    await using _sink = await open(hub, { stamp });
    await until(() => expect(told(hub)).toHaveLength(1));
    expect(told(hub)[0]).toEqual({ state: 'online', gateway: 'uid-1', version: '1.2.3', clock: 'none' });
  });
});
