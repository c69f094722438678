import type { IConnackPacket } from 'mqtt-packet';
import { describe, expect, it, vi } from 'vitest';
import { Secret } from '#gateway/model/secret.ts';
import { FakeDeadLetters } from '#gateway/sinks/delivery/fake-dead-letters.ts';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { ALERTS, appendCounted, openTestSink, TELEMETRY } from '#gateway/sinks/testing/open-test-sink.ts';
import { RawHub } from '#gateway/sinks/testing/raw-hub.ts';
import { sampleRecord } from '#gateway/sinks/testing/sample-record.ts';

const MQTT5 = { protocol: 5, envelope: 'properties' } as const;
const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 5 });

function accepting(properties: NonNullable<IConnackPacket['properties']>): IConnackPacket {
  return { cmd: 'connack', sessionPresent: false, reasonCode: 0, properties };
}

describe('an MQTT hub over 5', () => {
  it('is asked for a clean session, and gets the attributes as properties and the payload as it was', async () => {
    await using hub = await RawHub.open();
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    const credentials = { username: 'truck', password: new Secret('secret') };
    await using sink = await openTestSink(hub.port, journal, { ...MQTT5, credentials });
    appendCounted(journal, TELEMETRY, 2);
    await until(() => expect(sink.status().acknowledgedCount).toBe(2));
    expect(hub.connects).toMatchObject([
      {
        protocolVersion: 5,
        clean: true,
        keepalive: 30,
        clientId: 'uid-1-hub',
        username: 'truck',
        password: Buffer.from('secret'),
      },
    ]);
    expect(hub.published[1]).toMatchObject({
      topic: 'fleet/truck-7/devices/telemetry/count',
      qos: 1,
      retain: false,
      payload: Buffer.from('{"n":2}'),
      properties: {
        contentType: 'application/json',
        userProperties: {
          specversion: '1.0',
          id: 'telemetry/00000000000000aa/2',
          source: '/gateways/uid-1',
          prev: '1',
        },
      },
    });
  });

  it('never has more in flight than its Receive Maximum, refilled on every PUBACK [D7 MQTT-3.3.4-9]', async () => {
    await using hub = await RawHub.open();
    hub.connack = accepting({ receiveMaximum: 2 });
    hub.answer = 'keep';
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 20);
    await using sink = await openTestSink(hub.port, journal, {
      ...MQTT5,
      window: { maxEvents: 20, maxBytes: 65_536, ackTimeoutMs: 10_000 },
    });
    for (let published = 2; published <= 20; published++) {
      await until(() => expect(hub.published).toHaveLength(published));
      hub.release(1);
    }
    hub.release(1);
    await until(() => expect(sink.status().acknowledgedCount).toBe(20));
    expect(hub.mostInFlight).toBe(2);
    expect(hub.published).toHaveLength(20);
  });

  it('is not sent what exceeds its Maximum Packet Size: it is told so, and the lane goes on [D6 D7 D9]', async () => {
    await using hub = await RawHub.open();
    hub.connack = accepting({ maximumPacketSize: 1000 });
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 1);
    journal.stream(TELEMETRY).append(sampleRecord({ payload: Buffer.alloc(1000) }));
    appendCounted(journal, TELEMETRY, 1);
    const deadLetters = new FakeDeadLetters();
    await using sink = await openTestSink(hub.port, journal, { ...MQTT5, deadLetters });
    await until(() => expect(sink.status().lanes[1]).toMatchObject({ acknowledgedSequence: 3, isDrained: true }));
    expect(deadLetters.buried).toMatchObject([{ stored: { sequence: 2 }, error: { code: 'hub.rejectedEvent' } }]);
    expect(deadLetters.buried[0]?.error.message).toMatch(/^Event 2 of stream telemetry takes \d+ bytes.* 1000/);
    expect(hub.published.map(({ topic }) => topic)).toContain('fleet/truck-7/events/gateway.lost');
  });

  it('that states no size but ends the connection for it is understood as soon as one event is in flight', async () => {
    await using hub = await RawHub.open();
    hub.answer = 'keep';
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 2);
    const deadLetters = new FakeDeadLetters();
    await using _sink = await openTestSink(hub.port, journal, { ...MQTT5, deadLetters });
    await until(() => expect(hub.keptCount).toBe(2));
    hub.disconnect(149);
    await until(() => expect(hub.published).toHaveLength(3));
    expect(deadLetters.buried).toEqual([]);
    hub.disconnect(149);
    await until(() => expect(deadLetters.buried).toHaveLength(1));
    expect(deadLetters.buried[0]?.error.summary).toMatch(/^hub.rejectedEvent: .*Packet too large/);
    await until(() => expect(hub.connects).toHaveLength(3));
  });

  it('that answers a publish with «not authorized» makes the sink paused and loses nothing', async () => {
    await using hub = await RawHub.open();
    hub.answer = 135;
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 3);
    await using sink = await openTestSink(hub.port, journal, MQTT5);
    const lastError = expect.stringMatching(/^hub.refused: .*Not authorized/);
    await until(() => expect(sink.status()).toMatchObject({ state: 'paused', lastError }));
    expect(sink.status().lanes[1]).toMatchObject({ acknowledgedSequence: 0, backlogCount: 3 });
  });

  it.each([
    [144, /Topic Name invalid/],
    [153, /Payload format invalid/],
  ])(
    'that answers a publish with %d will never take the event: it goes to the dead letters [D6]',
    async (reason, words) => {
      await using hub = await RawHub.open();
      hub.answer = reason;
      const journal = new FakeJournal([ALERTS, TELEMETRY]);
      appendCounted(journal, TELEMETRY, 3);
      const deadLetters = new FakeDeadLetters();
      await using sink = await openTestSink(hub.port, journal, { ...MQTT5, deadLetters });
      await until(() => expect(sink.status().lanes[1]).toMatchObject({ acknowledgedSequence: 3 }));
      expect(deadLetters.buried.map(({ stored }) => stored.sequence)).toEqual([1, 2, 3]);
      expect(deadLetters.buried[0]?.error.message).toMatch(words);
    },
  );

  it.each([
    ['quota exceeded', 151],
    ['an unspecified error', 128],
  ])('that answers with %s gets the events again until it takes them', async (_, reason) => {
    await using hub = await RawHub.open();
    hub.answer = reason;
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 3);
    await using sink = await openTestSink(hub.port, journal, MQTT5);
    await until(() => expect(hub.connects.length).toBeGreaterThan(3));
    hub.answer = 0;
    await until(() => expect(sink.status().acknowledgedCount).toBe(3));
  });

  it('without subscribers for a topic has taken the event all the same', async () => {
    await using hub = await RawHub.open();
    hub.answer = 16;
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 3);
    await using sink = await openTestSink(hub.port, journal, MQTT5);
    await until(() => expect(sink.status().acknowledgedCount).toBe(3));
  });

  it.each([
    [132, 'paused', /^hub.refused: .*set `protocol: 3.1.1`/],
    [133, 'paused', /^hub.refused: .*Client Identifier not valid/],
    [134, 'paused', /^hub.refused: .*Bad User Name or Password/],
    [138, 'paused', /^hub.refused: .*Banned/],
    [137, 'waiting', /^hub.unreachable: .*Server busy/],
    [159, 'waiting', /^hub.unreachable: .*Connection rate exceeded/],
  ])('that answers CONNECT with %d makes the sink %s', async (reasonCode, state, error) => {
    await using hub = await RawHub.open();
    hub.connack = { cmd: 'connack', sessionPresent: false, reasonCode };
    const retry = { firstDelayMs: 60_000, maxDelayMs: 60_000 };
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    await using sink = await openTestSink(hub.port, journal, { ...MQTT5, retry, random: () => 0.5 });
    await until(() => expect(sink.status()).toMatchObject({ state, lastError: expect.stringMatching(error) }));
  });

  it('that grants QoS 0 only is refused: nothing could be acknowledged', async () => {
    await using hub = await RawHub.open();
    hub.connack = accepting({ maximumQoS: 0 });
    await using sink = await openTestSink(hub.port, new FakeJournal([ALERTS, TELEMETRY]), MQTT5);
    await until(() =>
      expect(sink.status()).toMatchObject({ state: 'paused', lastError: expect.stringMatching(/QoS 0/) }),
    );
  });

  it.each([
    ['a CONNACK of one byte', Buffer.from([0x20, 1, 0]), /CONNACK has 1 bytes/],
    ['a CONNACK of 3.1.1', Buffer.from([0x20, 2, 0, 0]), /CONNACK has 2 bytes/],
    ['a Receive Maximum of 0 [MQTT-3.2.2-21]', accepting({ receiveMaximum: 0 }), /Receive Maximum of 0/],
    ['a Maximum Packet Size of 0', accepting({ maximumPacketSize: 0 }), /Maximum Packet Size of 0/],
  ])('that accepts with %s is not online, and is tried again', async (_, connack, words) => {
    await using hub = await RawHub.open();
    hub.connack = connack;
    await using sink = await openTestSink(hub.port, new FakeJournal([ALERTS, TELEMETRY]), MQTT5);
    await until(() => expect(hub.connects.length).toBeGreaterThan(1));
    expect(sink.status()).toMatchObject({ connectCount: 0, lastError: expect.stringMatching(words) });
    expect(sink.status().lastError).toMatch(/^hub.protocolError: /);
  });

  it.each(['pubrec', 'pubcomp'] as const)('that answers a publish with %s has acknowledged nothing', async (cmd) => {
    await using hub = await RawHub.open();
    hub.acknowledgement = cmd;
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 3);
    await using sink = await openTestSink(hub.port, journal, MQTT5);
    await until(() => expect(hub.connects.length).toBeGreaterThan(1));
    expect(sink.status().lastError).toMatch(new RegExp(`^hub.protocolError: .*${cmd.toUpperCase()}`));
    expect(sink.status()).toMatchObject({ acknowledgedCount: 0, lanes: [{}, { backlogCount: 3 }] });
    hub.acknowledgement = 'puback';
    await until(() => expect(sink.status().acknowledgedCount).toBe(3));
  });

  it.each([
    [
      156,
      { serverReference: 'hub2.example:8883' },
      /was ended: Use another server \(code 156\).*: hub2.example:8883\./,
    ],
    [157, {}, /was ended: Server moved \(code 157\)\. It names no other server/],
  ])('that sends the gateway elsewhere in mid-session with %d names the server', async (code, properties, words) => {
    await using hub = await RawHub.open();
    await using sink = await openTestSink(hub.port, new FakeJournal([ALERTS, TELEMETRY]), MQTT5);
    await until(() => expect(sink.status().state).toBe('online'));
    hub.disconnect(code, properties);
    await until(() => expect(sink.status().lastError).toMatch(words));
    expect(sink.status().lastError).toMatch(/^hub.refused: The connection to the hub/);
  });

  it('that refuses because it has moved names the server', async () => {
    await using hub = await RawHub.open();
    hub.connack = { ...accepting({ serverReference: 'hub3.example' }), reasonCode: 157 };
    await using sink = await openTestSink(hub.port, new FakeJournal([ALERTS, TELEMETRY]), MQTT5);
    await until(() => expect(sink.status().state).toBe('paused'));
    expect(sink.status().lastError).toMatch(/^hub.refused: Connecting to .*Server moved.*: hub3.example\./);
  });

  it('that sends malformed packets costs a connection, not an event', async () => {
    await using hub = await RawHub.open();
    hub.answer = 'keep';
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 3);
    await using sink = await openTestSink(hub.port, journal, MQTT5);
    await until(() => expect(hub.keptCount).toBe(3));
    hub.babble();
    hub.answer = 0;
    await until(() => expect(sink.status()).toMatchObject({ acknowledgedCount: 3, connectCount: 2 }));
  });

  it('that goes away for maintenance is tried again', async () => {
    await using hub = await RawHub.open();
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    await using sink = await openTestSink(hub.port, journal, MQTT5);
    await until(() => expect(sink.status().state).toBe('online'));
    hub.disconnect(139);
    await until(() => expect(sink.status().connectCount).toBe(2));
    expect(sink.status().lastError).toMatch(/^hub.unreachable: .*Server shutting down/);
  });

  it.each([true, false])(
    'is told goodbye when the sink closes, which waits for no answer: polite = %s',
    async (isPolite) => {
      await using hub = await RawHub.open();
      hub.isPolite = isPolite;
      const sink = await openTestSink(hub.port, new FakeJournal([ALERTS, TELEMETRY]), MQTT5);
      await until(() => expect(sink.status().state).toBe('online'));
      await sink[Symbol.asyncDispose]();
      await until(() => expect(hub.goodbyeCount).toBe(1));
    },
  );
});
