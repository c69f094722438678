import { expect, it } from 'vitest';
import { sampleRecord } from '#gateway/journal/open-test-journal.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Done, Message } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { ALARM_TOPIC, DeadLetterAlarm } from './dead-letter-alarm.ts';
import { ALARM_INTERVAL_MS } from './limits.ts';
import { refused } from './testing/open-test-letters.ts';

function open() {
  const clock = new FakeClock();
  const messages: Message[] = [];
  const refusal: { error?: WaystationError } = {};
  const publish = (message: Message, done: Done) => {
    messages.push(message);
    done(refusal.error);
  };
  const stamp = () => sampleRecord('').stamp;
  const countsOf = () => ({ waiting: 7, evicted: 2 });
  const alarm = new DeadLetterAlarm({ publisher: { publish }, countsOf, clock, stamp, logger: new MemoryLogger() });
  const told = () => messages.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()).data);
  return { alarm, clock, messages, told, refusal };
}

it('tells of the first letter at once, and of the others of a minute together, for each sink', async () => {
  const { alarm, clock, messages, told } = open();
  for (const sequence of [1, 2, 3]) alarm.note(refused(sequence));
  alarm.note(refused(1, { sink: 'twin' }));
  expect(told()).toMatchObject([
    { sink: 'hub', count: 1 },
    { sink: 'twin', count: 1 },
  ]);
  await clock.advance(ALARM_INTERVAL_MS);
  const last = { sequence: 3, topic: 'devices/gps0/position', code: 'hub.rejectedEvent', reason: 'it says no' };
  expect(told().slice(2)).toMatchObject([{ sink: 'hub', count: 2, waitingCount: 7, evictedCount: 2, last }]);
  await clock.advance(10 * ALARM_INTERVAL_MS);
  expect(told()).toHaveLength(3);
  expect(messages[0]).toMatchObject({ topic: ALARM_TOPIC, qos: 1, isRetained: false, clientId: '@dead-letters' });
  alarm[Symbol.dispose]();
  expect(clock.timerCount).toBe(0);
});

it('tells with the next what could not be published', async () => {
  const { alarm, clock, told, refusal } = open();
  refusal.error = new WaystationError('journal.full', 'The disk is full.');
  alarm.note(refused(1));
  delete refusal.error;
  alarm.note(refused(2));
  await clock.advance(ALARM_INTERVAL_MS);
  expect(told().at(-1)).toMatchObject({ count: 2 });
});

it('does not tell of itself: a target that refuses it would be told for ever', () => {
  const { alarm, told } = open();
  alarm.note(refused(1, { topic: ALARM_TOPIC }));
  expect(told()).toEqual([]);
});
