import { describe, expect, it, vi } from 'vitest';
import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { openJournal } from '#gateway/journal/open-journal.ts';
import type { StreamId } from '#gateway/model/message.ts';
import { Secret } from '#gateway/model/secret.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { FakeDiskCounters } from '#gateway/runtime/fake-disk-counters.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { ChaosProxy } from '#gateway/sinks/testing/chaos-proxy.ts';
import { CountingHub } from '#gateway/sinks/testing/counting-hub.ts';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { ALERTS, appendCounted, openTestSink, TELEMETRY } from '#gateway/sinks/testing/open-test-sink.ts';
import { sampleRecord } from '#gateway/sinks/testing/sample-record.ts';

/** Waits for a condition, not for a time; the limit is for a machine under load. */
const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 5 });

/** Nothing missing, order kept by first occurrence, repeats identical, every `prev` right. */
function expectWhole(hub: CountingHub, stream: StreamId, count: number): void {
  const received = hub.of(stream);
  const first = new Map(received.toReversed().map((event) => [event.sequence, event]));
  const order = [...new Set(received.map((event) => event.sequence))];
  expect(order).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  for (const event of received) {
    expect(event.bytes).toBe(first.get(event.sequence)?.bytes);
    expect(event.prev).toBe(event.sequence === 1 ? 'none' : String(event.sequence - 1));
  }
}

describe('an MQTT hub over 3.1.1', () => {
  it('receives every event once over a link that holds, in the order of its lane [D1]', async () => {
    await using hub = await CountingHub.open();
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 300);
    await using sink = await openTestSink(hub.port, journal);
    appendCounted(journal, ALERTS, 5);
    await until(() => expect(sink.status()).toMatchObject({ acknowledgedCount: 305 }));
    expectWhole(hub, TELEMETRY, 300);
    expectWhole(hub, ALERTS, 5);
    expect(hub.received).toHaveLength(305);
    expect(hub.topics).toEqual(
      new Set(['fleet/truck-7/devices/telemetry/count', 'fleet/truck-7/devices/alerts/count']),
    );
    expect(sink.status()).toMatchObject({ state: 'online', sentCount: 305, resentCount: 0, inFlightCount: 0 });
  });

  it('misses nothing over a link that is cut, reset and deaf; repeats have the same bytes [D1 D2 D5]', async () => {
    await using hub = await CountingHub.open();
    await using proxy = await ChaosProxy.open(hub.port);
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    await using sink = await openTestSink(proxy.port, journal);
    const faults = [
      () => proxy.cut('reset'),
      () => proxy.cut('end'),
      () => {
        proxy.isDeaf = true;
      },
      () => {
        proxy.isDown = true;
        proxy.cut('reset');
      },
    ];
    for (let round = 1; round <= 40; round++) {
      const before = sink.status().acknowledgedCount;
      appendCounted(journal, TELEMETRY, 30);
      appendCounted(journal, ALERTS, 2);
      await until(() => expect(sink.status().acknowledgedCount).toBeGreaterThan(before + (round % 7)));
      const attempts = proxy.connectionCount;
      faults[round % faults.length]?.();
      appendCounted(journal, TELEMETRY, 20);
      await until(() => expect(proxy.connectionCount).toBeGreaterThan(attempts));
      proxy.isDown = false;
      proxy.isDeaf = false;
    }
    await until(() => expect(sink.status().lanes.map((lane) => lane.backlogCount)).toEqual([0, 0]));
    expectWhole(hub, TELEMETRY, 2000);
    expectWhole(hub, ALERTS, 80);
    expect(sink.status().resentCount).toBeGreaterThan(0);
  }, 60_000);

  it('is found silent within the acknowledgement deadline, long before keepalive or TCP notice [D4]', async () => {
    await using hub = await CountingHub.open();
    await using proxy = await ChaosProxy.open(hub.port);
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    await using sink = await openTestSink(proxy.port, journal);
    appendCounted(journal, TELEMETRY, 3);
    await until(() => expect(sink.status().acknowledgedCount).toBe(3));
    proxy.isStalled = true;
    const stalledAtMs = performance.now();
    appendCounted(journal, TELEMETRY, 30);
    await until(() => expect(sink.status().lastError).toMatch(/^hub.timeout/));
    const noticedMs = performance.now() - stalledAtMs;
    expect(noticedMs).toBeGreaterThan(290);
    expect(noticedMs).toBeLessThan(5000);
    proxy.isStalled = false;
    proxy.cut('reset');
    await until(() => expect(sink.status().acknowledgedCount).toBe(33));
    expectWhole(hub, TELEMETRY, 33);
  });

  it('that refuses the login pauses the sink, which keeps its events and says what to do', async () => {
    await using hub = await CountingHub.open('secret');
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 3);
    const credentials = { username: 'truck', password: new Secret('wrong') };
    const logger = new MemoryLogger();
    await using sink = await openTestSink(hub.port, journal, { credentials, logger });
    await until(() => expect(sink.status().state).toBe('paused'));
    expect(sink.status()).toMatchObject({
      lastError: expect.stringMatching(
        /^hub.refused: Connecting to the hub at mqtt:\/\/127.0.0.1.*Bad username or password/,
      ),
      lanes: [{ backlogCount: 0 }, { backlogCount: 3 }],
    });
    expect(JSON.stringify(logger.lines)).not.toContain('"wrong"');
    await using accepted = await openTestSink(hub.port, journal, {
      id: 'right',
      credentials: { username: 'truck', password: new Secret('secret') },
    });
    await until(() => expect(accepted.status().acknowledgedCount).toBe(3));
  });

  it('that is asked for MQTT 5 is refused with the setting to change', async () => {
    await using hub = await CountingHub.open();
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    await using sink = await openTestSink(hub.port, journal, { protocol: 5, envelope: 'properties' });
    await until(() => expect(sink.status().lastError).toMatch(/set `protocol: 3.1.1`/));
    expect(sink.status().state).toBe('paused');
  });

  it('need not be there when the sink opens', async () => {
    const gone = await CountingHub.open();
    const { port } = gone;
    await gone[Symbol.asyncDispose]();
    await using sink = await openTestSink(port, new FakeJournal([ALERTS, TELEMETRY]));
    await until(() => expect(sink.status().lastError).toMatch(/^hub.unreachable: .*ECONNREFUSED/));
  });

  it('gets the rest after a restart, from a real journal, with an unbroken chain [D2 J10]', async () => {
    await using hub = await CountingHub.open();
    const storage = new MemoryStorage();
    for (const total of [100, 200]) {
      await using journal = await openJournal({
        directory: '/journal',
        storage,
        clock: systemClock,
        random: (count) => crypto.getRandomValues(new Uint8Array(count)),
        logger: new MemoryLogger(),
        diskCounters: new FakeDiskCounters(),
        streams: [{ id: ALERTS }, { id: TELEMETRY }],
      });
      await using sink = await openTestSink(hub.port, journal);
      for (let n = total - 99; n <= total; n++) {
        const record = sampleRecord({ topic: 'devices/gps0/position', payload: Buffer.from(`{"n":${n}}`) });
        journal.stream(TELEMETRY).append(record, () => {});
      }
      await until(() => expect(sink.status().acknowledgedCount).toBe(100));
    }
    expectWhole(hub, TELEMETRY, 200);
  });
});
