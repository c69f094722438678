import { expect, it, vi } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Done, Message } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import type { StoredWill } from './durable/state-codec.ts';
import { NO_RECORDER } from './durable/state-recorder.ts';
import { GuardedConnection } from './guarded-connection.ts';
import { LEFT_WILLS_PATIENCE_MS } from './publish-left-wills.ts';
import { openTestBroker } from './testing/open-test-broker.ts';
import { publishPacket, RawClient } from './testing/raw-client.ts';

const PAYLOAD = Buffer.from('gone');

/** What a recorder was told of wills. */
class WillBook {
  readonly left: StoredWill[] = [];
  readonly ended: number[] = [];
  readonly recorder = {
    ...NO_RECORDER,
    willLeft: (will: StoredWill) => this.left.push(will) - 1,
    willEnded: (number: number) => void this.ended.push(number),
  };
}

function leftWill(topic: string, clientId: string, username?: string): StoredWill {
  const message: Message = { topic, payload: PAYLOAD, qos: 1, isRetained: true, isDuplicate: false, clientId };
  return { username, message };
}

it('publishes at a start the wills of clients that were connected, and keeps one that the disk does not take', async () => {
  const book = new WillBook();
  const wills = new Map([
    [3, leftWill('status/tyre', 'tyre')],
    [4, leftWill('full/tyre', 'tyre')],
    [5, leftWill('status/pump', 'pump')],
  ]);
  const admitted: string[] = [];
  const full = new WaystationError('journal.full', 'no space left');
  await using test = await openTestBroker({
    recorder: book.recorder,
    restoreTo: () => Promise.resolve(wills),
    admit: ({ topic, clientId, qos }, done) => {
      admitted.push(`${topic} of ${clientId} q${qos}`);
      done(topic.startsWith('full') ? full : undefined);
      return undefined;
    },
  });
  expect(admitted).toEqual(['status/tyre of tyre q1', 'full/tyre of tyre q1', 'status/pump of pump q1']);
  expect(book.ended).toEqual([3, 5]);
  using client = await RawClient.connect(test.port);
  await client.subscribe({ topic: '#', qos: 1 });
  await client.until(() => client.payloads.length === 2);
});

it('lets nobody in before they are safe, and waits no longer than its patience [B1, P3]', async () => {
  const book = new WillBook();
  const clock = new FakeClock();
  const held: Done[] = [];
  const admit = (_message: Message, done: Done): undefined => void held.push(done);
  const wills = new Map([
    [1, leftWill('a', 'tyre')],
    [2, leftWill('b', 'pump')],
  ]);
  let isOpen = false;
  const start = () => {
    const opening = openTestBroker({ ...{ clock, admit, recorder: book.recorder }, restoreTo: async () => wills });
    return opening.then((test) => {
      isOpen = true;
      return test;
    });
  };
  const answered = start();
  await vi.waitFor(() => expect(held).toHaveLength(2));
  held[0]?.();
  await clock.advance(LEFT_WILLS_PATIENCE_MS - 1);
  expect(isOpen).toBe(false);
  held[1]?.();
  await using _answered = await answered;
  expect(book.ended).toEqual([1, 2]);
  isOpen = false;
  const unanswered = start();
  await vi.waitFor(() => expect(held).toHaveLength(4));
  await clock.advance(LEFT_WILLS_PATIENCE_MS);
  await using _unanswered = await unanswered;
  for (const done of held.splice(2)) done();
  expect(book.ended).toEqual([1, 2, 1, 2]);
});

it('publishes none for which its account has no right now, or whose account is gone [B6]', async () => {
  const book = new WillBook();
  const wills = new Map([
    [1, leftWill('a', 'tyre', 'nobody')],
    [2, leftWill('$SYS/a', 'tyre')],
    [3, leftWill('b', 'tyre')],
  ]);
  await using test = await openTestBroker({
    ...{
      recorder: book.recorder,
      restoreTo: () => Promise.resolve(wills),
      anonymous: { publish: ['a'], subscribe: [] },
    },
  });
  expect([test.tap.messages, book.ended]).toEqual([[], [1, 2, 3]]);
  expect(test.broker.status().refusals).toEqual({ notAuthorized: 3 });
});

it('keeps a will from CONNACK on until it is published', async () => {
  const book = new WillBook();
  await using test = await openTestBroker({ recorder: book.recorder });
  test.tap.isHolding = true;
  using client = await RawClient.connect(test.port, {
    clientId: 'tyre',
    will: { topic: 'status/tyre', payload: PAYLOAD, qos: 1, retain: true },
  });
  expect(book.left).toEqual([leftWill('status/tyre', 'tyre')]);
  client.socket.destroy();
  await vi.waitFor(() => expect(test.tap.held).toHaveLength(1));
  expect(book.ended).toEqual([]);
  test.tap.release();
  await vi.waitFor(() => expect(book.ended).toEqual([0]));
});

it('keeps no will of a connection that breaks while its CONNACK is written: it has been published', async () => {
  const book = new WillBook();
  await using test = await openTestBroker({ recorder: book.recorder });
  using _ = vi.spyOn(GuardedConnection.prototype, 'write').mockImplementationOnce(function (this: GuardedConnection) {
    this.destroy();
    return true;
  });
  using client = await RawClient.connect(test.port, { will: { topic: 'a', payload: PAYLOAD, qos: 1, retain: false } });
  await vi.waitFor(() => expect(test.tap.messages).toHaveLength(1), 10_000);
  await new Promise((resolve) => setImmediate(resolve));
  expect([client.isClosed, book.ended.length]).toEqual([true, book.left.length]);
});

it('keeps that of the connection that took its place', async () => {
  const book = new WillBook();
  await using test = await openTestBroker({ recorder: book.recorder });
  test.tap.isHolding = true;
  const will = { topic: 'status/tyre', payload: PAYLOAD, qos: 1 as const, retain: true };
  using before = await RawClient.connect(test.port, { clientId: 'tyre', will });
  using after = await RawClient.connect(test.port, { clientId: 'tyre', will });
  await before.until(() => before.isClosed);
  await vi.waitFor(() => expect(test.tap.held).toHaveLength(1));
  test.tap.release();
  after.send(publishPacket('a', 'x', 1, 1));
  await after.until(() => after.acknowledged.length === 1);
  expect([book.left.length, book.ended]).toEqual([2, [0]]);
});

it('forgets a will with the DISCONNECT that discards it [MQTT-3.14.4-3]', async () => {
  const book = new WillBook();
  await using test = await openTestBroker({ recorder: book.recorder });
  const will = { topic: 'a', payload: PAYLOAD, qos: 0 as const, retain: false };
  using client = await RawClient.connect(test.port, { will });
  client.send({ cmd: 'disconnect' });
  await client.until(() => client.isClosed);
  expect([book.ended, test.tap.messages]).toEqual([[0], []]);
});
