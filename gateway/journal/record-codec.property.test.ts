import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EventRecord } from '#gateway/model/message.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import { WireWriter } from './wire-writer.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const count = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const microseconds = fc.maxSafeNat().map((us) => Math.min(us, 2 ** 50) / 1000);

/** Any record that admission can make. */
const records: fc.Arbitrary<EventRecord> = fc.record(
  {
    topic: text,
    payload: bytes,
    qos: fc.constantFrom(0, 1, 2),
    isRetained: fc.boolean(),
    isDuplicate: fc.boolean(),
    clientId: text,
    stamp: fc.record({
      wallMs: fc.integer({ min: -(2 ** 51), max: 2 ** 51 }),
      monotonicMs: microseconds,
      clockRun: fc.stringMatching(/^[0-9a-f]{16}$/),
      quality: fc.constantFrom('gnss', 'ntp', 'system', 'none'),
    }),
    packetId: count,
    expirySeconds: count,
    payloadFormat: fc.constantFrom('bytes', 'utf8'),
    contentType: text,
    userProperties: fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 5 }),
    correlationData: bytes,
    responseTopic: text,
    hopCount: count,
    traceParent: text,
    asset: text,
  },
  { requiredKeys: ['topic', 'payload', 'qos', 'isRetained', 'isDuplicate', 'clientId', 'stamp'] },
);

it('decodes what it encodes, however much the buffer had to grow', () => {
  fc.assert(
    fc.property(records, fc.integer({ min: 0, max: 64 }), (record, initialBytes) => {
      const wire = new WireWriter(initialBytes);
      encodeRecord(record, wire);
      expect(decodeRecord(Buffer.from(wire.message()))).toEqual(record);
    }),
  );
});

it('answers any bytes with a record or a reason, never an exception [J12]', () => {
  const noise = fc.oneof(
    bytes,
    fc.tuple(records, fc.nat(), fc.nat(255)).map(([record, place, value]) => {
      const wire = new WireWriter(0);
      encodeRecord(record, wire);
      const altered = Buffer.from(wire.message());
      altered[place % altered.length] = value;
      return altered;
    }),
  );
  fc.assert(
    fc.property(noise, (altered) => {
      const record = decodeRecord(altered);
      expect(typeof (typeof record === 'string' ? record : record.topic)).toBe('string');
    }),
  );
});

it('writes back what it read, unknown fields and all', () => {
  fc.assert(
    fc.property(bytes, (noise) => {
      const record = decodeRecord(noise);
      fc.pre(typeof record !== 'string' && record.stamp.monotonicMs < 2 ** 40);
      if (typeof record === 'string') return;
      const wire = new WireWriter(0);
      encodeRecord(record, wire);
      expect(decodeRecord(Buffer.from(wire.message()))).toEqual(record);
    }),
  );
});
