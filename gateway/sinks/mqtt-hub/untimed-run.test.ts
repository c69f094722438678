import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { openTestJournal, TELEMETRY } from '#gateway/journal/open-test-journal.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { Timekeeper } from '#gateway/runtime/timekeeper.ts';
import { CountingHub } from '#gateway/sinks/testing/counting-hub.ts';
import { openTestSink } from '#gateway/sinks/testing/open-test-sink.ts';
import { sampleRecord } from '#gateway/sinks/testing/sample-record.ts';

const NOON_MS = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;

let hub: CountingHub;
let storage: MemoryStorage;
let lifeCount: number;
beforeEach(async () => {
  hub = await CountingHub.open();
  storage = new MemoryStorage();
  lifeCount = 0;
});
afterEach(() => hub[Symbol.asyncDispose]());

/** A gateway from its start to its end, at `startMs` of true time and with a date that is wrong by `offsetMs`. */
async function openLife(startMs: number, offsetMs: number, isSynchronized: boolean) {
  const owned = new AsyncDisposableStack();
  const clock = new FakeClock(startMs + offsetMs);
  const { journal, stream } = await openTestJournal(storage, { clock });
  owned.use(journal);
  const runId = String(++lifeCount).padStart(16, '0');
  const options = { clock, isSynchronized: () => isSynchronized, newRunId: () => runId, logger: new MemoryLogger() };
  const keeper = owned.use(new Timekeeper(options));
  keeper.follow((mark) => journal.markClock(mark));
  return {
    keeper,
    clock,
    accept: (topic: string) =>
      new Promise<void>((resolve) => {
        stream.append(sampleRecord({ topic, stamp: keeper.stamp() }), () => resolve());
      }),
    openSink: async () => owned.use(await openTestSink(hub.port, journal, { lanes: [TELEMETRY] })),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What the hub was told of the time of an event. */
function toldOf(subject: string): object {
  const events = hub.received.map(({ bytes }): Readonly<Record<string, unknown>> => JSON.parse(bytes));
  const { time, timebasis, timeearliest, timelatest } = events.find((event) => event['subject'] === subject) ?? {};
  return { time, timebasis, timeearliest, timelatest };
}

it('a run that never learns the time is bounded by its neighbours, and the hub is told so [S5]', async () => {
  {
    await using life = await openLife(NOON_MS, 0, true);
    await life.accept('sensors/before');
  }
  {
    await using life = await openLife(NOON_MS + HOUR_MS, -NOON_MS, false);
    await life.clock.advance(10_000);
    await life.accept('sensors/sent-at-once');
    const sink = await life.openSink();
    await vi.waitFor(() => expect(sink.status().acknowledgedCount).toBe(2), 5_000);
    await sink[Symbol.asyncDispose]();
    await life.accept('sensors/sent-later');
  }
  {
    await using life = await openLife(NOON_MS + 2 * HOUR_MS, -NOON_MS, false);
    await life.clock.advance(60_000);
    const arrival = life.keeper.stamp();
    for (const agoMs of [2_000, 1_000, 0]) {
      const trustedUnixMs = NOON_MS + 2 * HOUR_MS + 60_000 - agoMs;
      life.keeper.hear({ device: 'gps0', trustedUnixMs, arrival: { ...arrival, monotonicMs: 60_000 - agoMs } });
    }
    await life.accept('sensors/after');
    const sink = await life.openSink();
    await vi.waitFor(() => expect(sink.status().acknowledgedCount).toBe(2), 5_000);
  }
  // It had run for ten seconds, after noon.
  const timeearliest = '2026-11-21T12:00:10.000Z';
  expect(toldOf('sensors/before')).toEqual({ time: '2026-11-21T12:00:00.000Z' });
  expect(toldOf('sensors/sent-at-once')).toEqual({ timebasis: 'unknown', timeearliest });
  // Before the next start that learned the time.
  expect(toldOf('sensors/sent-later')).toEqual({
    timebasis: 'bounded',
    timeearliest,
    timelatest: '2026-11-21T14:00:00.000Z',
  });
  expect(toldOf('sensors/after')).toEqual({ time: '2026-11-21T14:01:00.000Z' });
});
