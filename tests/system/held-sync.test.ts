import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { openAdmission } from '#gateway/admission/admission.ts';
import { openBroker } from '#gateway/broker/open-broker.ts';
import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { openJournal } from '#gateway/journal/open-journal.ts';
import { parseStreamId } from '#gateway/model/names.ts';
import { Secret } from '#gateway/model/secret.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { FakeDiskCounters } from '#gateway/runtime/fake-disk-counters.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { CountingPublisher, parseCounted } from '#tests/support/counting-publisher.ts';
import { openSeededRandom } from '#tests/support/seeded-random.ts';
import { until } from '#tests/support/until.ts';

/**
 * SIGKILL cannot tell synced from written, because the page cache survives it. Here the disk is one that forgets:
 * broker, admission and journal are the real ones, over real sockets, on a storage that can hold syncs back and lose power.
 */
const WINDOW = 50;
const PATIENCE_MS = 10_000;
const TELEMETRY = stream('telemetry');

function stream(name: string) {
  const id = parseStreamId(name);
  if (id === undefined) throw new Error(`${name} is no stream`);
  return id;
}

async function openOn(storage: MemoryStorage) {
  await storage.makeDirectory('/data');
  await storage.syncDirectory('/');
  return openJournal({
    directory: '/data/journal',
    storage,
    clock: systemClock,
    random: (count) => randomBytes(count),
    logger: new MemoryLogger(),
    streams: [{ id: TELEMETRY }],
    diskCounters: new FakeDiskCounters(),
    segmentBytes: 64 * 1024,
  });
}

async function openIntake(storage: MemoryStorage) {
  const journal = await openOn(storage);
  const streams = [{ id: TELEMETRY, topics: ['sensors/#'] }];
  const stamp = () => ({
    ...{ wallMs: systemClock.wallMs(), monotonicMs: systemClock.monotonicMs() },
    ...{ clockRun: '0123456789abcdef', quality: 'system' as const },
  });
  const admission = openAdmission({ streams, journal, stamp });
  let admittedCount = 0;
  const user = { username: 'sensor', password: new Secret('token'), publish: ['sensors/#'], subscribe: [] };
  const broker = await openBroker({
    listeners: [{ type: 'mqtt', host: '127.0.0.1', port: 0 }],
    users: [user],
    anonymous: false,
    limits: { drainTimeoutMs: 100 },
    admit: (message, done) => {
      admittedCount++;
      admission.admit(message, done);
    },
    clock: systemClock,
    logger: new MemoryLogger(),
  });
  const publisher = new CountingPublisher({
    port: broker.listeners[0]?.port ?? 0,
    username: 'sensor',
    password: 'token',
    clientId: 'sensor',
    topics: ['sensors/sensor/reading'],
    windowSize: WINDOW,
  });
  publisher.start();
  return { journal, broker, publisher, admittedCount: () => admittedCount };
}

it('no PUBACK leaves while the disk holds its syncs back, and all leave when it lets go [J1, B1]', async () => {
  const storage = new MemoryStorage();
  const { journal, broker, publisher, admittedCount } = await openIntake(storage);
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.use(journal);
  cleanUp.use(broker);
  cleanUp.use(publisher);
  cleanUp.defer(() => storage.releaseSyncs());
  await until('the first publishes are acknowledged', PATIENCE_MS, () => publisher.acknowledgedCount > WINDOW);

  const sentBefore = publisher.madeCount;
  storage.holdSyncs();
  const before = await settled(() => publisher.acknowledgedCount);
  // What had been sent may still have met a sync that was under way; what was sent afterwards has met none.
  expect(before).toBeLessThanOrEqual(sentBefore);
  expect(admittedCount()).toBeGreaterThan(before);

  storage.releaseSyncs();
  await until('the held publishes are acknowledged', PATIENCE_MS, () => publisher.acknowledgedCount > before + WINDOW);
});

it('after a power cut at any moment no acknowledged record is missing, and what is there is a prefix [J1, J2]', async () => {
  const random = openSeededRandom();
  console.log(`seed ${random.seed}`);
  for (let cut = 0; cut < 25; cut++) {
    const storage = new MemoryStorage();
    const { broker, publisher } = await openIntake(storage);
    storage.dieAfter(storage.operationCount + random.integer(1, 120));
    await storage.died;
    // The last acknowledgements are on the wire; nothing more can come, for no storage call returns any more.
    const acknowledged = await settled(() => publisher.acknowledgedCount);
    await publisher[Symbol.asyncDispose]();
    const closing = broker[Symbol.asyncDispose]();

    await using journal = await openOn(storage.powerCut(() => random.next()));
    const counters = await countersIn(journal);
    expect(counters, `cut ${cut}`).toEqual(counters.map((_, index) => index + 1));
    expect(counters.length, `cut ${cut}`).toBeGreaterThanOrEqual(acknowledged);
    await closing;
  }
});

async function countersIn(journal: Awaited<ReturnType<typeof openOn>>): Promise<number[]> {
  const counters: number[] = [];
  const lane = journal.stream(TELEMETRY);
  for (let from = 1; from <= lane.syncedSequence; ) {
    const { records, nextSequence } = await lane.read(from, { maxEvents: 1000, maxBytes: 1 << 20 });
    for (const { record } of records) counters.push(parseCounted(Buffer.from(record.payload).toString()).counter);
    from = nextSequence;
  }
  return counters;
}

/** A number that a hundred turns of the event loop, sockets included, no longer change. */
async function settled(read: () => number): Promise<number> {
  let last = read();
  for (let calmTurns = 0; calmTurns < 100; calmTurns++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (read() === last) continue;
    last = read();
    calmTurns = 0;
  }
  return last;
}
