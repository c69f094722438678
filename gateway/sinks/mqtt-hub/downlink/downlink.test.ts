import { expect, it, vi } from 'vitest';
import type { Done, Message, Publisher } from '#gateway/model/message.ts';
import type { MqttSinkOptions } from '#gateway/sinks/mqtt-hub/mqtt-sink-options.ts';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { ALERTS, openTestSink, TELEMETRY } from '#gateway/sinks/testing/open-test-sink.ts';
import { RawHub } from '#gateway/sinks/testing/raw-hub.ts';
import { sampleRecord } from '#gateway/sinks/testing/sample-record.ts';

const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 5 });

/** A gateway that keeps what comes down in its journal, and answers when it is told to. */
class Gateway implements Publisher {
  readonly journal = new FakeJournal([ALERTS, TELEMETRY]);
  readonly heard: Message[] = [];
  readonly #unanswered: Done[] = [];

  publish(message: Message, done: Done): void {
    this.heard.push(message);
    this.keep(message);
    this.#unanswered.push(done);
  }

  keep(message: Partial<Message>): void {
    this.journal.stream(TELEMETRY).append(sampleRecord(message), () => {});
  }

  answer(): void {
    for (const done of this.#unanswered.splice(0)) done();
  }
}

function open(hub: RawHub, gateway: Gateway, more: Partial<MqttSinkOptions> = {}) {
  return openTestSink(hub.port, gateway.journal, {
    ...{ protocol: 5, envelope: 'properties', publisher: gateway, downlink: { allow: ['commands/restart'] } },
    ...more,
  });
}

const COMMAND = { topic: 'fleet/truck-7/down/commands/restart', payload: Buffer.from('{}'), messageId: 7 };

it('a command is heard, acknowledged once it is safe, never sent back, and answered', async () => {
  await using hub = await RawHub.open();
  const gateway = new Gateway();
  await using sink = await open(hub, gateway);
  await until(() => expect(hub.subscribed).toEqual(['fleet/truck-7/down/#']));
  hub.publish({ ...COMMAND, properties: { correlationData: Buffer.from('a1'), messageExpiryInterval: 60 } });
  await until(() => expect(gateway.heard).toHaveLength(1));
  expect(gateway.heard[0]).toMatchObject({ topic: 'commands/restart', clientId: '@sinks/hub', expirySeconds: 60 });
  // What is there goes up meanwhile, but not the command: an acknowledgement that had been sent would be there before it.
  gateway.keep({ topic: 'replies/restart', payload: Buffer.from('{"correlation":"a1","ok":true}') });
  await until(() => expect(hub.published).toHaveLength(1));
  expect(hub.acknowledgedIds).toEqual([]);
  expect(hub.published[0]).toMatchObject({
    topic: 'fleet/truck-7/replies/restart',
    properties: { correlationData: Buffer.from('a1') },
  });
  gateway.answer();
  await until(() => expect(hub.acknowledgedIds).toEqual([7]));
  expect(sink.status()).toMatchObject({ downlink: { takenCount: 1 }, filteredCount: 1 });
});

it('what is not allowed is acknowledged and heard by nobody', async () => {
  await using hub = await RawHub.open();
  const gateway = new Gateway();
  await using sink = await open(hub, gateway);
  await until(() => expect(hub.subscribed).toHaveLength(1));
  hub.publish({ ...COMMAND, topic: 'fleet/truck-7/down/devices/gps0/position' });
  await until(() => expect(hub.acknowledgedIds).toEqual([7]));
  expect(gateway.heard).toEqual([]);
  expect(sink.status().downlink).toEqual({ takenCount: 0, duplicateCount: 0, ignored: { notAllowed: 1 } });
});

it('what came down before a restart is not sent back after it, nor where nothing may come down any more', async () => {
  await using hub = await RawHub.open();
  const gateway = new Gateway();
  gateway.keep({ topic: 'commands/restart', clientId: '@sinks/hub' });
  gateway.keep({ topic: 'commands/restart', clientId: '@sinks/other', hopCount: 1 });
  await using _sink = await open(hub, gateway, { downlink: undefined });
  await until(() => expect(hub.published).toHaveLength(1));
  // From another hub it goes on, and says that it came from one.
  expect(hub.published[0]?.properties?.userProperties).toMatchObject({ hops: '1' });
});
