import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '#gateway/sinks/delivery/target.ts';
import { sampleEvent } from '#gateway/sinks/testing/sample-record.ts';
import { composePoint, type Point } from './compose-point.ts';
import { FakeInfluxWriter } from './fake-influx-writer.ts';
import { InfluxdbConnection, MAX_REQUESTS_PER_SEND, type PointPacket } from './influxdb-connection.ts';
import { MAX_SERVER_FAULTS, ServerFaults } from './server-faults.ts';

const EVENT = sampleEvent();
const { stored: SAMPLE } = EVENT;
const FORMAT = { gatewayId: 'truck-7', integers: new Map() };
const NEVER = new AbortController().signal;
const FIRST_MS = SAMPLE.record.stamp.wallMs;

/** Events 1 to `count`, a second apart, some of them without trusted time. */
function packets(count: number, isUntimed = (_sequence: number) => false): readonly PointPacket[] {
  return Array.from({ length: count }, (_, index) => {
    const sequence = index + 1;
    const record = { ...SAMPLE.record, payload: Buffer.from(`{"n":${sequence}}`) };
    const stored = { ...SAMPLE, sequence, record };
    const accepted = { basis: 'own', unixMs: FIRST_MS + index * 1000 } as const;
    const point = isUntimed(sequence) ? undefined : composePoint(FORMAT, { ...EVENT, accepted, stored });
    return { stored, sizeBytes: 1, ...(point === undefined ? {} : { point }) };
  });
}

function open(writer: FakeInfluxWriter, retentionMs?: number) {
  const grant = { maxInFlightSends: 1, maxPacketBytes: 1_000_000, maxEventsPerSend: 5000 };
  return new InfluxdbConnection({ writer, grant, retentionMs, faults: new ServerFaults() });
}

const numberOf = ({ fields }: Point) => Number(fields.get('n'));
const storedNumbers = (writer: FakeInfluxWriter) => [...writer.stored.values()].map(numberOf).sort((a, b) => a - b);
const indexesOf = (outcome: Outcome) =>
  outcome.kind === 'accepted' ? (outcome.rejected ?? []).map(({ index }) => index) : [];

describe('a batch', () => {
  it('that is taken is one request', async () => {
    const writer = new FakeInfluxWriter();
    expect(await open(writer).send(packets(10), NEVER)).toEqual({ kind: 'accepted', count: 10 });
    expect(writer.batchSizes).toEqual([10]);
  });

  it('with a point at fault that is not named is rejected as it stands: the loop halves it [D6]', async () => {
    const writer = new FakeInfluxWriter();
    writer.isBad = (point) => numberOf(point) === 6;
    const outcome = await open(writer).send(packets(8), NEVER);
    const error = expect.objectContaining({ code: 'influxdb.rejectedEvent', message: 'type conflict' });
    expect(outcome).toEqual({ kind: 'rejected', error });
    expect(writer.batchSizes).toEqual([8]);
  });

  it('with points at fault that are named is taken but for those, each with the words of the server [D6]', async () => {
    const writer = new FakeInfluxWriter();
    writer.isNaming = true;
    writer.isBad = (point) => [2, 6].includes(numberOf(point));
    const outcome = await open(writer).send(
      packets(8, (n) => n === 3),
      NEVER,
    );
    const code = (name: string) => expect.objectContaining({ code: name });
    expect(outcome).toEqual({
      kind: 'accepted',
      count: 8,
      rejected: [
        { index: 1, error: expect.objectContaining({ message: 'type conflict' }) },
        { index: 2, error: code('influxdb.timelessEvent') },
        { index: 5, error: code('influxdb.rejectedEvent') },
      ],
    });
    expect(storedNumbers(writer)).toEqual([1, 4, 5, 7, 8]);
  });

  it.each(['retry', 'pause'] as const)(
    'that meets a fault of the server is all to be written again: %s',
    async (kind) => {
      const writer = new FakeInfluxWriter();
      writer.failures.push(kind);
      expect(await open(writer).send(packets(4), NEVER)).toMatchObject({ kind });
      expect(writer.stored.size).toBe(0);
    },
  );

  it('that the server fails at within is tried again a few times, then waits for a person with its words', async () => {
    const writer = new FakeInfluxWriter();
    const connection = open(writer);
    const kinds = [];
    for (let n = 0; n < MAX_SERVER_FAULTS; n++) {
      writer.failures.push('fault');
      kinds.push(await connection.send(packets(1), NEVER));
    }
    expect(kinds.map(({ kind }) => kind)).toEqual(['retry', 'retry', 'retry', 'retry', 'pause']);
    const words = expect.stringContaining('retention policy not found');
    expect(kinds.at(-1)).toMatchObject({ error: { code: 'influxdb.serverFault', message: words } });
    expect(await connection.send(packets(1), NEVER)).toMatchObject({ kind: 'accepted' });
    writer.failures.push('fault');
    expect(await connection.send(packets(1), NEVER)).toMatchObject({ kind: 'retry' });
  });
});

describe('an event without trusted time', () => {
  it('whose time may become known holds those behind it, not those before [S5]', async () => {
    const writer = new FakeInfluxWriter();
    const connection = open(writer);
    const batch = packets(3, (sequence) => sequence === 2).map((packet) => ({ ...packet, mayBeTimed: true }));
    expect(await connection.send(batch, NEVER)).toEqual({ kind: 'accepted', count: 1 });
    const error = expect.objectContaining({ code: 'influxdb.untimedEvent' });
    expect(await connection.send(batch.slice(1), NEVER)).toEqual({ kind: 'hold', error });
    expect(storedNumbers(writer)).toEqual([1]);
  });

  it('whose time nobody will ever know is given up alone, its neighbours go in one request', async () => {
    const writer = new FakeInfluxWriter();
    const outcome = await open(writer).send(
      packets(5, (sequence) => sequence === 3),
      NEVER,
    );
    expect(indexesOf(outcome)).toEqual([2]);
    expect(writer.batchSizes).toEqual([4]);
  });

  it('makes no request when there is no other', async () => {
    const writer = new FakeInfluxWriter();
    const outcome = await open(writer).send(
      packets(2, () => true),
      NEVER,
    );
    expect([indexesOf(outcome), writer.batchSizes]).toEqual([[0, 1], []]);
  });
});

describe('what the database keeps no longer', () => {
  it('is not sent where it is known, by the date of the server [D6]', async () => {
    const writer = new FakeInfluxWriter();
    writer.serverTimeMs = FIRST_MS + 3_600_000 + 2000;
    const outcome = await open(writer, 3_600_000).send(packets(5), NEVER);
    expect(outcome).toMatchObject({
      count: 5,
      rejected: [0, 1].map((index) => ({ index, error: { code: 'influxdb.expiredEvent' } })),
    });
    expect(storedNumbers(writer)).toEqual([3, 4, 5]);
  });

  it('is all sent while the server has said no date: that of this host may be anything', async () => {
    const writer = new FakeInfluxWriter();
    expect(await open(writer, 1000).send(packets(5), NEVER)).toEqual({ kind: 'accepted', count: 5 });
  });

  it('is found by halving, whatever the order, and not asked about again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.nat(), fc.nat(300), async (count, seed, oldCount) => {
        const writer = new FakeInfluxWriter();
        writer.isExpired = (point) => numberOf(point) <= oldCount;
        const connection = open(writer);
        const batch = shuffled(packets(count), seed);
        const outcome = await connection.send(batch, NEVER);
        const old = batch.flatMap(({ stored }, index) => (stored.sequence <= oldCount ? [index] : []));
        expect(indexesOf(outcome)).toEqual(old);
        expect(writer.stored.size).toBe(Math.max(0, count - oldCount));
        expect(writer.batchSizes.length).toBeLessThanOrEqual(MAX_REQUESTS_PER_SEND);
        const { length } = writer.batchSizes;
        expect(indexesOf(await connection.send(batch, NEVER))).toEqual(old);
        expect(writer.batchSizes.length - length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 50 },
    );
  });

  it('does not hide that another point is at fault', async () => {
    const writer = new FakeInfluxWriter();
    writer.isExpired = (point) => numberOf(point) <= 2;
    writer.isBad = (point) => numberOf(point) === 4;
    expect(await open(writer).send(packets(5), NEVER)).toMatchObject({ kind: 'rejected' });
  });

  it('is looked for until a fault of the server: then all is to be written again', async () => {
    const writer = new FakeInfluxWriter();
    writer.isExpired = (point) => numberOf(point) <= 2;
    const write = writer.write.bind(writer);
    writer.write = (points, signal) => {
      if (writer.batchSizes.length === 2) writer.failures.push('retry');
      return write(points, signal);
    };
    expect(await open(writer).send(packets(8), NEVER)).toMatchObject({ kind: 'retry' });
  });
});

it('ends at once: a request on its way is aborted, twice does no harm', async () => {
  const writer = new FakeInfluxWriter();
  const connection = open(writer);
  await connection.send(packets(1), NEVER);
  await connection[Symbol.asyncDispose]();
  await connection[Symbol.asyncDispose]();
  expect(writer.signal?.aborted).toBe(true);
  expect(await connection.closed).toMatchObject({ code: 'influxdb.unavailable' });
});

it('gives a request up when the loop gives the connection up', async () => {
  const writer = new FakeInfluxWriter();
  const abort = new AbortController();
  await open(writer).send(packets(1), abort.signal);
  abort.abort();
  expect(writer.signal?.aborted).toBe(true);
});

/** The same for the same seed. */
function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  let state = seed;
  const keyed = items.map((item) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return { item, key: state };
  });
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
