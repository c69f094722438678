import { describe, expect, it } from 'vitest';
import { rest } from '#gateway/journal/histories/live-through.ts';
import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { openTestJournal, readAll, sampleRecord, seededRandom } from '#gateway/journal/open-test-journal.ts';
import type { Message } from '#gateway/model/message.ts';
import type { PowerStatus } from '#gateway/model/power-status.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { openDeadLetters } from '#gateway/sinks/dead-letters/open-dead-letters.ts';
import { openDelivery } from '#gateway/sinks/delivery/delivery.ts';
import type { DeliveryPolicy } from '#gateway/sinks/delivery/delivery-state.ts';
import { FakeTarget } from '#gateway/sinks/delivery/fake-target.ts';
import { TELEMETRY } from '#gateway/sinks/delivery/timeline.ts';
import { compileShaper } from '#gateway/sinks/shape/compile-shaper.ts';
import { POWER_INTERVAL_MS, POWER_TOPIC, PowerWatch, powerMethods } from './power-watch.ts';

const SYNC_MS = 500;
const LATENCY_MS = 2000;
const POLICY: DeliveryPolicy = {
  window: { maxEvents: 3, maxBytes: 10_000, ackTimeoutMs: 10_000 },
  retry: { firstDelayMs: 1000, maxDelayMs: 60_000 },
  ...{ connectTimeoutMs: 5000, pauseMs: 60_000, drainTimeoutMs: 3000, timeoutCode: 'hub.timeout' as const },
  ...{ order: 'oldestFirst', urgentLanes: [], meteredLanes: [] },
  random: () => 0.5,
};

/** A journal that syncs now and then, a hub that is slow, and what is told of the power: all in virtual time. */
async function open(storage = new MemoryStorage()) {
  const clock = new FakeClock();
  const test = await openTestJournal(storage, { clock, streams: [{ id: TELEMETRY, sync: { everyMs: SYNC_MS } }] });
  const { journal, logger } = test;
  const target = new FakeTarget(clock);
  target.latencyMs = () => LATENCY_MS;
  const stamp = () => sampleRecord('').stamp;
  const deadLetters = await openDeadLetters({ journal, maxBytes: 2 ** 20, clock, stamp, logger, onBuried: () => {} });
  const shaper = compileShaper([{ topics: ['noise/#'], drop: true }]);
  const shared = { journal, target, shaper, deadLetters, clock, logger };
  const delivery = await openDelivery({ ...shared, id: 'hub', lanes: [TELEMETRY], from: 'oldest', policy: POLICY });
  const told: { readonly message: Message; readonly status: PowerStatus; readonly atMs: number }[] = [];
  const view = () => ({ streams: journal.streams, sinks: [delivery.status()], deadLetters: deadLetters.status() });
  const announce = (message: Message) => {
    const status = JSON.parse(Buffer.from(message.payload).toString()).data;
    if (status.safe) check();
    told.push({ message, status, atMs: clock.monotonicMs() });
  };
  let appended = 0;
  /** What «safe» claims, seen from outside: at the hub, and on the disk. */
  const check = () => {
    // In whatever form: as it was, or by word of its loss.
    const sequences = new Set([...target.acknowledged].map((key) => key.replace(/.*[/-]/, '')));
    expect(sequences.size).toBe(wanted());
    expect(test.stream.syncedSequence).toBe(appended);
  };
  let noiseCount = 0;
  const wanted = () => appended - noiseCount;
  const append = (topic = 'sensors/a') => {
    if (topic.startsWith('noise/')) noiseCount++;
    test.stream.append(sampleRecord(`${++appended}`, { topic }), () => {});
  };
  const pass = async (durationMs: number) => {
    for (let passedMs = 0; passedMs < durationMs; passedMs += 50) {
      await rest();
      await clock.advance(50);
    }
    await rest();
  };
  await pass(50);
  const watch = new PowerWatch({ view, announce, clock, stamp });
  return { ...test, storage, clock, target, watch, told, append, pass, delivery, deadLetters };
}

describe('status/power', () => {
  it('is safe only once all is synced and a slow hub has acknowledged all of it', async () => {
    const { watch, append, pass, told, target } = await open();
    expect(watch.now().safe).toBe(true);
    for (let count = 0; count < 5; count++) append();
    await pass(100);
    expect(watch.now().pending).toMatchObject([{ what: 'journal', count: 5, why: 'not synced yet' }]);
    await pass(SYNC_MS);
    expect(watch.now().pending).toMatchObject([{ what: 'sink', sink: 'hub', count: 5, why: 'being sent' }]);
    await pass(LATENCY_MS);
    expect(watch.now().pending).toMatchObject([{ what: 'sink', count: 2 }]);
    await pass(LATENCY_MS + POWER_INTERVAL_MS);
    expect(watch.now()).toEqual({ safe: true, pending: [] });
    expect(target.acknowledged.size).toBe(5);
    expect(told.map(({ status }) => status.safe)).toEqual([true, false, false, true]);
  });

  it('is true whenever it says safe, whatever comes in when, over a hub that cuts, and holds after a power cut', async () => {
    const test = await open();
    const { append, pass, told, target, storage, clock } = test;
    const random = seededRandom(7);
    target.latencyMs = () => random() * 800;
    target.onSend = () => (random() < 0.1 ? 'cut-after' : 'accept');
    let safeCount = 0;
    for (let step = 0; step < 120; step++) {
      if (random() < 0.5)
        for (let count = random() * 5; count > 0; count--) append(random() < 0.3 ? 'noise/b' : 'sensors/a');
      await pass(Math.ceil(random() * 40) * 50);
      if (random() < 0.2) await pass(4000);
      const { status, atMs } = told.at(-1) ?? {};
      if (status?.safe !== true || atMs !== clock.monotonicMs()) continue;
      safeCount++;
      const { stream } = await openTestJournal(storage.powerCut(seededRandom(step)), {});
      expect((await readAll(stream)).length).toBe(test.stream.syncedSequence);
    }
    expect(told.filter(({ status }) => status.safe).length).toBeGreaterThan(5);
    expect(safeCount).toBeGreaterThan(0);
    const gaps = told.slice(1).map(({ atMs }, index) => atMs - (told[index]?.atMs ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(POWER_INTERVAL_MS);
  });

  it('waits for an event that goes to the dead letters, and then for nobody', async () => {
    const { watch, append, pass, target, deadLetters } = await open();
    target.onSend = ([packet]) => (packet?.firstLost === undefined ? 'reject' : 'accept');
    append();
    await pass(SYNC_MS + 100);
    expect(watch.now().safe).toBe(false);
    await pass(3 * LATENCY_MS);
    expect(deadLetters.index.count).toBe(1);
    expect(watch.now()).toEqual({ safe: true, pending: [] });
    target.onSend = () => 'accept';
    await deadLetters.redrive([...deadLetters.index.behind(0)].map(([id]) => id));
    expect(watch.now().pending).toMatchObject([{ what: 'redrive', sink: 'hub', count: 1 }]);
    await pass(2 * LATENCY_MS);
    expect(watch.now().safe).toBe(true);
    expect(deadLetters.index.count).toBe(0);
  });

  it('is retained, of QoS 0, an event as any other', async () => {
    const { told } = await open();
    expect(told[0]?.message).toMatchObject({ topic: POWER_TOPIC, isRetained: true, qos: 0, clientId: '@power' });
    expect(JSON.parse(String(told[0]?.message.payload))).toMatchObject({
      type: 'gateway.power',
      version: 1,
      clock: 'ntp',
    });
  });
});

describe('waiting until it is safe', () => {
  it('ends when it is, or when the time is over, with what is left', async () => {
    const { watch, append, pass, clock } = await open();
    const { power } = powerMethods(watch);
    const { signal } = new AbortController();
    append();
    const inVain = power({ waitMs: 1000 }, signal);
    const inTime = power({ waitMs: 60_000 }, signal);
    await pass(1100);
    expect(await inVain).toMatchObject({ safe: false, pending: [{ what: 'sink', count: 1 }] });
    await pass(3000);
    expect(await inTime).toEqual({ safe: true, pending: [] });
    expect(clock.monotonicMs()).toBeLessThan(10_000);
    expect(await power({ waitMs: 'long' }, signal)).toMatchObject({ safe: true });
  });

  it('ends when nobody waits any more', async () => {
    const { watch, append } = await open();
    append();
    const gone = new AbortController();
    const waiting = watch.wait(60_000, gone.signal);
    gone.abort();
    expect(await waiting).toMatchObject({ safe: false });
  });
});
