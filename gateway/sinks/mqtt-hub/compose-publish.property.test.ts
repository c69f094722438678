import fc from 'fast-check';
import { generate } from 'mqtt-packet';
import { expect, it } from 'vitest';
import type { EventRecord } from '#gateway/model/message.ts';
import { sampleEvent } from '#gateway/sinks/testing/sample-record.ts';
import { composePublish, type PublishFormat, type PublishPacket } from './compose-publish.ts';

const formats: fc.Arbitrary<PublishFormat> = fc
  .constantFrom(
    { protocol: 5, envelope: 'properties' } as const,
    { protocol: 5, envelope: 'structured' } as const,
    { protocol: 5, envelope: 'none' } as const,
    { protocol: '3.1.1', envelope: 'structured' } as const,
    { protocol: '3.1.1', envelope: 'none' } as const,
  )
  .map((choice) => ({ prefix: 'fleet', gatewayId: 'truck-7', gatewayUid: 'uid-1', ...choice }));

const payloads = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.json().map((text) => Buffer.from(text)),
  fc
    .record({ type: fc.string(), time: fc.string(), data: fc.jsonValue() })
    .map((value) => Buffer.from(JSON.stringify(value))),
  fc.integer({ min: 16_000, max: 17_000 }).map((size) => Buffer.alloc(size)),
);

/** Any record, sane or not: what is stored came from outside. */
const fields: fc.Arbitrary<Partial<EventRecord>> = fc
  .record(
    {
      topic: fc.constantFrom('devices/gps0/position', 'events/trip.started', 'sensors/tyre/€', 'other'),
      payload: payloads,
      contentType: fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.constant('application/json')), {
        nil: undefined,
      }),
      stamp: fc.record({
        wallMs: fc.double(),
        monotonicMs: fc.double(),
        clockRun: fc.constant('00000000000000cc'),
        quality: fc.constantFrom('gnss', 'ntp', 'system', 'none'),
      }),
    },
    { requiredKeys: [] },
  )
  .map(({ contentType, ...rest }) => (contentType === undefined ? rest : { ...rest, contentType }));

function encode(format: PublishFormat, { topic, payload, properties = {} }: PublishPacket): Buffer {
  const { userProperties, ...others } = properties;
  const v5 = { ...others, ...(userProperties === undefined ? {} : { userProperties: { ...userProperties } }) };
  return generate(
    { cmd: 'publish', topic, payload, qos: 1, dup: false, retain: false, messageId: 1, properties: v5 },
    { protocolVersion: format.protocol === 5 ? 5 : 4 },
  );
}

it('knows the size of the packet that MQTT.js will write [D7]', () => {
  fc.assert(
    fc.property(formats, fields, (format, record) => {
      const packet = composePublish(format, sampleEvent(record));
      expect(packet.sizeBytes).toBe(encode(format, packet).length);
    }),
  );
});

it('composes any record, twice to the same bytes, and never throws [D2]', () => {
  fc.assert(
    fc.property(formats, fields, (format, record) => {
      const first = composePublish(format, sampleEvent(record));
      const again = composePublish(format, structuredClone(sampleEvent(record)));
      expect(encode(format, again).equals(encode(format, first))).toBe(true);
    }),
  );
});

it('makes structured envelopes that any JSON parser reads, with the payload inside unchanged', () => {
  fc.assert(
    fc.property(fields, (record) => {
      const format = { prefix: 'p', gatewayId: 'g', gatewayUid: 'u', protocol: 5, envelope: 'structured' } as const;
      const event = sampleEvent(record);
      const text = composePublish(format, event).payload.toString();
      const envelope = JSON.parse(text);
      const payload = Buffer.from(event.stored.record.payload);
      if ('data_base64' in envelope) expect(Buffer.from(envelope.data_base64, 'base64').equals(payload)).toBe(true);
      else expect(text.endsWith(`"data":${payload}}`)).toBe(true);
    }),
  );
});
