import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Epoch, EventRecord, StreamId } from '#gateway/model/message.ts';
import type { OutgoingEvent } from '#gateway/sinks/delivery/target.ts';
import { sampleRecord } from '#gateway/sinks/testing/sample-record.ts';
import type { Batch } from './batch.ts';
import { composePart } from './compose-part.ts';
import { packBatches } from './pack-batches.ts';
import { unpackBatch } from './unpack-batch.ts';

/** Each packs up to a dozen events several times over. */
const FEW = { numRuns: 50 } as const;
const FORMAT = { prefix: 'fleet', gatewayId: 'truck-7', gatewayUid: 'uid-1', protocol: 5 } as const;
const codecs = fc.constantFrom('zstd', 'columns');

const payloads = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.json().map((text) => Buffer.from(text)),
  fc.json().map((text) => Buffer.from(` ${text}\n`)),
  fc
    .constantFrom('1.50', '-0', '1e400', '{"a":1,"a":2}', '{"__proto__":1}', '"\\ud800"', ' ', '')
    .map((text) => Buffer.from(text)),
  fc
    .tuple(fc.integer({ min: -200, max: 200 }), fc.constantFrom('', '.5', '.50', 'e1', '.125'))
    .map(([value, end]) => Buffer.from(`{"value":${value}${end},"label":"${value % 3}"}`)),
  fc.integer({ min: 0, max: 300 }).map((depth) => Buffer.from('['.repeat(depth) + ']'.repeat(depth))),
  fc
    .record({ type: fc.string(), time: fc.constantFrom('2026-11-20T15:04:05.200Z', 'soon'), data: fc.jsonValue() })
    .map((value) => Buffer.from(JSON.stringify(value))),
);

const records: fc.Arbitrary<Partial<EventRecord>> = fc.record(
  {
    topic: fc.oneof(fc.constantFrom('devices/gps0/position', 'sensors/tyre/€'), fc.string({ unit: 'binary' })),
    payload: payloads,
    contentType: fc.constantFrom('application/json', 'text/plain; charset="x"', 'a\u0000b', ''),
  },
  { requiredKeys: ['topic', 'payload'] },
);

/** Events of a lane, in the order of sending: filters leave holes, records are lost, epochs end, and runs change. */
const lanes: fc.Arbitrary<readonly OutgoingEvent[]> = fc
  .array(
    fc.record({
      record: records,
      gap: fc.integer({ min: 0, max: 3 }),
      lostCount: fc.constantFrom(0, 0, 0, 1, 5),
      isNewEpoch: fc.constantFrom(false, false, false, true),
      isReplayed: fc.constantFrom(false, false, true),
      isHead: fc.constantFrom(false, false, false, true),
      basis: fc.constantFrom('own', 'repaired', 'bounded'),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((steps) => {
    let [before, epochCount] = [0, 0];
    return steps.map(({ record, gap, lostCount, isNewEpoch, isReplayed, isHead, basis }): OutgoingEvent => {
      if (isNewEpoch) epochCount += 1;
      const first = before + 1 + gap;
      const sequence = first + Math.max(0, lostCount - 1);
      const prev = isHead ? 0 : before;
      before = sequence;
      const loss = lostCount === 0 ? {} : { firstLost: first };
      // Brands are only types: these are a slug and 16 hex digits.
      const [stream, epoch] = ['telemetry' as StreamId, String(epochCount).padStart(16, '0') as Epoch];
      const stored = { stream, epoch, sequence, ...loss, record: sampleRecord(record) };
      const accepted =
        basis === 'bounded' ? ({ basis, latestMs: 1e12 } as const) : ({ basis, unixMs: 1.7e12 } as const);
      return { stored, prev, isReplayed, accepted };
    });
  });

function readBatchOf(payload: Uint8Array): Batch {
  const batch = unpackBatch(payload);
  if (!batch.isDecoded) throw new Error(batch.reason);
  return batch.value;
}

it('gives back every event that was packed, byte for byte, however small the packets [D2]', () => {
  fc.assert(
    fc.property(lanes, codecs, fc.constantFrom(1, 300, 60_000), (events, codec, maxPacketBytes) => {
      const batches = packBatches({ ...FORMAT, codec }, events.map(composePart), maxPacketBytes).map(({ packet }) =>
        readBatchOf(packet.payload),
      );
      const got = batches.flatMap(({ stream, epoch, isReplayed, events: read }) =>
        read.map(({ sequence, firstLost, topic, payload }) => {
          return {
            stream,
            epoch,
            isReplayed,
            sequence,
            firstLost,
            topic,
            payload: Buffer.from(payload).toString('hex'),
          };
        }),
      );
      const sent = events.map(({ stored: { stream, epoch, sequence, firstLost, record }, isReplayed }) => {
        const payload = Buffer.from(record.payload).toString('hex');
        return { stream, epoch, isReplayed, sequence, firstLost, topic: record.topic, payload };
      });
      expect(got).toEqual(sent);
    }),
    FEW,
  );
});

it('covers every sequence once, from where the batch before it ended', () => {
  fc.assert(
    fc.property(lanes, codecs, fc.constantFrom(1, 300, 60_000), (events, codec, maxPacketBytes) => {
      const heads = new Map(events.map(({ stored, prev }) => [stored.firstLost ?? stored.sequence, prev]));
      for (const { packet } of packBatches({ ...FORMAT, codec }, events.map(composePart), maxPacketBytes)) {
        const { from, to, opensChain, events: read } = readBatchOf(packet.payload);
        const first = read[0]?.firstLost ?? read[0]?.sequence ?? 0;
        const prev = heads.get(first);
        expect(opensChain).toBe(prev === 0);
        expect(from).toBe(opensChain ? first : (prev ?? 0) + 1);
        expect(to).toBe(read.at(-1)?.sequence);
      }
    }),
    FEW,
  );
});

it('packs the same events to the same bytes [D2]', () => {
  fc.assert(
    fc.property(lanes, codecs, (events, codec) => {
      const pack = (some: readonly OutgoingEvent[]) => packBatches({ ...FORMAT, codec }, some.map(composePart), 60_000);
      const bytes = (some: readonly OutgoingEvent[]) => pack(some).map(({ packet }) => packet.payload.toString('hex'));
      expect(bytes(structuredClone(events))).toEqual(bytes(events));
    }),
    FEW,
  );
});

it('never exceeds what a packet may hold, unless by a single event', () => {
  fc.assert(
    fc.property(lanes, codecs, fc.integer({ min: 200, max: 900 }), (events, codec, maxPacketBytes) => {
      for (const { packet, parts } of packBatches({ ...FORMAT, codec }, events.map(composePart), maxPacketBytes)) {
        if (parts.length > 1) expect(packet.sizeBytes).toBeLessThanOrEqual(maxPacketBytes);
      }
    }),
  );
});

it('never throws on any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(unpackBatch(bytes)).toMatchObject({ isDecoded: false });
    }),
  );
});
