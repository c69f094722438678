import { describe, expect, it } from 'vitest';
import { HUB_KINDS, type HubProfile } from './hub-profiles.ts';
import { type HubChoices, settleHub } from './hub-settings.ts';

const CHOICES: HubChoices = {
  url: 'mqtts://hub.example.com:8883',
  prefix: 'fleet',
  batch: 'off',
  window: { ackTimeoutMs: 10_000 },
};
const BATCH = { maxEvents: 100, maxBytes: 65_536, maxAgeMs: 10_000, codec: 'zstd' } as const;
const CERTIFIED = { certFile: 'c', keyFile: 'k', username: 'u' };

function settle(change: Partial<HubChoices>) {
  return settleHub({ ...CHOICES, clientId: 'truck', credentials: CERTIFIED, ...change });
}

describe('what a hub sink goes by', () => {
  it('is the usual where nothing is known of the hub', () => {
    expect(settle({})).toMatchObject({
      window: { maxEvents: 100, maxBytes: 262_144, ackTimeoutMs: 10_000 },
      ...{ keepaliveSeconds: 30, limits: {}, maxPacketBytes: Infinity, remarks: [] },
    });
  });

  it('is ten batches in flight where there are batches', () => {
    expect(settle({ batch: BATCH }).window).toMatchObject({ maxEvents: 1000, maxBytes: 655_360 });
    expect(settle({ batch: { ...BATCH, codec: 'columns' } }).explained).toContainEqual(
      expect.objectContaining({ name: 'batch.codec', value: 'columns' }),
    );
  });

  it('is never more than the kind of hub takes, and says so where more was asked for', () => {
    const { window, remarks } = settle({ profile: 'awsIotCore', window: { ...CHOICES.window, maxEvents: 500 } });
    expect(window.maxEvents).toBe(100);
    expect(remarks).toEqual([
      expect.stringMatching(/^window.maxEvents is 500, but AWS IoT Core takes 100 .*: 100 it is$/),
    ]);
    expect(settle({ profile: 'awsIotCore', window: { ...CHOICES.window, maxEvents: 50 } }).window.maxEvents).toBe(50);
    expect(settle({ profile: 'awsIotCore', batch: BATCH }).window.maxEvents).toBe(1000);
    expect(settle({ profile: 'azureEventGrid', keepaliveSeconds: 3600 }).keepaliveSeconds).toBe(1160);
  });

  it('names the protocol on the port that AWS IoT Core shares with HTTPS', () => {
    expect(settle({ profile: 'awsIotCore', url: 'mqtts://x.example:443' }).alpn).toBe('x-amzn-mqtt-ca');
    expect(settle({ profile: 'awsIotCore' }).alpn).toBeUndefined();
    expect(settle({ url: 'mqtts://x.example:443' }).alpn).toBeUndefined();
  });

  it.each(Object.keys(HUB_KINDS) as HubProfile[])('explains itself with every limit of %s', (profile) => {
    const { explained, limits } = settle({ profile });
    const names = explained.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const told = explained.map(({ value }) => value);
    for (const limit of Object.values(limits)) expect(told).toContain(String(limit));
  });

  it.each([
    [
      'a login in the clear',
      { url: 'mqtt://hub.example.com', credentials: { username: 'a' } },
      /for everybody to read/,
    ],
    ['AWS without TLS', { profile: 'awsIotCore', url: 'mqtt://hub.example.com' }, /takes TLS only/],
    [
      'AWS without a certificate',
      { profile: 'awsIotCore', credentials: { tokenFile: 't' } },
      /takes a client certificate/,
    ],
    ['AWS without a client id', { profile: 'awsIotCore', clientId: undefined }, /set clientId/],
    ['Event Grid without a name', { profile: 'azureEventGrid', credentials: { certFile: 'c' } }, /takes a username/],
    [
      'a prefix that leaves too few levels',
      { profile: 'awsIotCore', prefix: 'a/b/c/d/e' },
      /9 levels below this prefix/,
    ],
  ] as const)('remarks on %s', (_, change, words) => {
    expect(settle(change).remarks).toEqual([expect.stringMatching(words)]);
  });
});
