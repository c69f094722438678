import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';
import { Secret } from '#gateway/model/secret.ts';
import { SessionLedger } from './session-ledger.ts';
import { openTestBroker } from './testing/open-test-broker.ts';
import { type ConnectOptions, publishPacket, RawClient } from './testing/raw-client.ts';

const account = (username: string) => ({
  username,
  password: new Secret(username),
  publish: ['#'],
  subscribe: ['#'],
});
const as = (username: string, clientId: string, clean: boolean) => ({ username, password: username, clientId, clean });
const open = (anonymous: false | { publish: string[]; subscribe: string[] } = { publish: ['#'], subscribe: ['#'] }) =>
  openTestBroker({ users: [account('tyre'), account('evil')], anonymous });

const THIEVES: readonly [string, ConnectOptions][] = [
  ['another account, clean', { username: 'evil', password: 'evil', clean: true }],
  ['another account, not clean', { username: 'evil', password: 'evil', clean: false }],
  ['a client without a login, clean', { clean: true }],
  ['a client without a login, not clean', { clean: false }],
];

describe('the session of an account [B6]', () => {
  // The name of the account is its own from the start; any other id from its first use.
  const targets = ['tyre', 'gauge'];
  it.each(THIEVES.flatMap(([who, login]) => targets.map((clientId) => ({ who, login, clientId }))))(
    'is neither taken over, nor emptied, nor disconnected by $who as $clientId',
    async ({ login, clientId }) => {
      await using test = await open();
      using owner = await RawClient.connect(test.port, as('tyre', clientId, false));
      await owner.subscribe({ topic: 'a', qos: 1 });
      using thiefOfLive = await RawClient.connect(test.port, { ...login, clientId });
      await owner.ping();
      expect([thiefOfLive.returnCode, owner.isClosed]).toEqual([2, false]);
      owner.send({ cmd: 'disconnect' });
      await owner.until(() => owner.isClosed);
      using publisher = await RawClient.connect(test.port);
      publisher.send(publishPacket('a', 'queued', 1, 1));
      await publisher.until(() => publisher.acknowledged.length > 0);
      using thiefOfStored = await RawClient.connect(test.port, { ...login, clientId });
      using after = await RawClient.connect(test.port, as('tyre', clientId, false));
      await after.until(() => after.isClosed || after.payloads.length > 0);
      expect([thiefOfStored.returnCode, after.payloads]).toEqual([2, ['queued']]);
      expect(test.broker.status().refusals).toEqual({ clientIdTaken: 2 });
    },
  );

  it('of a client without a login is its own too', async () => {
    await using test = await open();
    using owner = await RawClient.connect(test.port, { clientId: 'gauge' });
    using thief = await RawClient.connect(test.port, as('evil', 'gauge', true));
    await owner.ping();
    expect([thief.returnCode, owner.isClosed]).toEqual([2, false]);
  });

  it('whose client id is the name of an account is refused to all others before its first use', async () => {
    await using test = await open();
    using squatter = await RawClient.connect(test.port, as('evil', 'tyre', false));
    using owner = await RawClient.connect(test.port, as('tyre', 'tyre', true));
    expect([squatter.returnCode, owner.returnCode]).toEqual([2, 0]);
  });

  it('goes over to the next connection of the same account, and the id is free when nothing of it is left', async () => {
    await using test = await open();
    using first = await RawClient.connect(test.port, as('tyre', 'gauge', false));
    await first.subscribe({ topic: 'a', qos: 1 });
    using second = await RawClient.connect(test.port, as('tyre', 'gauge', true));
    await first.until(() => first.isClosed);
    expect(second.returnCode).toBe(0);
    second.send({ cmd: 'disconnect' });
    await second.until(() => second.isClosed);
    await vi.waitFor(async () => {
      using next = await RawClient.connect(test.port, as('evil', 'gauge', true));
      expect(next.returnCode).toBe(0);
    });
  });

  it('is not lost to a wrong password', async () => {
    await using test = await open(false);
    using owner = await RawClient.connect(test.port, as('tyre', 'gauge', false));
    using guess = await RawClient.connect(test.port, { ...as('tyre', 'gauge', true), password: 'wrong' });
    await owner.ping();
    expect([guess.returnCode, owner.isClosed]).toEqual([4, false]);
  });
});

describe('the number of sessions [P3]', () => {
  const ledgerOf = (limits: Partial<typeof DEFAULT_LIMITS>) => new SessionLedger({ ...DEFAULT_LIMITS, ...limits });
  const claimOf = (clientId: string, username: string, isCleanSession = false) => ({
    clientId,
    username,
    isCleanSession,
  });

  it('is bounded for one account, and that leaves room for the others', () => {
    const ledger = ledgerOf({ maxSessionsPerAccount: 2 });
    const claim = (clientId: string, username: string, isClean?: boolean) =>
      ledger.claim(claimOf(clientId, username, isClean));
    expect([claim('a', 'x'), claim('b', 'x'), claim('c', 'x')]).toEqual([undefined, undefined, 'tooManySessions']);
    expect([claim('d', 'y'), claim('a', 'x'), claim('e', 'x', true)]).toEqual([undefined, undefined, undefined]);
  });

  it('is bounded in all, stored sessions included, and one that ends makes room', () => {
    const ledger = ledgerOf({ maxSessions: 2 });
    ledger.claim(claimOf('a', 'x'));
    ledger.subscribe('a', ['t']);
    ledger.release('a');
    ledger.claim(claimOf('b', 'y'));
    expect(ledger.claim(claimOf('c', 'z'))).toBe('tooManySessions');
    ledger.release('b');
    expect(ledger.claim(claimOf('c', 'z'))).toBeUndefined();
    expect(ledger.claim(claimOf('d', 'z'))).toBe('tooManySessions');
    ledger.claim(claimOf('a', 'x', true));
    ledger.unsubscribeAll('a');
    ledger.release('a');
    expect(ledger.claim(claimOf('d', 'z'))).toBeUndefined();
  });

  it('over the limit is answered with 3 and a line that says so', async () => {
    await using test = await openTestBroker({ limits: { maxSessions: 1 } });
    using first = await RawClient.connect(test.port, { clientId: 'a', clean: false });
    using second = await RawClient.connect(test.port, { clientId: 'b', clean: false });
    using third = await RawClient.connect(test.port, { clientId: 'c', clean: true });
    expect([first.returnCode, second.returnCode, third.returnCode]).toEqual([0, 3, 0]);
    expect(test.broker.status().refusals).toEqual({ tooManySessions: 1 });
    expect(test.logger.warnings).toMatchObject([
      { fields: { clientId: 'b' }, text: expect.stringContaining('refused a new persistent session') },
    ]);
  });
});
