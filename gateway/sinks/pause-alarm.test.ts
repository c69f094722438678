import { expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Done, Message } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { ALARM_INTERVAL_MS } from './dead-letters/limits.ts';
import { PAUSED_TOPIC, PauseAlarm, RESUMED_TOPIC } from './pause-alarm.ts';
import { sampleRecord } from './testing/sample-record.ts';

const REFUSED = new WaystationError('influxdb.refused', 'http://db answered 401: authorization failed');
const NO_DATABASE = new WaystationError('influxdb.noDatabase', 'http://db answered 404: database not found');

function open() {
  const clock = new FakeClock();
  const messages: Message[] = [];
  const journal: { error?: WaystationError } = {};
  const publish = (message: Message, done: Done) => {
    messages.push(message);
    done(journal.error);
  };
  const stamp = () => ({ ...sampleRecord().stamp, wallMs: clock.wallMs() });
  const alarm = new PauseAlarm({ publisher: { publish }, clock, stamp, logger: new MemoryLogger() });
  const told = () => messages.map(({ topic, payload }) => ({ topic, ...JSON.parse(String(payload)).data }));
  const hear = alarm.follow('influx', 'influxdb');
  const pause = (error = REFUSED) => hear('paused', error);
  return { alarm, clock, messages, told, journal, hear, pause };
}

it('does not tell that it is over where the connection was lost again, or let go', async () => {
  const { clock, told, hear, pause } = open();
  pause();
  for (const phase of ['waiting', 'held'] as const) {
    hear('online');
    await clock.advance(1000);
    hear(phase);
    await clock.advance(5 * ALARM_INTERVAL_MS);
    hear('connecting');
  }
  expect(told()).toHaveLength(1);
  hear('online');
  await clock.advance(ALARM_INTERVAL_MS);
  expect(told()).toMatchObject([{ topic: PAUSED_TOPIC }, { topic: RESUMED_TOPIC, pausedSeconds: 662 }]);
});

it('tells at once what is paused, why in the words of the server, and what to do; and when it is over', async () => {
  const { alarm, clock, messages, told, hear, pause } = open();
  pause();
  const [code, remedy] = [REFUSED.code, REFUSED.remedy];
  expect(told()).toEqual([
    {
      ...{ topic: PAUSED_TOPIC, sink: 'influx', target: 'influxdb', code, reason: REFUSED.message, remedy },
      ...{ since: '2026-11-20T12:00:00.000Z', pausedSeconds: 0 },
    },
  ]);
  expect(messages[0]).toMatchObject({ qos: 1, isRetained: false });
  await clock.advance(5 * ALARM_INTERVAL_MS);
  hear('connecting');
  hear('online');
  await clock.advance(ALARM_INTERVAL_MS);
  expect(told().slice(1)).toEqual([
    {
      ...{ topic: RESUMED_TOPIC, sink: 'influx', target: 'influxdb', code },
      ...{ since: '2026-11-20T12:00:00.000Z', pausedSeconds: 360 },
    },
  ]);
  alarm[Symbol.dispose]();
  expect(clock.timerCount).toBe(0);
});

it('tells of a sink once that connects and is refused again and again: the alarm may be what its target refuses', async () => {
  const { clock, told, hear, pause } = open();
  for (let round = 0; round < 100; round++) {
    pause();
    await clock.advance(30_000);
    hear('connecting');
    hear('online');
    await clock.advance(round % 2 === 0 ? 10 : ALARM_INTERVAL_MS - 1);
  }
  expect(told()).toHaveLength(1);
});

it('tells of a sink at most once a minute, and then how it is', async () => {
  const { clock, told, hear, pause } = open();
  for (let round = 0; round < 20; round++) {
    pause(round % 3 === 0 ? NO_DATABASE : REFUSED);
    hear('online');
    await clock.advance(ALARM_INTERVAL_MS + 1000 * round);
  }
  await clock.advance(ALARM_INTERVAL_MS);
  expect(told().at(-1)).toMatchObject({ topic: RESUMED_TOPIC });
  expect(told().length).toBeLessThanOrEqual(1 + Math.floor(clock.monotonicMs() / ALARM_INTERVAL_MS));
});

it('tells of another fault, which whoever mended the first has to know', async () => {
  const { clock, told, pause } = open();
  pause();
  pause(NO_DATABASE);
  await clock.advance(ALARM_INTERVAL_MS);
  expect(told()).toMatchObject([{ code: REFUSED.code }, { code: NO_DATABASE.code, pausedSeconds: 60 }]);
});

it('tells again what the journal did not take', async () => {
  const { clock, told, pause, journal } = open();
  journal.error = new WaystationError('journal.full', 'The disk is full.');
  pause();
  await clock.advance(ALARM_INTERVAL_MS);
  delete journal.error;
  await clock.advance(5 * ALARM_INTERVAL_MS);
  expect(told()).toHaveLength(3);
});

it('tells nothing of a sink that waits, or has never paused', async () => {
  const { clock, told, hear } = open();
  for (const phase of ['connecting', 'online', 'waiting', 'held', 'draining', 'stopped'] as const) hear(phase, REFUSED);
  await clock.advance(10 * ALARM_INTERVAL_MS);
  expect(told()).toEqual([]);
});
