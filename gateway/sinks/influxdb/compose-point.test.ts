import { describe, expect, it } from 'vitest';
import type { EventRecord } from '#gateway/model/message.ts';
import { withLosses } from '#gateway/sinks/delivery/with-losses.ts';
import { sampleEvent } from '#gateway/sinks/testing/sample-record.ts';
import { composePoint, type Point, type PointFormat, pointBytes } from './compose-point.ts';
import { MAX_DEPTH, MAX_FIELD_BYTES, MAX_FIELDS, MAX_NAME_CHARS } from './flatten-json.ts';
import { MAX_TAG_CHARS } from './line-text.ts';

const ACCEPTED_US = Date.UTC(2026, 10, 20, 15, 4, 5, 200) * 1000;

const FORMAT: PointFormat = { gatewayId: 'truck-7', integers: new Map() };

function compose(fields: Partial<EventRecord>): Point | undefined {
  return composePoint(FORMAT, sampleEvent(fields));
}

/** The fields of an opaque payload. */
function fieldsOf(payload: string | Uint8Array): object {
  return Object.fromEntries(compose({ payload: Buffer.from(payload) })?.fields ?? []);
}

function event(topic: string, payload: object): Partial<EventRecord> {
  return { topic, payload: Buffer.from(JSON.stringify(payload)) };
}

it('does not say who published where that would make series without end', () => {
  const { tags } = composePoint({ ...FORMAT, clientTag: false }, sampleEvent({ topic: 'sensors/x' })) ?? {};
  expect(tags).toEqual({ gateway: 'truck-7', topic: 'sensors/x' });
  expect(compose({ topic: 'sensors/x', clientId: 'mosq-1' })?.tags).toMatchObject({ client: 'mosq-1' });
});

describe('an event of ours', () => {
  it('becomes a point of its type, with the origin as tags, the data as fields, and its own time', () => {
    const data = { latitude: 48.137154, speedKmh: 48, fix: '3d', isMoving: true, altitude: null };
    const time = '2026-11-20T15:04:05.213Z';
    expect(compose(event('devices/gps0/position', { type: 'gnss.position', time, data }))).toEqual({
      measurement: 'gnss.position',
      tags: { gateway: 'truck-7', device: 'gps0' },
      fields: new Map([
        ['latitude', '48.137154'],
        ['speedKmh', '48'],
        ['fix', '"3d"'],
        ['isMoving', 'true'],
      ]),
      timeUs: Date.parse(time) * 1000 + 7,
    });
  });

  it('of a receiver has no columns for places in a list', () => {
    const satellites = [{ system: 'gps', id: 7, signalDbHz: 41, used: true }];
    const sky = { satellitesVisible: 12, satellitesUsed: 9, meanSignalDbHz: 38.5, satellites };
    const point = compose(event('devices/gps0/sky', { type: 'gnss.sky', data: sky }));
    expect([...(point?.fields.keys() ?? [])]).toEqual(['satellitesVisible', 'satellitesUsed', 'meanSignalDbHz']);
    const position = { valid: false, reasons: ['hdop', 'jump'], latitude: 48 };
    expect(compose(event('devices/gps0/position', { type: 'gnss.position', data: position }))?.fields).toEqual(
      new Map([
        ['valid', 'false'],
        ['reasons', '"hdop,jump"'],
        ['latitude', '48'],
      ]),
    );
  });

  it('that stands for a loss is a point at the end of the gap [D9]', () => {
    const { stored, ...rest } = sampleEvent();
    const lost = [{ from: 5, to: 6, epoch: stored.epoch, reason: 'quota' }] as const;
    const [loss = stored] = withLosses(stored.stream, { records: [stored], lost }, stored.record.stamp);
    expect(composePoint(FORMAT, { ...rest, stored: loss })).toEqual({
      measurement: 'gateway.lost',
      tags: { gateway: 'truck-7', client: '@journal' },
      fields: new Map([
        ['stream', '"telemetry"'],
        ['epoch', '"00000000000000aa"'],
        ['from', '5'],
        ['to', '6'],
        ['reason', '"quota"'],
      ]),
      timeUs: ACCEPTED_US + 6,
    });
  });

  it('of a CAN bus has the message as a tag and the signals flattened', () => {
    const signals = { EngineSpeed: { value: 1450.5, unit: 'rpm' }, Gear: { value: 2, label: 'second' } };
    const point = compose(event('devices/can0/EEC1', { type: 'can.message', data: { message: 'EEC1', signals } }));
    expect(point?.tags).toEqual({ gateway: 'truck-7', device: 'can0', message: 'EEC1' });
    expect(Object.fromEntries(point?.fields ?? [])).toEqual({
      'signals.EngineSpeed.value': '1450.5',
      'signals.EngineSpeed.unit': '"rpm"',
      'signals.Gear.value': '2',
      'signals.Gear.label': '"second"',
    });
  });

  it('that calls itself as InfluxDB calls its own stays out of that measurement', () => {
    expect(compose(event('events/odd', { type: '_internal', data: { a: 1 } }))?.measurement).toBe('mqtt.message');
  });

  it('of a rule has the client that published it', () => {
    const point = compose(event('alerts/overspeed', { type: 'alert.overspeed', data: { limitKmh: 80 } }));
    expect(point).toMatchObject({ measurement: 'alert.overspeed', tags: { gateway: 'truck-7', client: 'tyre' } });
  });

  it('keeps its payload as text when it has no data to flatten', () => {
    const point = compose(event('events/started', { type: 'trip.started', data: {} }));
    expect(Object.fromEntries(point?.fields ?? [])).toEqual({
      payload: '"{\\"type\\":\\"trip.started\\",\\"data\\":{}}"',
    });
  });
});

describe('the time of a point', () => {
  it.each([
    ['its own', '2026-11-20T15:04:05.200Z'],
    ['that of its acceptance when it states none', undefined],
    ['that of its acceptance when its own is nonsense', 'yesterday'],
    ['that of its acceptance when its own is none that InfluxDB holds', '9999-01-01T00:00:00Z'],
  ])('is %s, with the sequence as microseconds', (_, time) => {
    expect(compose(event('events/e', { type: 'e', time, data: { a: 1 } }))?.timeUs).toBe(ACCEPTED_US + 7);
  });

  it('differs for the next events of the same series in the same millisecond, and not for the same event [D2]', () => {
    const event = sampleEvent();
    const nth = (sequence: number) => ({ ...event, stored: { ...event.stored, sequence } });
    const times = Array.from({ length: 1000 }, (_, sequence) => composePoint(FORMAT, nth(sequence))?.timeUs);
    expect(new Set(times).size).toBe(1000);
    expect(composePoint(FORMAT, event)).toEqual(composePoint(FORMAT, event));
  });

  it('is the repaired one where that is known, and a tag says so [S5]', () => {
    const accepted = { basis: 'repaired', unixMs: 1_795_000_000_000.4 } as const;
    const point = composePoint(FORMAT, { ...sampleEvent(), accepted });
    expect(point?.timeUs).toBe(1_795_000_000_000_007);
    expect(point?.tags).toEqual({ ...compose({})?.tags, timebasis: 'repaired' });
    const stated = event('events/e', { type: 'e', time: '2026-11-20T15:04:05Z', data: { timebasis: 'mine' } });
    const own = composePoint(FORMAT, { ...sampleEvent(stated), accepted });
    expect(own?.tags).not.toHaveProperty('timebasis');
    expect(own?.fields).toEqual(new Map([['timebasis_', '"mine"']]));
  });

  it('is never guessed: without a trusted one there is no point [S5]', () => {
    const { stamp } = sampleEvent().stored.record;
    expect(compose({ stamp: { ...stamp, quality: 'none' } })).toBeUndefined();
    expect(compose({ stamp: { ...stamp, wallMs: Number.NaN } })).toBeUndefined();
  });
});

describe('an opaque payload', () => {
  it('has the topic as a tag', () => {
    expect(compose({})).toMatchObject({
      measurement: 'mqtt.message',
      tags: { gateway: 'truck-7', client: 'tyre', topic: 'sensors/tyre/1' },
    });
  });

  it.each([
    ['a number', '2.40', { value: '2.4' }],
    ['an object', '{"bar":2.4,"at":["front",1]}', { bar: '2.4', 'at.0': '"front"', 'at.1': '1' }],
    ['text', 'n/a', { payload: '"n/a"' }],
    ['a JSON string', '"on"', { payload: '"\\"on\\""' }],
    ['a number that no float holds', '{"a":1e999}', { payload: '"{\\"a\\":1e999}"' }],
    ['an empty object', '{}', { payload: '"{}"' }],
    ['nothing', '', { payloadBytes: '0' }],
    ['no text', new Uint8Array([0xff, 0xfe]), { payloadBytes: '2' }],
    ['more text than a point holds', 'x'.repeat(MAX_FIELD_BYTES), { payloadBytes: String(MAX_FIELD_BYTES) }],
    ['two paths that look alike', '{"a.b":1,"a":{"b":2}}', { payload: '"{\\"a.b\\":1,\\"a\\":{\\"b\\":2}}"' }],
    ['names that are taken', '{"time":1,"topic":"t","":2}', { time_: '1', topic_: '"t"', _: '2' }],
    ['names that would break a line', '{"a\\nb":1,"c\\\\":2,"d\\"":3}', { 'a%0Ab': '1', 'c%5C': '2', 'd%22': '3' }],
    ['a member that looks like a prototype', '{"__proto__":1}', Object.fromEntries([['__proto__', '1']])],
  ])('of %s becomes fields', (_, payload, fields) => {
    expect(fieldsOf(payload)).toEqual(fields);
  });

  it.each([
    ['fields', Object.fromEntries(Array.from({ length: MAX_FIELDS }, (_, n) => [`f${n}`, n])), { more: 1 }],
    ['characters in a name', { ['n'.repeat(MAX_NAME_CHARS)]: 1 }, { ['n'.repeat(MAX_NAME_CHARS + 1)]: 1 }],
    ['nesting', nested(MAX_DEPTH), nested(MAX_DEPTH + 1)],
  ])('is flattened up to a bound of %s, and kept as text beyond it', (_, most, tooMuch) => {
    expect(fieldsOf(JSON.stringify(most))).not.toHaveProperty('payload');
    expect(Object.keys(fieldsOf(JSON.stringify({ ...most, ...tooMuch })))).toEqual(['payload']);
  });
});

describe('a tag', () => {
  it('is absent when it would be empty', () => {
    expect(compose({ clientId: '' })?.tags).toEqual({ gateway: 'truck-7', topic: 'sensors/tyre/1' });
  });

  it('has no newline and no backslash, and an end', () => {
    const tags = compose({ clientId: 'a\nb\\', topic: `sensors/${'x'.repeat(5000)}` })?.tags;
    expect(tags?.['client']).toBe('a%0Ab%5C');
    expect(tags?.['topic']).toHaveLength(MAX_TAG_CHARS);
  });
});

describe('a number', () => {
  const integers = new Map([
    ['can.message', new Set(['signals.Gear.value'])],
    ['mqtt.message', new Set(['value', 'count'])],
  ]);
  const composeWith = (fields: Partial<EventRecord>) => {
    const point = composePoint({ ...FORMAT, integers }, sampleEvent(fields));
    return Object.fromEntries(point?.fields ?? []);
  };

  it.each([
    ['7', { value: '7i' }],
    ['-0', { value: '0i' }],
    ['{"count":3,"other":3}', { count: '3i', other: '3' }],
    ['{"count":null,"other":3}', { other: '3' }],
    // A float would make the field one for ever; kept as text, nothing is lost.
    ['7.5', { payload: '"7.5"' }],
    ['1e300', { payload: '"1e300"' }],
    ['{"count":3.5}', { payload: '"{\\"count\\":3.5}"' }],
    ['{"count":9007199254740993}', { payload: '"{\\"count\\":9007199254740993}"' }],
  ])('of a field declared an integer is one for ever: %s', (payload, fields) => {
    expect(composeWith({ payload: Buffer.from(payload) })).toEqual(fields);
  });

  it('is an integer in that measurement alone', () => {
    const signals = { Gear: { value: 2 }, EngineSpeed: { value: 800 } };
    const data = { message: 'EEC1', signals };
    expect(composeWith(event('devices/can0/EEC1', { type: 'can.message', data }))).toEqual({
      'signals.Gear.value': '2i',
      'signals.EngineSpeed.value': '800',
    });
    expect(composeWith(event('events/e', { type: 'e', data: { count: 1 } }))).toEqual({ count: '1' });
  });
});

it('counts the bytes of the line', () => {
  const point = compose({ payload: Buffer.from('{"a b":1,"c":"é"}'), clientId: 'x y' });
  const line = `mqtt.message,gateway=truck-7,client=x\\ y,topic=sensors/tyre/1 a\\ b=1,c="é" ${point?.timeUs}\n`;
  expect(point && pointBytes(point)).toBe(Buffer.byteLength(line));
});

function nested(depth: number): object {
  return depth === 1 ? { x: 1 } : { d: nested(depth - 1) };
}
