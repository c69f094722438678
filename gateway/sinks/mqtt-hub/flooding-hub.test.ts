import { generate } from 'mqtt-packet';
import { describe, expect, it, vi } from 'vitest';
import type { Done, Message } from '#gateway/model/message.ts';
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

function command(qos: 0 | 1): Buffer {
  const topic = 'fleet/truck-7/down/commands/restart';
  const packet = { cmd: 'publish', topic, payload: '{}', qos, messageId: 7, dup: false, retain: false } as const;
  return generate(packet, { protocolVersion: 5 });
}

function many(packet: Uint8Array, count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => packet));
}

describe('a hub that floods', () => {
  it('with commands of QoS 0 loses them, and neither its connection nor what goes up nor commands of QoS 1', async () => {
    await using hub = await RawHub.open();
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    const logger = new MemoryLogger();
    const heard: Message[] = [];
    const publish = (message: Message, done: Done) => {
      heard.push(message);
      done();
    };
    await using sink = await openTestSink(hub.port, journal, {
      ...{ ...PATIENT, logger, publisher: { publish } },
      downlink: { allow: ['commands/restart'] },
    });
    await until(() => expect(sink.status().state).toBe('online'));
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
    expect(downlink?.ignored.tooFast).toBeGreaterThan(rounds * perRound - 5 * MAX_COMMANDS_PER_SECOND);
    expect(heard.length).toBeLessThan(5 * MAX_COMMANDS_PER_SECOND);
    expect(logger.warnings).toHaveLength(1);
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
