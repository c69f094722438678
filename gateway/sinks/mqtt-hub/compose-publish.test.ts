import { describe, expect, it } from 'vitest';
import type { EventRecord } from '#gateway/model/message.ts';
import { withLosses } from '#gateway/sinks/delivery/with-losses.ts';
import { sampleEvent } from '#gateway/sinks/testing/sample-record.ts';
import { composePublish, type PublishFormat } from './compose-publish.ts';

const PROPERTIES: PublishFormat = {
  prefix: 'fleet',
  gatewayId: 'truck-7',
  gatewayUid: 'uid-1',
  protocol: 5,
  envelope: 'properties',
};
const STRUCTURED: PublishFormat = { ...PROPERTIES, protocol: '3.1.1', envelope: 'structured' };

const POSITION = {
  topic: 'devices/gps0/position',
  payload: Buffer.from(
    '{"type":"gnss.position","version":1, "time":"2026-11-20T15:04:05.100Z","data":{"latitude":48.10}}',
  ),
};

function structured(fields: Partial<EventRecord>): string {
  return composePublish(STRUCTURED, sampleEvent(fields)).payload.toString();
}

describe('envelope: properties', () => {
  it('sends the payload untouched and the attributes as user properties [CloudEvents MQTT binding 3.1]', () => {
    expect(composePublish(PROPERTIES, sampleEvent(POSITION))).toEqual({
      topic: 'fleet/truck-7/devices/gps0/position',
      payload: POSITION.payload,
      properties: {
        contentType: 'application/json',
        userProperties: {
          specversion: '1.0',
          id: 'telemetry/00000000000000aa/7',
          source: '/gateways/uid-1',
          type: 'gnss.position',
          time: '2026-11-20T15:04:05.100Z',
          prev: '5',
        },
      },
      sizeBytes: expect.any(Number),
    });
  });

  it('says `none` for the first event of a lane', () => {
    const packet = composePublish(PROPERTIES, { ...sampleEvent(), prev: 0 });
    expect(packet.properties?.userProperties).toMatchObject({ prev: 'none' });
  });

  it('names a loss by its range, the same whenever it is read [D2 D9]', () => {
    const { stored } = sampleEvent();
    const lost = [{ from: 5, to: 6, epoch: stored.epoch, reason: 'quota' }] as const;
    const [loss = stored] = withLosses(stored.stream, { records: [stored], lost }, stored.record.stamp);
    const packet = composePublish(PROPERTIES, { ...sampleEvent(), stored: loss, prev: 4 });
    expect(packet).toMatchObject({
      topic: 'fleet/truck-7/events/gateway.lost',
      properties: {
        contentType: 'application/json',
        userProperties: { id: 'telemetry/00000000000000aa/5-6', type: 'gateway.lost', prev: '4' },
      },
    });
  });

  it.each([
    [
      'was repaired',
      { basis: 'repaired', unixMs: Date.UTC(2026, 10, 21, 12) },
      { time: '2026-11-21T12:00:00.000Z', timebasis: 'repaired' },
    ],
    [
      'will never be known, and between what it was',
      { basis: 'bounded', earliestMs: Date.UTC(2026, 10, 21), latestMs: Date.UTC(2026, 10, 22) },
      { timebasis: 'bounded', timeearliest: '2026-11-21T00:00:00.000Z', timelatest: '2026-11-22T00:00:00.000Z' },
    ],
    ['is not known yet', { basis: 'unknown' }, { timebasis: 'unknown' }],
  ] as const)('says that the time %s, and leaves the payload alone [S5 D2]', (_, accepted, attributes) => {
    const event = { ...sampleEvent(), accepted };
    const packet = composePublish(PROPERTIES, event);
    const names = Object.entries(packet.properties?.userProperties ?? {}).filter(([name]) => name.startsWith('time'));
    expect(Object.fromEntries(names)).toEqual(attributes);
    expect(packet.payload).toEqual(Buffer.from(event.stored.record.payload));
    const envelope = JSON.parse(composePublish(STRUCTURED, event).payload.toString());
    expect(envelope).toMatchObject(attributes);
    expect('time' in envelope).toBe('time' in attributes);
  });

  it('says nothing more of a time that the event states itself', () => {
    const packet = composePublish(PROPERTIES, { ...sampleEvent(POSITION), accepted: { basis: 'unknown' } });
    expect(packet.properties?.userProperties).toMatchObject({ time: '2026-11-20T15:04:05.100Z' });
    expect(packet.properties?.userProperties).not.toHaveProperty('timebasis');
  });

  it('takes type and time from what is known of an opaque payload', () => {
    const packet = composePublish(PROPERTIES, sampleEvent());
    expect(packet.properties).toEqual({
      userProperties: expect.objectContaining({ type: 'mqtt.message', time: '2026-11-20T15:04:05.200Z' }),
    });
  });

  it('states no content type for JSON whose publisher states none', () => {
    const packet = composePublish(PROPERTIES, sampleEvent({ payload: Buffer.from('{"bar":2.4}') }));
    expect(packet.properties).not.toHaveProperty('contentType');
  });

  it('states no time that nothing vouches for [S5]', () => {
    const stamp = { ...sampleEvent().stored.record.stamp, quality: 'none' } as const;
    const packet = composePublish(PROPERTIES, sampleEvent({ stamp }));
    expect(packet.properties?.userProperties).not.toHaveProperty('time');
  });
});

describe('envelope: structured', () => {
  it('carries JSON of ours byte for byte, in a fixed key order [CloudEvents JSON format 3]', () => {
    expect(structured(POSITION)).toBe(
      '{"specversion":"1.0","id":"telemetry/00000000000000aa/7","source":"/gateways/uid-1","type":"gnss.position",' +
        '"time":"2026-11-20T15:04:05.100Z","datacontenttype":"application/json","subject":"devices/gps0/position",' +
        `"prev":"5","data":${POSITION.payload}}`,
    );
  });

  it('carries anything else as base64', () => {
    expect(JSON.parse(structured({ payload: Buffer.from([0, 255, 10]) }))).toEqual({
      specversion: '1.0',
      id: 'telemetry/00000000000000aa/7',
      source: '/gateways/uid-1',
      type: 'mqtt.message',
      time: '2026-11-20T15:04:05.200Z',
      datacontenttype: 'application/octet-stream',
      subject: 'sensors/tyre/1',
      prev: '5',
      data_base64: 'AP8K',
    });
  });

  it.each<[string, Partial<EventRecord>, string]>([
    ['JSON that says so', { payload: Buffer.from('{"a":1}'), contentType: 'application/json' }, '"data":{"a":1}}'],
    [
      'JSON with parameters',
      { payload: Buffer.from('1.50'), contentType: 'Application/JSON; charset=utf-8' },
      '"data":1.50}',
    ],
    ['JSON of another vocabulary', { payload: Buffer.from('[]'), contentType: 'application/senml+json' }, '"data":[]}'],
    ['JSON of a sensor that does not say so', { payload: Buffer.from('{"a":1.0}') }, '"data":{"a":1.0}}'],
    ['a number of a sensor', { payload: Buffer.from('1e400') }, '"data":1e400}'],
    ['JSON over several lines', { payload: Buffer.from('[\n1]') }, '"data":[\n1]}'],
    ['JSON of any media type that ends so', { payload: Buffer.from('1'), contentType: 'text/json ; q=1' }, '"data":1}'],
    ['JSON that says it is text', { payload: Buffer.from('2.4'), contentType: 'text/plain' }, '"data_base64":"Mi40"}'],
    [
      'JSON of ours that says it is text',
      { ...POSITION, payload: Buffer.from('{}'), contentType: 'text/plain' },
      '"data_base64":"e30="}',
    ],
    [
      'JSON that says it is bytes',
      { payload: Buffer.from('{}'), contentType: 'application/octet-stream' },
      '"data_base64":"e30="}',
    ],
    ['white space behind it', { payload: Buffer.from('{}\n') }, '"data_base64":"e30K"}'],
    [
      'text that claims to be JSON',
      { payload: Buffer.from('{'), contentType: 'application/json' },
      '"data_base64":"ew=="}',
    ],
    ['text on a topic of ours', { ...POSITION, payload: Buffer.from('no fix') }, '"data_base64":"bm8gZml4"}'],
    ['two JSON values', { ...POSITION, payload: Buffer.from('{}{}') }, '"data_base64":"e317fQ=="}'],
    ['a byte order mark', { ...POSITION, payload: Buffer.from('\ufeff1') }, '"data_base64":"77u/MQ=="}'],
    ['JSON in broken UTF-8', { ...POSITION, payload: Buffer.from([0x22, 0xc3, 0x22]) }, '"data_base64":"IsMi"}'],
    ['nothing', { ...POSITION, payload: Buffer.alloc(0) }, '"data_base64":""}'],
  ])('puts %s where it belongs', (_, fields, ending) => {
    const text = structured(fields);
    expect(text.endsWith(ending)).toBe(true);
    expect(JSON.parse(text)).toMatchObject({ specversion: '1.0' });
  });

  it.each<[string, Partial<EventRecord>, string]>([
    ['JSON of a sensor', { payload: Buffer.from('2.4') }, 'application/json'],
    [
      'JSON that says more',
      { payload: Buffer.from('[]'), contentType: 'application/senml+json' },
      'application/senml+json',
    ],
    ['JSON that says it is text', { payload: Buffer.from('2.4'), contentType: 'text/plain' }, 'text/plain'],
    ['what is no JSON', { payload: Buffer.from('ON') }, 'application/octet-stream'],
    ['JSON that says something unprintable', { payload: Buffer.from('1'), contentType: 'a\0b' }, 'application/json'],
  ])('names the content type of %s', (_, fields, datacontenttype) => {
    expect(JSON.parse(structured(fields))).toMatchObject({ datacontenttype, type: 'mqtt.message' });
  });

  it.each([
    ['a type that is no word', '{"type":"a b"}', { type: 'mqtt.message' }],
    ['a type of another kind', '{"type":7}', { type: 'mqtt.message' }],
    ['a type without end', `{"type":"${'x'.repeat(200)}"}`, { type: 'mqtt.message' }],
    ['a time that is none', '{"type":"t","time":"yesterday"}', { type: 't', time: '2026-11-20T15:04:05.200Z' }],
    ['no object', '"text"', { type: 'mqtt.message' }],
    ['null', 'null', { type: 'mqtt.message' }],
  ])('does not copy %s into the attributes', (_, payload, attributes) => {
    expect(JSON.parse(structured({ ...POSITION, payload: Buffer.from(payload) }))).toMatchObject(attributes);
  });

  it('names its content type on MQTT 5, and has no properties on 3.1.1', () => {
    const packet = composePublish({ ...STRUCTURED, protocol: 5 }, sampleEvent());
    expect(packet.properties).toEqual({ contentType: 'application/cloudevents+json; charset=utf-8' });
    expect(composePublish(STRUCTURED, sampleEvent())).not.toHaveProperty('properties');
  });
});

it('sends the bare payload with envelope: none', () => {
  const packet = composePublish({ ...PROPERTIES, envelope: 'none' }, sampleEvent(POSITION));
  expect(packet).toMatchObject({ payload: POSITION.payload, properties: {} });
});
