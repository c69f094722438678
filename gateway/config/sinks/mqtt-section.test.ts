import { describe, expect, it } from 'vitest';
import { mqttSink } from './mqtt-section.ts';

const SINK = { id: 'hub', type: 'mqtt', url: 'mqtts://hub.example.com' } as const;

function parse(keys: object) {
  return mqttSink('/etc/waystation').safeParse({ ...SINK, ...keys });
}

describe('an MQTT sink', () => {
  it('sends single events unless it is told to batch', () => {
    expect(parse({}).data).toMatchObject({ batch: 'off', window: { ackTimeoutMs: 10_000 } });
    expect(parse({ batch: 'off' }).data?.batch).toBe('off');
    expect(parse({ batch: { codec: 'columns' } }).data?.batch).toMatchObject({ codec: 'columns' });
    expect(parse({ batch: { maxEvents: 50 } }).data?.batch).toEqual({
      ...{ maxEvents: 50, maxBytes: 65_536, maxAgeMs: 10_000, codec: 'zstd' },
    });
  });

  it('needs no envelope for batches over 3.1.1', () => {
    expect(parse({ protocol: '3.1.1' }).success).toBe(false);
    expect(parse({ protocol: '3.1.1', batch: {} }).success).toBe(true);
  });

  it.each([
    ['a token', { tokenFile: 't' }, { tokenFile: '/etc/waystation/t' }],
    ['a token with a name', { tokenFile: '/t', username: 'a' }, { tokenFile: '/t', username: 'a' }],
    ['a certificate', { certFile: 'c', keyFile: 'k' }, { certFile: '/etc/waystation/c', keyFile: '/etc/waystation/k' }],
    ['both a certificate and a name', { certFile: '/c', keyFile: '/k', username: 'a' }, { username: 'a' }],
    ['a login', { username: 'a', passwordFile: '/p' }, { username: 'a', password: { file: '/p' } }],
  ])('proves itself with %s', (_, credentials, parsed) => {
    expect(parse({ credentials }).data?.credentials).toMatchObject(parsed);
  });

  it('takes commands and replies from the hub where they are named', () => {
    const downlink = { allow: ['commands/restart', 'commands/+/set', 'replies/#'] };
    expect(parse({ downlink }).data?.downlink).toEqual(downlink);
    expect(parse({}).data?.downlink).toBeUndefined();
  });

  it.each([
    ['half a certificate', { credentials: { certFile: 'c' } }],
    ['a token beside a password', { credentials: { tokenFile: 't', username: 'a', passwordFile: 'p' } }],
    ['batches of nothing', { batch: { maxEvents: 0 } }],
    ['batches that are on', { batch: true }],
    ['a codec that nobody reads', { batch: { codec: 'gzip' } }],
    ['a kind of hub that nobody knows', { profile: 'aws' }],
    ['a client id with a wildcard', { clientId: 'truck/#' }],
    ['a keepalive of nothing', { keepaliveSeconds: 0 }],
    ['a downlink of everything', { downlink: { allow: ['#'] } }],
    ['a downlink of what devices say', { downlink: { allow: ['devices/#'] } }],
    ['a downlink of nothing', { downlink: { allow: [] } }],
    ['commands that are no topic filter', { downlink: { allow: ['commands/a#'] } }],
  ])('is refused with %s', (_, keys) => {
    expect(parse(keys).success).toBe(false);
  });
});
