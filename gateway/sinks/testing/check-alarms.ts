import { expect, vi } from 'vitest';
import type { Done, Message } from '#gateway/model/message.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { ALARM_INTERVAL_MS } from '#gateway/sinks/dead-letters/limits.ts';
import { openDelivery, type PhaseListener } from '#gateway/sinks/delivery/delivery.ts';
import type { DeliveryPolicy } from '#gateway/sinks/delivery/delivery-state.ts';
import { FakeDeadLetters } from '#gateway/sinks/delivery/fake-dead-letters.ts';
import type { Packet, Target } from '#gateway/sinks/delivery/target.ts';
import { PAUSED_TOPIC, PauseAlarm, RESUMED_TOPIC } from '#gateway/sinks/pause-alarm.ts';
import { compileShaper } from '#gateway/sinks/shape/compile-shaper.ts';
import { FakeJournal } from './fake-journal.ts';
import { ALERTS, TELEMETRY } from './open-test-sink.ts';
import { sampleRecord } from './sample-record.ts';

const WITHIN = { timeout: 15_000, interval: 5 };
const A_CODE = expect.stringMatching(/^\w+\.\w+$/);
const SOMETHING = expect.stringMatching(/\w/);

/** Rests for milliseconds, and is patient otherwise. */
const POLICY: DeliveryPolicy = {
  window: { maxEvents: 10, maxBytes: 65_536, ackTimeoutMs: 10_000 },
  retry: { firstDelayMs: 5, maxDelayMs: 20 },
  ...{ connectTimeoutMs: 10_000, pauseMs: 10, drainTimeoutMs: 1000, timeoutCode: 'hub.timeout' as const },
  ...{ order: 'oldestFirst', urgentLanes: [], meteredLanes: [], random: () => 0.5 },
};

/** A remote that wants another configuration, or a person, as long as it is told so. */
export interface RefusingSubject<P extends Packet> extends AsyncDisposable {
  readonly open: () => Target<P>;
  readonly setRefusing: (isRefusing: boolean) => void;
}

/** Lets the remote refuse a sink, which tries again and again, and then take it. The alarm itself stands before the target that is paused. */
export async function checkAlarms<P extends Packet>(openSubject: () => Promise<RefusingSubject<P>>): Promise<void> {
  await using subject = await openSubject();
  const target = subject.open();
  const journal = new FakeJournal([ALERTS, TELEMETRY]);
  const alarms = () => journal.stream(ALERTS).records.map(({ record }) => record);
  const topics = () => alarms().map(({ topic }) => topic);
  const minutes = new FakeClock();
  using alarm = openAlarm(journal, minutes);
  const follow = alarm.follow('it', target.type);
  let pauseCount = 0;
  const onPhase: PhaseListener = (phase, error) => {
    if (phase === 'paused') pauseCount += 1;
    follow(phase, error);
  };
  subject.setRefusing(true);
  journal.stream(TELEMETRY).append(sampleRecord());
  await using delivery = await openDelivery({
    ...{ id: 'it', target, journal, lanes: [ALERTS, TELEMETRY], from: 'oldest', shaper: compileShaper([]) },
    ...{ policy: POLICY, deadLetters: new FakeDeadLetters(), clock: systemClock, logger: new MemoryLogger(), onPhase },
  });
  const taken = (count: number) => vi.waitFor(() => expect(delivery.status().acknowledgedCount).toBe(count), WITHIN);
  await vi.waitFor(() => expect(pauseCount).toBeGreaterThan(3), WITHIN);
  await minutes.advance(ALARM_INTERVAL_MS / 2);
  expect(topics()).toEqual([PAUSED_TOPIC]);
  expect(JSON.parse(String(alarms()[0]?.payload))).toMatchObject({
    type: 'sink.paused',
    data: { sink: 'it', target: target.type, code: A_CODE, reason: SOMETHING, remedy: SOMETHING, pausedSeconds: 0 },
  });
  await taken(0);
  subject.setRefusing(false);
  await taken(2);
  await minutes.advance(ALARM_INTERVAL_MS);
  expect(topics()).toEqual([PAUSED_TOPIC, RESUMED_TOPIC]);
  await taken(3);
}

function openAlarm(journal: FakeJournal, clock: FakeClock): PauseAlarm {
  const publish = (message: Message, done: Done) => {
    journal.stream(ALERTS).append(sampleRecord(message));
    done();
  };
  const { stamp } = sampleRecord();
  return new PauseAlarm({ publisher: { publish }, clock, stamp: () => stamp, logger: new MemoryLogger() });
}
