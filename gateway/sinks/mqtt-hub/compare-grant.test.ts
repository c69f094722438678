import { expect, it } from 'vitest';
import { compareGrant, type HubWishes } from './compare-grant.ts';

const WISHES: HubWishes = {
  settings: {
    window: { maxEvents: 100, maxBytes: 262_144, ackTimeoutMs: 10_000 },
    keepaliveSeconds: 30,
    limits: {},
    maxPacketBytes: Infinity,
  },
  ...{ hasBatches: false, maxPacketBytes: 400_000, hasStatus: true, sessionExpirySeconds: 604_800 },
};

it('puts what a hub grants beside what is configured, and says whose word is in effect [MQTT 5.0, 3.2.2.3]', () => {
  const grant = { receiveMaximum: 20, maximumPacketBytes: 1_000_000, maximumQos: 1, serverKeepAliveSeconds: 600 };
  const further = { topicAliasMaximum: 10, isRetainAvailable: false, sessionExpirySeconds: 3600 };
  expect(compareGrant(WISHES, { ...grant, ...further })).toEqual([
    { name: 'publishes in flight', configured: 100, granted: 20, inEffect: 20, by: 'hub' },
    { name: 'largest packet, bytes', configured: 400_000, granted: 1_000_000, inEffect: 400_000, by: 'configuration' },
    { name: 'keepalive, s', configured: 30, granted: 600, inEffect: 600, by: 'hub' },
    { name: 'QoS', configured: 1, granted: 1, inEffect: 1, by: 'both' },
    { name: 'topic aliases', configured: 0, granted: 10, inEffect: 0, by: 'gateway' },
    { name: 'retained status', configured: 'yes', granted: 'no', inEffect: 'no', by: 'hub' },
    { name: 'session kept, s', configured: 604_800, granted: 3600, inEffect: 3600, by: 'hub' },
  ]);
});

it('goes by what is configured where a hub states nothing', () => {
  const compared = compareGrant(WISHES, {});
  expect(compared.map(({ granted }) => granted)).toEqual(compared.map(() => undefined));
  expect(compared.map(({ inEffect }) => inEffect)).toEqual([100, 400_000, 30, 1, 0, 'yes', 604_800]);
});

it('counts batches in flight, not events, where there are batches', () => {
  const [inFlight] = compareGrant({ ...WISHES, hasBatches: true }, {});
  expect(inFlight).toEqual({ name: 'publishes in flight', inEffect: 65_535, by: 'gateway' });
});
