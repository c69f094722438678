import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { sampleEvent } from '#gateway/sinks/testing/sample-record.ts';
import { composePoint, type Point } from './compose-point.ts';
import { FakeInfluxWriter } from './fake-influx-writer.ts';
import {
  InfluxdbConnection,
  MAX_BATCH_EVENTS,
  MAX_REQUESTS_PER_SEND,
  NO_TIME,
  type PointPacket,
} from './influxdb-connection.ts';

const EVENT = sampleEvent();
const { stored: SAMPLE } = EVENT;

/** Events 1 to `count`, some of them without trusted time. */
function packets(count: number, isUntimed = (_sequence: number) => false): readonly PointPacket[] {
  return Array.from({ length: count }, (_, index) => {
    const sequence = index + 1;
    const record = { ...SAMPLE.record, payload: Buffer.from(`{"n":${sequence}}`) };
    const stored = { ...SAMPLE, sequence, record };
    const point = isUntimed(sequence) ? undefined : composePoint('truck-7', { ...EVENT, stored });
    return { stored, sizeBytes: 1, ...(point === undefined ? {} : { point }) };
  });
}

function open(writer: FakeInfluxWriter, maxEventsPerSend = 64) {
  const logger = new MemoryLogger();
  const grant = { maxInFlightSends: 1, maxPacketBytes: 1_000_000, maxEventsPerSend };
  return { connection: new InfluxdbConnection('truck-7', writer, grant, logger), logger };
}

const numberOf = ({ fields }: Point) => Number(fields.get('n'));
const idOf = (sequence: number) => `"telemetry/${SAMPLE.epoch}/${sequence}"`;

/** Sends until nothing is left, as the delivery loop does; gives the most requests that one send took. */
async function drain(
  connection: InfluxdbConnection,
  writer: FakeInfluxWriter,
  all: readonly PointPacket[],
  size: number,
) {
  let rest = all;
  let most = 0;
  let refusedCount = 0;
  while (rest.length > 0) {
    const before = writer.batchSizes.length;
    const outcome = await connection.send(rest.slice(0, size));
    if (outcome.kind !== 'accepted') throw new Error(`The outcome was ${outcome.kind}.`);
    most = Math.max(most, writer.batchSizes.length - before);
    refusedCount += outcome.refusedCount ?? 0;
    rest = rest.slice(outcome.count ?? size);
  }
  return { most, refusedCount };
}

describe('a batch', () => {
  it('that is taken is one request', async () => {
    const writer = new FakeInfluxWriter();
    expect(await open(writer).connection.send(packets(10))).toEqual({ kind: 'accepted', count: 10 });
    expect(writer.batchSizes).toEqual([10]);
  });

  it('that is refused is narrowed down to the point at fault, which is written as a refusal [D6]', async () => {
    const writer = new FakeInfluxWriter();
    writer.isBad = (point) => numberOf(point) === 6;
    const { connection, logger } = open(writer);
    expect(await drain(connection, writer, packets(8), 8)).toMatchObject({ refusedCount: 1 });
    expect([...writer.stored.values()].map(numberOf).filter((n) => n > 0)).toEqual([1, 2, 3, 4, 5, 7, 8]);
    expect(writer.refusedIds).toEqual([idOf(6)]);
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { reason: 'type conflict', refusalCount: 1 } }]);
  });

  it('after one that was refused is small, and doubles while points are taken', async () => {
    const writer = new FakeInfluxWriter();
    writer.isBad = (point) => numberOf(point) === 1;
    const { connection } = open(writer);
    await drain(connection, writer, packets(64), 64);
    expect(writer.batchSizes).toEqual([64, 32, 16, 8, 4, 2, 1, 1, 1, 2, 4, 8, 16, 32]);
  });

  it('with every point at fault takes two requests a point, and logs ever more rarely', async () => {
    const writer = new FakeInfluxWriter();
    writer.isBad = ({ measurement }) => measurement === 'mqtt.message';
    const { connection, logger } = open(writer);
    expect(await drain(connection, writer, packets(64), 64)).toMatchObject({ refusedCount: 64 });
    expect(writer.refusedIds).toHaveLength(64);
    expect(writer.batchSizes).toHaveLength(2 * 64 + 6);
    expect(logger.lines).toHaveLength(7);
  });

  it('whose oldest points the database keeps no longer is taken, with one note of it', async () => {
    const writer = new FakeInfluxWriter();
    writer.isExpired = (point) => numberOf(point) <= 3;
    const outcome = await open(writer).connection.send(packets(8));
    expect(outcome).toEqual({ kind: 'accepted', count: 8, refusedCount: 1 });
    expect(writer.batchSizes).toEqual([8, 1]);
    const [note] = [...writer.stored.values()].filter(({ measurement }) => measurement === 'gateway.refused');
    expect(note?.fields.get('reason')).toMatch(/^"too old \(among the 8 events up to telemetry\/.*\/8\)"$/);
  });

  it.each(['retry', 'pause'] as const)(
    'that meets a fault of the server is all to be written again: %s',
    async (kind) => {
      const writer = new FakeInfluxWriter();
      writer.failures.push(kind);
      expect(await open(writer).connection.send(packets(4))).toMatchObject({ kind });
      expect(writer.stored.size).toBe(0);
    },
  );
});

describe('a refusal', () => {
  it('counts only once it is written: a fault of the server leaves the event to be written again [J10]', async () => {
    const writer = new FakeInfluxWriter();
    const { connection } = open(writer);
    writer.failures.push('retry');
    expect(await connection.send(packets(1, () => true))).toMatchObject({ kind: 'retry' });
    expect(await connection.send(packets(1, () => true))).toEqual({ kind: 'accepted', count: 1, refusedCount: 1 });
  });

  it('that is refused as well stops the lane with both reasons: never silence', async () => {
    const writer = new FakeInfluxWriter();
    writer.isBad = () => true;
    const outcome = await open(writer).connection.send(packets(2));
    expect(outcome).toMatchObject({ kind: 'rejected', error: { code: 'influxdb.rejectedEvent' } });
    expect(writer.stored.size).toBe(0);
  });

  it('is not given to an event whose time may still become known: the lane waits at it [S5]', async () => {
    const writer = new FakeInfluxWriter();
    const { connection } = open(writer);
    const batch = packets(3, (sequence) => sequence === 2).map((packet) => ({ ...packet, mayBeTimed: true }));
    expect(await connection.send(batch)).toEqual({ kind: 'accepted', count: 1 });
    const outcome = await connection.send(batch.slice(1));
    expect(outcome).toMatchObject({ kind: 'hold', error: { code: 'influxdb.untimedEvent' } });
    expect(writer.refusedIds).toEqual([]);
  });

  it('stands for an event without trusted time, whose neighbours are written as usual', async () => {
    const writer = new FakeInfluxWriter();
    const { connection } = open(writer);
    await drain(
      connection,
      writer,
      packets(5, (sequence) => sequence === 3),
      5,
    );
    expect(writer.batchSizes).toEqual([2, 1, 2]);
    expect(writer.refusedIds).toEqual([idOf(3)]);
    expect(JSON.stringify([...writer.stored.values()].map(({ fields }) => [...fields]))).toContain(NO_TIME);
  });
});

it('ends at once: a request on its way is aborted, twice does no harm', async () => {
  const writer = new FakeInfluxWriter();
  const { connection } = open(writer);
  await connection.send(packets(1));
  await connection[Symbol.asyncDispose]();
  await connection[Symbol.asyncDispose]();
  expect(writer.signal?.aborted).toBe(true);
  expect(await connection.closed).toMatchObject({ code: 'influxdb.unavailable' });
});

it('writes every good point and a refusal for every bad one, in a bounded number of requests a send [D6]', async () => {
  const sequences = fc.uniqueArray(fc.integer({ min: 1, max: 200 }));
  await fc.assert(
    fc.asyncProperty(sequences, sequences, fc.integer({ min: 1, max: 64 }), async (bad, untimed, size) => {
      const writer = new FakeInfluxWriter();
      writer.isBad = (point) => bad.includes(numberOf(point));
      const { connection } = open(writer, size);
      const { most } = await drain(
        connection,
        writer,
        packets(200, (n) => untimed.includes(n)),
        size,
      );
      const wrong = new Set([...bad, ...untimed]);
      expect(new Set(writer.refusedIds)).toEqual(new Set([...wrong].map(idOf)));
      expect(writer.stored.size).toBe(200);
      expect(most).toBeLessThanOrEqual(MAX_REQUESTS_PER_SEND);
    }),
    { numRuns: 100 },
  );
});

it('ends a send in bounded time: what its requests did not reach is for the next one', async () => {
  const writer = new FakeInfluxWriter();
  writer.isBad = ({ measurement }) => measurement === 'mqtt.message';
  const outcome = await open(writer, MAX_BATCH_EVENTS).connection.send(packets(MAX_BATCH_EVENTS));
  expect(outcome).toMatchObject({ kind: 'accepted', count: expect.any(Number) });
  expect(writer.batchSizes.length).toBeLessThanOrEqual(MAX_REQUESTS_PER_SEND);
  expect(writer.refusedIds.length).toBe(outcome.kind === 'accepted' ? outcome.count : 0);
});

it('keeps what was written when a fault follows: no refusal is written twice', async () => {
  const writer = new FakeInfluxWriter();
  writer.isBad = (point) => numberOf(point) === 1;
  const { connection } = open(writer, 4);
  const write = writer.write.bind(writer);
  writer.write = (points, signal) => {
    if (writer.batchSizes.length === 5) writer.failures.push('retry');
    return write(points, signal);
  };
  expect(await connection.send(packets(4))).toEqual({ kind: 'accepted', count: 2, refusedCount: 1 });
  expect(writer.batchSizes).toEqual([4, 2, 1, 1, 1, 2]);
  expect(await connection.send(packets(4).slice(2))).toEqual({ kind: 'accepted', count: 2 });
  expect(writer.refusedIds).toEqual([idOf(1)]);
});
