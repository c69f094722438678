import { expect, it } from 'vitest';
import type { StateRecorder } from '#gateway/broker/durable/state-recorder.ts';
import { NO_RECORDER } from '#gateway/broker/durable/state-recorder.ts';
import { openTestBroker } from '#gateway/broker/testing/open-test-broker.ts';
import { RawClient } from '#gateway/broker/testing/raw-client.ts';

const message = (text: string) => ({
  ...({ topic: 'status/power', payload: Buffer.from(text), qos: 0, isRetained: true, isDuplicate: false } as const),
  clientId: '@power',
});

it('announces to who listens and keeps it for who comes later, past journal and state', async () => {
  const told: unknown[] = [];
  const recorder: StateRecorder = { ...NO_RECORDER, retained: (topic, kept) => void told.push([topic, kept]) };
  await using test = await openTestBroker({ recorder });
  using early = await RawClient.connect(test.port);
  await early.subscribe({ topic: 'status/#', qos: 1 });
  test.broker.announce(message('no'));
  test.broker.announce(message('yes'));
  using late = await RawClient.connect(test.port);
  await late.subscribe({ topic: 'status/#', qos: 1 });
  const textsOf = (client: RawClient) =>
    client.received.flatMap((packet) => (packet.cmd === 'publish' ? [`${packet.payload} ${packet.retain}`] : []));
  await early.until(() => textsOf(early).length === 2);
  await late.until(() => textsOf(late).length === 1);
  expect([textsOf(early), textsOf(late)]).toEqual([['no false', 'yes false'], ['yes true']]);
  expect(test.tap.messages).toEqual([]);
  // What an earlier process has written down about the topic does not come back.
  expect(told).toContainEqual(['status/power', undefined]);
  expect(told.filter((each) => Array.isArray(each) && each[1] !== undefined)).toEqual([]);
});
