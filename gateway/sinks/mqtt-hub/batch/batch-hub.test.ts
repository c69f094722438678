import type { IConnackPacket } from 'mqtt-packet';
import { describe, expect, it, vi } from 'vitest';
import { ChaosProxy } from '#gateway/sinks/testing/chaos-proxy.ts';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { ALERTS, appendCounted, openTestSink, TELEMETRY } from '#gateway/sinks/testing/open-test-sink.ts';
import { RawHub } from '#gateway/sinks/testing/raw-hub.ts';
import { sampleRecord } from '#gateway/sinks/testing/sample-record.ts';
import type { Batch } from './batch.ts';
import { unpackBatch } from './unpack-batch.ts';

const BATCHES = {
  protocol: 5,
  envelope: 'properties',
  batch: { maxEvents: 50, maxBytes: 65_536, maxAgeMs: 20, codec: 'zstd' },
  window: { maxEvents: 500, maxBytes: 2 ** 20, ackTimeoutMs: 300 },
} as const;
const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 5 });

function granting(properties: NonNullable<IConnackPacket['properties']>): IConnackPacket {
  return { cmd: 'connack', sessionPresent: false, reasonCode: 0, properties };
}

function batchesAt(hub: RawHub): readonly Batch[] {
  return hub.published.map(({ payload }) => {
    const batch = unpackBatch(Buffer.from(payload));
    if (!batch.isDecoded) throw new Error(batch.reason);
    return batch.value;
  });
}

/** Every event once a repeated id is dropped, in order; and each batch continues one that is there. */
function expectWhole(hub: RawHub, stream: string, count: number): void {
  const batches = batchesAt(hub).filter((batch) => batch.stream === stream);
  const sequences = batches.flatMap(({ events }) => events.map(({ sequence }) => sequence));
  expect([...new Set(sequences)]).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  const ends = new Set(batches.flatMap(({ events }) => events.map(({ sequence }) => sequence)));
  for (const { from, opensChain } of batches) expect(opensChain || ends.has(from - 1)).toBe(true);
}

/** Bytes that no codec makes smaller: the digits of pi would do as well. */
function noise(sizeBytes: number, seed: number): Buffer {
  let state = seed;
  const bytes = Buffer.alloc(sizeBytes);
  for (let index = 0; index < sizeBytes; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

describe('batches', () => {
  it('carry every event, in few publishes on a topic of their own [D1]', async () => {
    await using hub = await RawHub.open();
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 500);
    appendCounted(journal, ALERTS, 5);
    await using sink = await openTestSink(hub.port, journal, BATCHES);
    await until(() => expect(sink.status()).toMatchObject({ acknowledgedCount: 505 }));
    expectWhole(hub, 'telemetry', 500);
    expectWhole(hub, 'alerts', 5);
    expect(hub.published.length).toBeLessThan(30);
    expect(new Set(hub.published.map(({ topic }) => topic))).toEqual(
      new Set(['fleet/truck-7/batch/alerts', 'fleet/truck-7/batch/telemetry']),
    );
  });

  it('go by columns in fewer bytes, with the same events [D1]', async () => {
    const carriedBytes: number[] = [];
    for (const codec of ['zstd', 'columns'] as const) {
      await using hub = await RawHub.open();
      const journal = new FakeJournal([ALERTS, TELEMETRY]);
      appendCounted(journal, TELEMETRY, 200);
      await using sink = await openTestSink(hub.port, journal, { ...BATCHES, batch: { ...BATCHES.batch, codec } });
      await until(() => expect(sink.status()).toMatchObject({ acknowledgedCount: 200 }));
      expectWhole(hub, 'telemetry', 200);
      carriedBytes.push(hub.published.reduce((sum, { payload }) => sum + payload.length, 0));
    }
    expect(carriedBytes[1]).toBeLessThan(0.6 * (carriedBytes[0] ?? 0));
  });

  it('are repeated with the same events over a link that is cut, and nothing is missed [D1 D2]', async () => {
    await using hub = await RawHub.open();
    await using proxy = await ChaosProxy.open(hub.port);
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    await using sink = await openTestSink(proxy.port, journal, BATCHES);
    for (let round = 1; round <= 8; round++) {
      const before = sink.status().acknowledgedCount;
      appendCounted(journal, TELEMETRY, 200);
      await until(() => expect(sink.status().acknowledgedCount).toBeGreaterThan(before));
      proxy.isDeaf = round % 3 === 0;
      appendCounted(journal, TELEMETRY, 100);
      const attempts = proxy.connectionCount;
      if (!proxy.isDeaf) proxy.cut(round % 2 === 0 ? 'reset' : 'end');
      await until(() => expect(proxy.connectionCount).toBeGreaterThan(attempts));
      proxy.isDeaf = false;
    }
    await until(() => expect(sink.status().acknowledgedCount).toBe(2400));
    expectWhole(hub, 'telemetry', 2400);
  }, 30_000);

  it('are split where they do not fit compressed, one at a time where the hub takes one [D7]', async () => {
    await using hub = await RawHub.open();
    hub.connack = granting({ receiveMaximum: 1, maximumPacketSize: 10_000 });
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    for (let seed = 1; seed <= 40; seed++)
      journal.stream(TELEMETRY).append(sampleRecord({ payload: noise(2000, seed) }));
    hub.answer = 'keep';
    const window = { ...BATCHES.window, ackTimeoutMs: 10_000 };
    await using sink = await openTestSink(hub.port, journal, { ...BATCHES, window });
    await until(() => {
      hub.release(1);
      expect(sink.status().acknowledgedCount).toBe(40);
    });
    expectWhole(hub, 'telemetry', 40);
    expect(Math.max(...hub.published.map(({ payload }) => payload.length))).toBeLessThan(10_000);
    expect(hub.published.length).toBeGreaterThan(9);
    expect(hub.mostInFlight).toBe(1);
  });

  it('hold no more than 60 kB, unless one event does', async () => {
    await using hub = await RawHub.open();
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    for (const size of [30_000, 25_000, 70_000, 30_000, 20_000]) {
      journal.stream(TELEMETRY).append(sampleRecord({ payload: noise(size, size) }));
    }
    await using sink = await openTestSink(hub.port, journal, {
      ...BATCHES,
      batch: { ...BATCHES.batch, maxBytes: 2 ** 20 },
    });
    await until(() => expect(sink.status().acknowledgedCount).toBe(5));
    const counts = batchesAt(hub).map(({ events }) => events.length);
    expect(counts.every((count, index) => count === 1 || (hub.published[index]?.payload.length ?? 0) <= 60_000)).toBe(
      true,
    );
    expect(Math.max(...hub.published.map(({ payload }) => payload.length))).toBeGreaterThan(70_000);
    expectWhole(hub, 'telemetry', 5);
  });

  it('arrive at a hub that refuses at random [D5]', async () => {
    await using hub = await RawHub.open();
    let count = 0;
    hub.answer = () => (++count % 3 === 1 ? 151 : 0);
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 300);
    await using sink = await openTestSink(hub.port, journal, BATCHES);
    await until(() => expect(sink.status().acknowledgedCount).toBe(300));
    expectWhole(hub, 'telemetry', 300);
  });

  it('need no properties: a hub of 3.1.1 gets the same bytes', async () => {
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 40);
    const payloads: string[][] = [];
    for (const protocol of [5, '3.1.1'] as const) {
      await using hub = await RawHub.open();
      if (protocol !== 5) hub.connack = Buffer.from([0x20, 2, 0, 0]);
      hub.protocolVersion = protocol === 5 ? 5 : 4;
      await using sink = await openTestSink(hub.port, journal, { ...BATCHES, id: `sink-${protocol}`, protocol });
      await until(() => expect(sink.status().acknowledgedCount).toBe(40));
      payloads.push(hub.published.map(({ payload }) => Buffer.from(payload).toString('hex')));
    }
    expect(payloads[1]).toEqual(payloads[0]);
  });
});
