import { describe, expect, it } from 'vitest';
import { describePublish, parsePublishLine, toReceivedEvent } from './received-publish.ts';

const ENVELOPE = { specversion: '1.0', id: 'telemetry/00ff/7', source: '/gateways/uid', type: 't', prev: '6' };
const TIME = '2026-11-20T12:00:00.500Z';

function read(topic: string, event: object) {
  return toReceivedEvent(describePublish(topic, Buffer.from(JSON.stringify(event)), 1000));
}

describe('toReceivedEvent', () => {
  it('reads a position by its time', () => {
    const data = { type: 'gnss.position', version: 1, time: TIME, data: { latitude: 48.1, fix: '3d', hdop: 0.9 } };
    expect(read('fleet/truck/devices/gps0/position', { ...ENVELOPE, data })).toEqual({
      id: '/gateways/uid/telemetry/00ff/7',
      source: 'gps0',
      key: TIME,
      values: { latitude: 48.1, fix: '3d', hdop: 0.9 },
    });
  });

  it('reads a CAN message by its name and counter', () => {
    const signals = { Counter: { value: 12 }, EngineSpeed: { value: 800.5, unit: 'rpm' }, Odd: { label: 'x' } };
    const data = { type: 'can.message', version: 1, time: TIME, data: { message: 'EngineData', signals } };
    expect(read('fleet/truck/devices/can0/EngineData', { ...ENVELOPE, data })).toMatchObject({
      source: 'can0',
      key: 'EngineData:12',
      values: { Counter: 12, EngineSpeed: 800.5 },
    });
  });

  it.each([
    ['as base64, as opaque bytes travel', (json: string) => ({ data_base64: Buffer.from(json).toString('base64') })],
    ['as JSON', (json: string) => ({ data: JSON.parse(json) })],
  ])('reads a pressure by its count, %s', (_, wrap) => {
    const payload = wrap('{"count":3,"wheel":"rearLeft","pressureKpa":229.5}');
    expect(read('fleet/truck/sensors/tyre-monitor/pressure', { ...ENVELOPE, ...payload })).toMatchObject({
      source: 'tyre-monitor',
      key: '3',
      values: { count: 3, wheel: 'rearLeft', pressureKpa: 229.5 },
    });
  });

  it.each(['fleet/truck/status/gateway', 'fleet/truck/devices/gps0/sky', 'fleet/truck/sensors/other/pressure'])(
    'knows the id alone of %s, which no ledger accounts for',
    (topic) => {
      expect(read(topic, { ...ENVELOPE, data: {} })).toEqual({ id: '/gateways/uid/telemetry/00ff/7' });
    },
  );

  it('has no key for a position without a time, so that it counts as extra', () => {
    const event = read('f/t/devices/gps0/position', { ...ENVELOPE, data: { data: {} } });
    expect(event).toEqual({ id: '/gateways/uid/telemetry/00ff/7', source: 'gps0' });
  });

  it.each(['', 'null', '7', '[]', '{"id":"a"}', '\u0000\u00ff'])(
    'keeps the bytes of what is no CloudEvent: %j',
    (text) => {
      const publish = describePublish('a/b', Buffer.from(text), 1000);
      expect(Buffer.from(publish.payloadBase64 ?? '', 'base64').toString()).toBe(text);
      expect(toReceivedEvent(publish)).toBeUndefined();
      expect(parsePublishLine(JSON.stringify(publish))).toMatchObject({ at: 1000, topic: 'a/b' });
    },
  );
});
