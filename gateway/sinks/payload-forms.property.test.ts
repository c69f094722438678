import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EventRecord } from '#gateway/model/message.ts';
import type { OutgoingEvent } from './delivery/target.ts';
import { composeLine } from './file/compose-line.ts';
import { isPlainJson } from './is-plain-json.ts';
import { composePart } from './mqtt-hub/batch/compose-part.ts';
import { memberExtents } from './mqtt-hub/batch/json-extents.ts';
import { packBatches } from './mqtt-hub/batch/pack-batches.ts';
import { unpackBatch } from './mqtt-hub/batch/unpack-batch.ts';
import { composePublish, type PublishFormat } from './mqtt-hub/compose-publish.ts';
import { sampleEvent } from './testing/sample-record.ts';
import { composeEvent } from './webhook/compose-event.ts';

const FORMAT = { prefix: 'fleet', gatewayId: 'truck-7', gatewayUid: 'uid-1', protocol: 5 } as const;
const STRUCTURED: PublishFormat = { ...FORMAT, envelope: 'structured' };

const payloads = fc.oneof(
  fc.json().map((text) => Buffer.from(text)),
  fc.jsonValue({ maxDepth: 3 }).map((value) => Buffer.from(JSON.stringify(value, undefined, 2))),
  fc.tuple(fc.json(), fc.constantFrom('\n', ' ', '}', ',')).map(([text, end]) => Buffer.from(text + end)),
  fc
    .constantFrom(
      ...['1.0', '1e400', '-0', '12345678901234567890', '{"a":1,"a":2}', '{"__proto__":1.50}', '"\\ud800\\/\\u0041"'],
      ...['{"data":1,"data_base64":"AA=="}', '"\u2028\u007f"', '[\r1]', '[\n1]', '{ "a" :\t1 }', '\ufeff1', 'ON', ''],
    )
    .map((text) => Buffer.from(text)),
  fc.integer({ min: 60, max: 70 }).map((depth) => Buffer.from('['.repeat(depth) + ']'.repeat(depth))),
  fc.uint8Array({ maxLength: 50 }),
);

const events: fc.Arbitrary<OutgoingEvent> = fc
  .record(
    {
      topic: fc.constantFrom('devices/gps0/position', 'sensors/tyre/€', ',"data":', 'alerts/x'),
      payload: payloads,
      contentType: fc.constantFrom('application/json', 'application/senml+json', 'text/plain', ''),
    },
    { requiredKeys: ['topic', 'payload'] },
  )
  .map((record: Partial<EventRecord>) => sampleEvent(record));

/** What a receiver cuts out of the JSON of an event, or decodes from it. */
function payloadOf(json: Buffer): string {
  // Whatever the payload, parsers must take what is around it.
  const event = JSON.parse(json.toString());
  if (typeof event.data_base64 === 'string') return Buffer.from(event.data_base64, 'base64').toString('hex');
  const extent = memberExtents(json, 0).at(-1)?.value;
  return json.subarray(extent?.start, extent?.end).toString('hex');
}

function batchOf(event: OutgoingEvent, codec: 'zstd' | 'columns'): Uint8Array {
  const { stored } = event;
  const next = { ...event, stored: { ...stored, sequence: stored.sequence + 1 }, prev: stored.sequence };
  const [packed] = packBatches({ ...FORMAT, codec }, [composePart(event), composePart(next)], 60_000);
  return packed?.packet.payload ?? new Uint8Array();
}

/** Each form, and the payload as its receiver has it. */
const FORMS: Readonly<Record<string, (event: OutgoingEvent) => string | undefined>> = {
  'a structured event': (event) => payloadOf(composePublish(STRUCTURED, event).payload),
  'a web hook': (event) => payloadOf(composeEvent('uid-1', event).event),
  'a line of a file': (event) => {
    const { line } = composeLine('uid-1', event);
    expect([line.indexOf('\n'), line.indexOf('\r')]).toEqual([line.length - 1, -1]);
    return payloadOf(line);
  },
  'a batch': (event) => unpackedFrom(batchOf(event, 'zstd')),
  'a batch by columns': (event) => unpackedFrom(batchOf(event, 'columns')),
};

function unpackedFrom(bytes: Uint8Array): string | undefined {
  const batch = unpackBatch(bytes);
  const payload = batch.isDecoded ? batch.value.events[0]?.payload : undefined;
  return payload && Buffer.from(payload).toString('hex');
}

it.each(Object.entries(FORMS))('%s gives the payload back byte for byte [D2]', (_, read) => {
  fc.assert(
    fc.property(events, (event) => {
      expect(read(event)).toBe(Buffer.from(event.stored.record.payload).toString('hex'));
    }),
  );
});

it('one rule says in every form what stands as JSON, unless its publisher calls it something else', () => {
  fc.assert(
    fc.property(events, (event) => {
      const { payload, contentType = '' } = event.stored.record;
      const isJson = isPlainJson(payload);
      const isCalledOther = contentType === 'text/plain';
      expect('payload' in JSON.parse(composePart(event).json.toString())).toBe(isJson);
      for (const json of [composePublish(STRUCTURED, event).payload, composeEvent('uid-1', event).event]) {
        expect('data' in JSON.parse(json.toString())).toBe(isJson && !isCalledOther);
      }
    }),
  );
});
