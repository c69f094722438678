import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { openTestBroker, type TestBroker } from '#gateway/broker/testing/open-test-broker.ts';
import { connectPacket, publishPacket, RawClient } from '#gateway/broker/testing/raw-client.ts';
import { Secret } from '#gateway/model/secret.ts';
import type { RightsRule } from './topic-rights.ts';

const TOKEN = 'drawn';
const TOKEN_HASH = createHash('sha256').update(TOKEN).digest('hex');
const NOTHING = { publish: [], subscribe: [], denySubscribe: [], admin: false };
const PUMP = { username: 'pump', tokenHash: TOKEN_HASH, ...NOTHING };
const OWNER = { username: 'owner', password: new Secret('owner'), publish: ['#'], subscribe: ['#'] };

/** A broker with one account made at run time, beside an owner who may do everything. */
function openWith(rights: Partial<RightsRule>) {
  return openTestBroker({ users: [OWNER], made: [{ ...PUMP, ...rights }], anonymous: false });
}

function connectPump({ port }: TestBroker, options: Parameters<typeof RawClient.connect>[1] = {}) {
  return RawClient.connect(port, { username: 'pump', password: TOKEN, clientId: 'pump', ...options });
}

function connectOwner({ port }: TestBroker, options: Parameters<typeof RawClient.connect>[1] = {}) {
  return RawClient.connect(port, { username: 'owner', password: 'owner', ...options });
}

/** A publish that is acknowledged. */
async function publish(client: RawClient, topic: string, payload: string, isRetained = false): Promise<void> {
  const count = client.acknowledged.length + 1;
  client.send(publishPacket(topic, payload, 1, count, isRetained));
  await client.until(() => client.isClosed || client.acknowledged.length >= count);
}

describe('an account to which nothing was granted [B6]', () => {
  it('may not publish: the connection ends, and nobody gets it', async () => {
    await using test = await openWith({});
    using client = await connectPump(test);
    client.send(publishPacket('a', 'x', 1, 1));
    await client.until(() => client.isClosed);
    expect([client.acknowledged, test.tap.messages]).toEqual([[], []]);
  });

  it('may not subscribe: SUBACK says 0x80', async () => {
    await using test = await openWith({});
    using client = await connectPump(test);
    expect(await client.subscribe({ topic: 'a', qos: 1 }, { topic: '#', qos: 0 }, { topic: '$SYS/#', qos: 0 })).toEqual(
      [128, 128, 128],
    );
  });

  it('may not leave a will: CONNACK says 5', async () => {
    await using test = await openWith({});
    using client = await connectPump(test, { will: { topic: 'a', payload: Buffer.from('x'), qos: 0, retain: false } });
    expect(client.returnCode).toBe(5);
  });

  it('may log in, and a wrong token, none, or the hash of it may not', async () => {
    await using test = await openWith({});
    const codes = [];
    for (const password of [TOKEN, 'wrong', '', TOKEN_HASH]) {
      using client = await connectPump(test, { password });
      codes.push(client.returnCode);
    }
    expect(codes).toEqual([0, 4, 4, 4]);
  });
});

describe('an account with some rights [B6]', () => {
  it('gets of a wider subscription what is not denied: live, retained and queued', async () => {
    await using test = await openWith({ subscribe: ['#'], denySubscribe: ['secret/#'] });
    using owner = await connectOwner(test);
    await publish(owner, 'secret/r', 'retained secret', true);
    await publish(owner, 'open/r', 'retained', true);
    using client = await connectPump(test, { clean: false });
    expect(await client.subscribe({ topic: '#', qos: 1 }, { topic: 'secret/r', qos: 1 })).toEqual([1, 128]);
    await publish(owner, 'secret/a', 'live secret');
    await publish(owner, 'open/a', 'live');
    await client.until(() => client.payloads.includes('live'));
    client.socket.destroy();
    await client.until(() => client.isClosed);
    await publish(owner, 'secret/a', 'queued secret');
    await publish(owner, 'open/a', 'queued');
    using again = await connectPump(test, { clean: false });
    await again.until(() => again.payloads.includes('queued'));
    await again.ping();
    expect([...client.payloads, ...again.payloads].filter((text) => text.includes('secret'))).toEqual([]);
  });

  it('has the branch of its client id only under the id that is its name', async () => {
    await using test = await openWith({ publish: [`own/\${clientId}/#`], subscribe: [`own/\${clientId}/#`] });
    using bound = await connectPump(test);
    await publish(bound, 'own/pump/a', 'mine');
    using claimed = await connectPump(test, { clientId: 'other' });
    expect(await claimed.subscribe({ topic: 'own/other/#', qos: 0 }, { topic: 'own/pump/#', qos: 0 })).toEqual([
      128, 128,
    ]);
    claimed.send(publishPacket('own/other/a', 'forged', 1, 1));
    await claimed.until(() => claimed.isClosed);
    expect(test.tap.payloads).toEqual(['mine']);
  });

  it('opens $SYS to administrators alone', async () => {
    await using test = await openWith({ subscribe: ['#', '$SYS/#'] });
    using client = await connectPump(test);
    expect(await client.subscribe({ topic: '$SYS/#', qos: 0 })).toEqual([128]);
    test.broker.accounts.put({ ...PUMP, username: 'admin', admin: true });
    using admin = await RawClient.connect(test.port, { username: 'admin', password: TOKEN });
    expect(await admin.subscribe({ topic: '$SYS/#', qos: 0 })).toEqual([0]);
  });
});

describe('anonymous clients with a denied filter', () => {
  it('are refused it with 0x80, and do not get it by a wildcard', async () => {
    const anonymous = { publish: ['#'], subscribe: ['#'], denySubscribe: ['test/nosubscribe'] };
    await using test = await openTestBroker({ anonymous });
    using client = await RawClient.connect(test.port);
    expect(await client.subscribe({ topic: 'test/nosubscribe', qos: 1 }, { topic: 'test/+', qos: 1 })).toEqual([
      128, 1,
    ]);
    await publish(client, 'test/nosubscribe', 'withheld');
    await publish(client, 'test/a', 'delivered');
    await client.until(() => client.payloads.length > 0);
    await client.ping();
    expect(client.payloads).toEqual(['delivered']);
  });
});

describe('an account that is revoked', () => {
  it('loses its connections at once, with their wills, and cannot come back', async () => {
    await using test = await openWith({ publish: ['#'], subscribe: ['#'] });
    using watcher = await connectOwner(test);
    await watcher.subscribe({ topic: '#', qos: 1 });
    const will = { topic: 'wills/pump', payload: Buffer.from('last words'), qos: 1 as const, retain: true };
    using client = await connectPump(test, { will });
    using other = await connectPump(test, { clientId: 'second' });
    test.broker.accounts.revoke('pump');
    await client.until(() => client.isClosed);
    await other.until(() => other.isClosed);
    using again = await connectPump(test);
    expect(again.returnCode).toBe(4);
    await watcher.ping();
    expect([watcher.payloads, test.tap.payloads]).toEqual([[], []]);
    expect(test.broker.status().disconnects['revoked']).toBe(2);
  });

  it('loses a connection whose login was accepted and whose CONNACK has not left', async () => {
    await using test = await openWith({ publish: ['#'] });
    const client = await RawClient.open(test.port);
    const { accounts } = test.broker;
    const find = accounts.find.bind(accounts);
    // The moment after the judgement: nothing else stands between it and the rest of the login.
    accounts.find = (username) => {
      const account = find(username);
      queueMicrotask(() => accounts.revoke('pump'));
      return account;
    };
    client.send(connectPacket({ clientId: 'pump', username: 'pump', password: TOKEN }));
    await client.until(() => client.isClosed);
    expect(test.broker.accounts.has('pump')).toBe(false);
  });

  it('leaves nothing to whoever has its name next: its stored sessions have ended', async () => {
    await using test = await openWith({ subscribe: ['#'] });
    using client = await connectPump(test, { clean: false });
    await client.subscribe({ topic: '#', qos: 1 });
    client.socket.destroy();
    await client.until(() => client.isClosed);
    using owner = await connectOwner(test);
    await publish(owner, 'a', 'queued for the one before');
    test.broker.accounts.revoke('pump');
    await test.broker.endSessions(({ username }) => username === 'pump');
    test.broker.accounts.put({ ...PUMP, subscribe: ['#'] });
    using heir = await connectPump(test, { clean: false });
    expect(heir.received[0]).toMatchObject({ cmd: 'connack', returnCode: 0, sessionPresent: false });
    await heir.ping();
    expect(heir.payloads).toEqual([]);
  });
});

describe('an account with a new token', () => {
  it('loses the connections of the one before, and keeps its session', async () => {
    await using test = await openWith({ subscribe: ['#'] });
    using client = await connectPump(test, { clean: false });
    await client.subscribe({ topic: '#', qos: 1 });
    const tokenHash = createHash('sha256').update('new').digest('hex');
    test.broker.accounts.put({ ...PUMP, subscribe: ['#'], tokenHash });
    await client.until(() => client.isClosed);
    using old = await connectPump(test, { clean: false });
    using renewed = await connectPump(test, { clean: false, password: 'new' });
    expect([old.returnCode, renewed.received[0]]).toEqual([
      4,
      expect.objectContaining({ returnCode: 0, sessionPresent: true }),
    ]);
  });
});

describe('wrong passwords', () => {
  it('are answered late, then not looked at, while a drawn token comes in from the same address', async () => {
    await using test = await openWith({ publish: ['#'] });
    for (let guess = 0; guess < 5; guess++) {
      using client = await connectOwner(test, { password: `guess ${guess}` });
      expect(client.returnCode).toBe(4);
    }
    using late = await RawClient.open(test.port);
    late.send(ownerConnect('guess 5'));
    using token = await connectPump(test);
    expect([late.returnCode, token.returnCode]).toEqual([undefined, 0]);
    await test.clock.advance(100);
    await late.until(() => late.isClosed || late.returnCode !== undefined);
    expect(late.returnCode).toBe(4);
    for (let guess = 6; guess < 12; guess++) {
      using client = await RawClient.open(test.port);
      client.send(ownerConnect(`guess ${guess}`));
      await token.ping();
      await test.clock.advance(3000);
      await client.until(() => client.isClosed || client.returnCode !== undefined);
      if (guess === 11) expect(client.returnCode).toBe(3);
    }
    expect(test.broker.status().refusals['loginHeldUp']).toBe(1);
  });

  it('whose client does not wait for the answer leave nothing behind', async () => {
    await using test = await openWith({});
    for (let guess = 0; guess < 5; guess++)
      (await connectOwner(test, { password: `guess ${guess}` }))[Symbol.dispose]();
    using client = await RawClient.open(test.port);
    client.send(ownerConnect('guess 5'));
    using other = await connectPump(test);
    client.socket.destroy();
    await client.until(() => client.isClosed);
    await other.ping();
    await test.clock.advance(3000);
    await other.ping();
    expect(other.isClosed).toBe(false);
  });
});

describe('rights that change [B6]', () => {
  /** As `waystation clients set` does. */
  async function setRights({ broker }: TestBroker, rights: Partial<RightsRule>): Promise<void> {
    broker.accounts.setRights({ ...PUMP, ...rights });
    await broker.reviewSubscriptions('pump');
  }

  it('hold at once for a client that stays connected, in both directions', async () => {
    await using test = await openWith({ publish: ['a', 'b'], subscribe: ['a', 'b', 'c/#'] });
    using owner = await connectOwner(test);
    using client = await connectPump(test);
    await client.subscribe({ topic: 'a', qos: 1 }, { topic: 'b', qos: 1 }, { topic: 'c/#', qos: 1 });
    await publish(client, 'a', 'mine');
    await setRights(test, { publish: ['b'], subscribe: ['b', 'c/#'], denySubscribe: ['c/secret'] });
    for (const topic of ['a', 'b', 'c/secret', 'c/open']) await publish(owner, topic, topic);
    await publish(client, 'b', 'still mine');
    await client.until(() => client.payloads.includes('still mine'));
    expect(client.payloads).toEqual(['mine', 'b', 'c/open', 'still mine']);
    expect(await client.subscribe({ topic: 'a', qos: 1 })).toEqual([128]);
    await setRights(test, { publish: ['b'], subscribe: ['a'] });
    expect(await client.subscribe({ topic: 'a', qos: 1 })).toEqual([1]);
    expect(test.logger.warnings.filter(({ fields }) => fields['client'] === 'pump')).toMatchObject([
      { fields: { user: 'pump', reason: 'notAuthorized', topic: 'a' } },
    ]);
    client.send(publishPacket('a', 'not any more', 1, 99));
    await client.until(() => client.isClosed);
  });

  it('take a subscription from a session whose client is away, and what waits for it from the client', async () => {
    await using test = await openWith({ subscribe: ['#'] });
    using owner = await connectOwner(test);
    using before = await connectPump(test, { clientId: 'panel', clean: false });
    await before.subscribe({ topic: 'a', qos: 1 }, { topic: 'b', qos: 1 });
    before.socket.destroy();
    await vi.waitFor(() => expect(test.broker.status().clientCount).toBe(1));
    for (const topic of ['a', 'b']) await publish(owner, topic, `${topic} before`);
    await setRights(test, { subscribe: ['b'] });
    expect(test.broker.listSessions()).toMatchObject([{ client: 'panel', subscriptionCount: 1 }]);
    for (const topic of ['a', 'b']) await publish(owner, topic, `${topic} after`);
    using after = await connectPump(test, { clientId: 'panel', clean: false });
    await after.until(() => after.payloads.length === 2);
    expect(after.payloads).toEqual(['b before', 'b after']);
  });

  it('close $SYS to who was an administrator, and refuse its will', async () => {
    await using test = await openTestBroker({
      ...{ users: [OWNER], made: [{ ...PUMP, publish: ['w'], admin: true }], anonymous: false, sysIntervalSeconds: 1 },
    });
    using client = await connectPump(test, { will: { topic: 'w', payload: Buffer.from('x'), qos: 0, retain: false } });
    expect(await client.subscribe({ topic: '$SYS/#', qos: 0 })).toEqual([0]);
    await setRights(test, {});
    await client.ping();
    const count = client.count('publish');
    await test.clock.advance(3000);
    await client.ping();
    expect(client.count('publish')).toBe(count);
    client.socket.destroy();
    await vi.waitFor(() => expect(test.broker.status().clientCount).toBe(0));
    expect(test.tap.messages).toEqual([]);
  });
});

function ownerConnect(password: string) {
  return connectPacket({ clientId: `owner ${password}`, username: 'owner', password });
}
