import { generate, type IPublishPacket } from 'mqtt-packet';
import { describe, expect, it, vi } from 'vitest';
import type { Done, Message } from '#gateway/model/message.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { ALERTS, appendCounted, openTestSink, TELEMETRY } from '#gateway/sinks/testing/open-test-sink.ts';
import { RawHub } from '#gateway/sinks/testing/raw-hub.ts';
import { MAX_COMMANDS_PER_SECOND } from './downlink/command-intake.ts';

const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 5 });
const PATIENT = {
  protocol: 5,
  envelope: 'properties',
  connectTimeoutMs: 10_000,
  window: { maxEvents: 20, maxBytes: 65_536, ackTimeoutMs: 10_000 },
} as const;

function command(qos: 0 | 1, fields: Partial<IPublishPacket> = {}): Buffer {
  const topic = 'fleet/truck-7/down/commands/restart';
  const packet = { cmd: 'publish', topic, payload: '{}', qos, messageId: 7, dup: false, retain: false } as const;
  return generate({ ...packet, ...fields }, { protocolVersion: 5 });
}

/** A sink that listens, and what it has published locally. */
async function listen(hub: RawHub) {
  const journal = new FakeJournal([ALERTS, TELEMETRY]);
  const logger = new MemoryLogger();
  const heard: Message[] = [];
  const publish = (message: Message, done: Done) => {
    heard.push(message);
    done();
  };
  const sink = await openTestSink(hub.port, journal, {
    ...{ ...PATIENT, logger, publisher: { publish } },
    ...{ downlink: { allow: ['commands/restart'] }, commandHoldMs: 100 },
  });
  await until(() => expect(sink.status().state).toBe('online'));
  return { sink, journal, logger, heard };
}

function many(packet: Uint8Array, count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => packet));
}

describe('a hub that floods', () => {
  it('with commands of QoS 0 loses them, and neither its connection nor what goes up nor commands of QoS 1', async () => {
    await using hub = await RawHub.open();
    const startedMs = systemClock.monotonicMs();
    const { sink, journal, logger, heard } = await listen(hub);
    await using _sink = sink;
    hub.say(many(command(0), 5));
    hub.say(command(1));
    const [rounds, perRound] = [10, 1000];
    for (let round = 1; round <= rounds; round++) {
      hub.say(many(command(0), perRound));
      appendCounted(journal, TELEMETRY, 10);
      await until(() => expect(sink.status().acknowledgedCount).toBe(10 * round));
    }
    await until(() => expect(hub.acknowledgedIds).toEqual([7]));
    const { connectCount, downlink } = sink.status();
    expect(connectCount).toBe(1);
    const mostTaken = MAX_COMMANDS_PER_SECOND * (2 + (systemClock.monotonicMs() - startedMs) / 1000);
    expect(downlink?.ignored.tooFast).toBeGreaterThan(rounds * perRound - mostTaken);
    expect(heard.length).toBeLessThan(mostTaken);
    expect(logger.warnings).toHaveLength(1);
  });

  it('with ten thousand commands of QoS 1 at once has those that wait too long left alone, and takes what goes up', async () => {
    await using hub = await RawHub.open();
    const { sink, journal, heard } = await listen(hub);
    await using _sink = sink;
    const properties = { messageExpiryInterval: 1 };
    const ids = Array.from({ length: 10_000 }, (_, index) => index + 1);
    hub.say(Buffer.concat(ids.map((messageId) => command(1, { messageId, properties }))));
    // Behind them all on the wire: they must not have to be taken before it is heard.
    appendCounted(journal, TELEMETRY, 10);
    await until(() => expect(sink.status().acknowledgedCount).toBe(10));
    // Those that could not wait come again with the next session.
    await until(() => expect(sink.status().connectCount).toBe(2));
    const known = hub.acknowledgedIds.length;
    expect(hub.acknowledgedIds).toEqual(ids.slice(0, known));
    expect(sink.status().downlink?.ignored.expired).toBeGreaterThan(known / 2);
    expect(heard.length).toBeLessThan(known / 2);
  });

  it('that cuts before it has heard an answer has its commands published once', async () => {
    await using hub = await RawHub.open();
    const { sink, heard } = await listen(hub);
    await using _sink = sink;
    const commands = Array.from({ length: 8 }, (_, index) => ({
      topic: 'fleet/truck-7/down/commands/restart',
      ...{ payload: Buffer.from(`{"correlation":"${index}"}`), messageId: index + 1 },
    }));
    for (const each of commands) hub.publish(each);
    await until(() => expect(heard.length).toBeGreaterThan(0));
    hub.redelivered = commands.map((each) => ({ ...each, dup: true }));
    hub.hangUp();
    await until(() => expect(sink.status().connectCount).toBe(2));
    hub.acknowledgedIds.length = 0;
    hub.redelivered = [];
    hub.publish({ topic: 'fleet/truck-7/down/x', payload: Buffer.alloc(0), messageId: 9 });
    await until(() => expect(hub.acknowledgedIds).toContain(9));
    expect(heard.map(({ payload }) => String(payload))).toEqual(commands.map(({ payload }) => String(payload)));
  });

  it.each([
    ['PINGRESP', [0xd0, 0]],
    ['PUBACK', [0x40, 2, 0x7f, 0xff]],
    ['PUBLISH', [0x30, 4, 0, 1, 0x61, 0]],
  ])('with %s that nobody asked for is left, told why, and tried again', async (name, bytes) => {
    await using hub = await RawHub.open();
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    await using sink = await openTestSink(hub.port, journal, PATIENT);
    await until(() => expect(sink.status().state).toBe('online'));
    hub.say(many(Uint8Array.from(bytes), 10_000));
    await until(() => expect(sink.status().connectCount).toBe(2));
    expect(sink.status().lastError).toMatch(new RegExp(`^hub.protocolError: .*20 packets a second.* ${name}`));
    appendCounted(journal, TELEMETRY, 3);
    await until(() => expect(sink.status().acknowledgedCount).toBe(3));
  });
});
