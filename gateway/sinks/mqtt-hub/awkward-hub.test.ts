import { describe, expect, it, vi } from 'vitest';
import { FakeDeadLetters } from '#gateway/sinks/delivery/fake-dead-letters.ts';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { ALERTS, appendCounted, openTestSink, TELEMETRY } from '#gateway/sinks/testing/open-test-sink.ts';
import { RawHub } from '#gateway/sinks/testing/raw-hub.ts';

const MQTT5 = { protocol: 5, envelope: 'properties' } as const;
const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 5 });

function expectOrder(hub: RawHub, count: number): void {
  const numbers = hub.published.map(({ payload }): number => JSON.parse(String(payload)).n);
  expect([...new Set(numbers)]).toEqual(Array.from({ length: count }, (_, index) => index + 1));
}

describe('an awkward hub', () => {
  it('with a Receive Maximum of 1 gets one event at a time, in order [D7]', async () => {
    await using hub = await RawHub.open();
    hub.connack = { cmd: 'connack', sessionPresent: false, reasonCode: 0, properties: { receiveMaximum: 1 } };
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 100);
    await using sink = await openTestSink(hub.port, journal, MQTT5);
    await until(() => expect(sink.status().acknowledgedCount).toBe(100));
    expect(hub.published).toHaveLength(100);
    expectOrder(hub, 100);
  });

  it('that refuses at random gets every event, each lane in order by its first arrival [D1 D5]', async () => {
    await using hub = await RawHub.open();
    let state = 7;
    hub.answer = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state % 5 === 0 ? 151 : 0;
    };
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 100);
    await using sink = await openTestSink(hub.port, journal, MQTT5);
    await until(() => expect(sink.status().acknowledgedCount).toBe(100));
    expectOrder(hub, 100);
    expect(hub.published.length).toBeGreaterThan(100);
  });

  it.each([
    ['a packet of a type that there is not', [0xf0, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['a length without end', [0x40, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['a PUBACK of one byte', [0x40, 1, 0]],
    ['a PUBACK for nothing', [0x40, 2, 0, 0]],
    ['a PUBACK with flags', [0x4f, 2, 0, 1]],
    ['a PUBACK whose properties run over its end', [0x40, 4, 0, 1, 0, 9]],
    ['a PUBREC', [0x50, 2, 0, 1]],
    ['a PUBCOMP', [0x70, 2, 0, 1]],
    ['a SUBACK', [0x90, 4, 0, 1, 0, 0]],
    ['a CONNECT', [0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 5, 2, 0, 60, 0, 0, 0]],
    ['a PINGREQ', [0xc0, 0]],
    ['a PUBLISH whose topic is no UTF-8', [0x30, 5, 0, 2, 0xc3, 0x28, 0]],
    ['a PUBLISH of QoS 3', [0x36, 6, 0, 1, 0x61, 0, 1, 0]],
    ['an AUTH that nobody asked for', [0xf0, 2, 0x18, 0]],
  ])('that sends %s has acknowledged nothing by it, and costs no event', async (_, bytes) => {
    await using hub = await RawHub.open();
    hub.answer = 'keep';
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 3);
    // Whatever is passed over in silence is found by the deadline.
    await using sink = await openTestSink(hub.port, journal, {
      ...MQTT5,
      window: { maxEvents: 20, maxBytes: 65_536, ackTimeoutMs: 120 },
    });
    await until(() => expect(hub.keptCount).toBe(3));
    hub.say(Uint8Array.from(bytes));
    await until(() => expect(hub.connects.length).toBeGreaterThan(1));
    expect(sink.status().acknowledgedCount).toBe(0);
    hub.answer = 0;
    await until(() => expect(sink.status()).toMatchObject({ acknowledgedCount: 3, state: 'online' }));
    expectOrder(hub, 3);
  });

  it.each([
    [132, /set `protocol: 3.1.1`/],
    [133, /does not take the client id uid-1-hub: .*set `clientId`/],
    [134, /no `credentials`: give it some/],
    [135, /no `credentials`: .*let the client uid-1-hub connect and publish on fleet\/truck-7\/#/],
    [155, /does not take QoS 1/],
  ])('that answers CONNECT with %d is told with the setting to change', async (reasonCode, words) => {
    await using hub = await RawHub.open();
    hub.connack = { cmd: 'connack', sessionPresent: false, reasonCode };
    await using sink = await openTestSink(hub.port, new FakeJournal([ALERTS, TELEMETRY]), MQTT5);
    await until(() =>
      expect(sink.status()).toMatchObject({ state: 'paused', lastError: expect.stringMatching(words) }),
    );
  });

  it.each([
    [130, /set `envelope: structured`/],
    [141, /longer `keepaliveSeconds`/],
    [142, /Somebody else has connected as uid-1-hub/],
    [147, /smaller `window.maxEvents`/],
    [150, /name its `profile`/],
  ])('that ends the session with %d is told with the setting to change', async (reasonCode, words) => {
    await using hub = await RawHub.open();
    await using sink = await openTestSink(hub.port, new FakeJournal([ALERTS, TELEMETRY]), MQTT5);
    await until(() => expect(sink.status().state).toBe('online'));
    hub.disconnect(reasonCode);
    await until(() => expect(sink.status().lastError).toMatch(words));
  });

  it.each([
    [135, /Let the gateway publish on fleet\/truck-7\/#/],
    [151, /is sent more than it allows/],
  ])('that answers a publish with %d is told with the setting to change', async (reasonCode, words) => {
    await using hub = await RawHub.open();
    hub.answer = reasonCode;
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 1);
    await using sink = await openTestSink(hub.port, journal, MQTT5);
    await until(() => expect(sink.status().lastError).toMatch(words));
  });

  it('that hangs up on what is published, without a word, may not allow it', async () => {
    await using hub = await RawHub.open();
    hub.answer = 'keep';
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 1);
    await using sink = await openTestSink(hub.port, journal, MQTT5);
    await until(() => expect(hub.keptCount).toBe(1));
    hub.hangUp();
    await until(() => expect(sink.status().lastError).toMatch(/may not let the gateway publish on fleet\/truck-7\/#/));
  });

  it('of a known kind is never sent a topic that it would hang up on', async () => {
    await using hub = await RawHub.open();
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 1);
    const deadLetters = new FakeDeadLetters();
    const options = { ...MQTT5, profile: 'awsIotCore', prefix: 'a/b/c/d/e', deadLetters } as const;
    await using _ = await openTestSink(hub.port, journal, options);
    await until(() => expect(hub.published).toHaveLength(1));
    expect(deadLetters.buried.map(({ error }) => error.message)).toEqual([
      expect.stringContaining('has 9 levels; such a hub takes 8'),
    ]);
    // What tells of it has a level less.
    expect(hub.published.map(({ topic }) => topic)).toEqual(['a/b/c/d/e/truck-7/events/gateway.lost']);
  });
});
