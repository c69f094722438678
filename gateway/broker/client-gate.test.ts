import { describe, expect, it } from 'vitest';
import { Secret } from '#gateway/model/secret.ts';
import type { BrokerUser } from './identity/accounts.ts';
import { openTestBroker } from './testing/open-test-broker.ts';
import { type ConnectOptions, publishPacket, RawClient } from './testing/raw-client.ts';

const USERS: readonly BrokerUser[] = [
  {
    username: 'tyre',
    password: new Secret('four wheels'),
    publish: [`sensors/\${clientId}/#`],
    subscribe: [`commands/\${clientId}/+`],
  },
  { username: 'fleet', password: new Secret('many wheels'), publish: ['#'], subscribe: ['#', '$SYS/#'] },
  {
    username: '+',
    password: new Secret('any wheels'),
    publish: [`sensors/\${clientId}/#`],
    subscribe: [`x/\${username}/#`],
  },
];

const TYRE = { username: 'tyre', password: 'four wheels', clientId: 'tyre' };
const FLEET = { username: 'fleet', password: 'many wheels', clientId: 'fleet' };
const IMPOSTOR = { ...TYRE, clientId: 'truck' };
const PLUS = { username: '+', password: 'any wheels', clientId: '+' };

const open = () => openTestBroker({ users: USERS, anonymous: false });

describe('login', () => {
  it.each<[string, ConnectOptions, number]>([
    ['the right password', TYRE, 0],
    ['a wrong password', { ...TYRE, password: 'four wheel' }, 4],
    ['an empty password', { ...TYRE, password: '' }, 4],
    ['no password', { username: 'tyre' }, 4],
    ['a user that does not exist', { ...TYRE, username: 'type' }, 4],
    ['a name that every object has', { ...TYRE, username: 'constructor' }, 4],
    ['no login at all', {}, 5],
    ['an empty client id without one', { ...TYRE, clientId: '' }, 0],
    ['a client id that belongs to the gateway', { ...TYRE, clientId: '@gps0' }, 2],
    ['a client id of 257 characters', { ...TYRE, clientId: 'x'.repeat(257) }, 2],
  ])('%s is answered with the return code of the standard', async (_what, options, returnCode) => {
    await using test = await open();
    using client = await RawClient.connect(test.port, options);
    if (returnCode !== 0) await client.until(() => client.isClosed);
    expect([client.returnCode, client.isClosed]).toEqual([returnCode, returnCode !== 0]);
  });

  it('with an empty client id and a session to keep is answered with 2 [MQTT-3.1.3-8]', async () => {
    await using test = await openTestBroker();
    using client = await RawClient.open(test.port);
    client.sendBytes(Buffer.from('100c00044d5154540400003c0000', 'hex'));
    await client.until(() => client.isClosed);
    expect([client.returnCode, test.broker.status().refusals]).toEqual([2, { badClientId: 1 }]);
  });

  it('that fails is counted and logged without the password', async () => {
    await using test = await open();
    using client = await RawClient.connect(test.port, { ...TYRE, password: 'four wheel' });
    await client.until(() => client.isClosed);
    expect(test.broker.status()).toMatchObject({ clientCount: 0, refusals: { badLogin: 1 } });
    expect(JSON.stringify(test.logger.warnings)).not.toMatch(/wheel/);
  });

  it('that fails is logged by the address and listener it came to and the names it gives, in short lines [P3]', async () => {
    await using test = await open();
    for (let attempt = 0; attempt < 5; attempt++) {
      const name = `${attempt}${'x'.repeat(20_000)}`;
      using client = await RawClient.connect(test.port, {
        clientId: name.slice(0, 200),
        username: name,
        password: name,
      });
      await client.until(() => client.isClosed);
    }
    expect(test.broker.status().refusals).toEqual({ badLogin: 5 });
    const listener = `mqtt ${test.port}`;
    expect(test.logger.warnings).toMatchObject(
      Array.from({ length: 5 }, (_, attempt) => ({
        fields: { client: '127.0.0.1', listener, reason: 'badLogin', clientId: expect.stringMatching(`^${attempt}x`) },
      })),
    );
    expect(JSON.stringify(test.logger.warnings).length).toBeLessThan(2500);
  });

  it('in MQTT 5 is answered with 1, counted and logged by its name', async () => {
    await using test = await openTestBroker();
    using client = await RawClient.open(test.port);
    client.sendBytes(Buffer.from('101000044d51545405020000000003616263', 'hex'));
    await client.until(() => client.isClosed);
    expect([client.returnCode, test.broker.status().refusals]).toEqual([1, { unsupportedProtocol: 1 }]);
    expect(test.logger.warnings[0]).toMatchObject({
      fields: { clientId: 'abc' },
      text: 'refused protocol level 5: this broker speaks MQTT 3.1.1',
    });
  });

  it('is not needed on loopback where anonymous rights are given, and those rights hold', async () => {
    await using test = await openTestBroker({ users: USERS, anonymous: { publish: ['open/#'], subscribe: [] } });
    using client = await RawClient.connect(test.port);
    expect(client.returnCode).toBe(0);
    expect(await client.subscribe({ topic: 'open/#', qos: 0 })).toEqual([128]);
    client.send(publishPacket('open/a', 'x', 1, 1));
    await client.until(() => client.acknowledged.length > 0);
    client.send(publishPacket('closed/a', 'x', 1, 2));
    await client.until(() => client.isClosed);
  });

  it('is needed where the listener can be reached from outside', async () => {
    await using test = await openTestBroker({
      listeners: [{ type: 'mqtt', host: '0.0.0.0', port: 0, insecure: true }],
      users: USERS,
    });
    using stranger = await RawClient.connect(test.port);
    using known = await RawClient.connect(test.port, TYRE);
    expect([stranger.returnCode, known.returnCode]).toEqual([5, 0]);
  });
});

describe('publishing [B6]', () => {
  it.each<[string, ConnectOptions, string, boolean]>([
    ['tyre', TYRE, 'sensors/tyre/pressure', true],
    ['tyre', TYRE, 'sensors/truck/pressure', false],
    ['tyre', TYRE, 'alerts/impact', false],
    ['tyre', TYRE, 'commands/tyre/set', false],
    ['tyre under another client id', IMPOSTOR, 'sensors/truck/pressure', false],
    ['tyre under another client id', IMPOSTOR, 'sensors/tyre/pressure', false],
    ['a user named +', PLUS, 'sensors/+/pressure', false],
    ['a user named +', PLUS, 'sensors/tyre/pressure', false],
    ['fleet', FLEET, 'sensors/tyre/pressure', true],
    ['fleet', FLEET, '$SYS/x/heartbeat', false],
  ])('%s, %o, on %s: %s', async (_who, login, topic, isGranted) => {
    await using test = await open();
    using client = await RawClient.connect(test.port, login);
    client.send(publishPacket(topic, 'x', 1, 1));
    await client.until(() => client.isClosed || client.acknowledged.length > 0);
    expect(client.acknowledged).toEqual(isGranted ? [1] : []);
    expect(test.tap.messages.map((message) => message.topic)).toEqual(isGranted ? [topic] : []);
  });

  it.each([
    [
      'sensors/tyre/p',
      'no right to publish; $' + '{clientId} does not count, because the client id is not the name of the account',
    ],
    [
      'sensors/truck/p',
      'no right to publish; $' + '{clientId} does not count, because the client id is not the name of the account',
    ],
    ['alerts/impact', 'no right to publish'],
  ])('that is refused on %s is logged with the account and the reason', async (topic, why) => {
    await using test = await open();
    using client = await RawClient.connect(test.port, IMPOSTOR);
    client.send(publishPacket(topic, 'x', 1, 1));
    await client.until(() => client.isClosed);
    expect(test.logger.warnings).toMatchObject([
      { fields: { client: 'truck', user: 'tyre', topic }, text: `refused a publish on "${topic}": ${why}` },
    ]);
  });

  it('goes by the client id of each connection, not by that of the first of its account', async () => {
    await using test = await open();
    using _unbound = await RawClient.connect(test.port, IMPOSTOR);
    using bound = await RawClient.connect(test.port, TYRE);
    bound.send(publishPacket('sensors/tyre/pressure', 'x', 1, 1));
    await bound.until(() => bound.isClosed || bound.acknowledged.length > 0);
    using unbound = await RawClient.connect(test.port, IMPOSTOR);
    unbound.send(publishPacket('sensors/tyre/pressure', 'x', 1, 1));
    await unbound.until(() => unbound.isClosed || unbound.acknowledged.length > 0);
    expect([bound.acknowledged, unbound.acknowledged]).toEqual([[1], []]);
  });

  it('what is not granted is counted each time, and logged once per client and minute', async () => {
    await using test = await open();
    for (const _attempt of [1, 2, 3]) {
      using client = await RawClient.connect(test.port, TYRE);
      client.send(publishPacket('alerts/impact', 'x'));
      await client.until(() => client.isClosed);
    }
    expect(test.broker.status().refusals).toEqual({ notAuthorized: 3 });
    expect(test.logger.warnings).toMatchObject([{ fields: { code: 'broker.notAuthorized', topic: 'alerts/impact' } }]);
  });

  it.each<[string, ConnectOptions, string, number]>([
    ['granted', TYRE, 'sensors/tyre/gone', 0],
    ['not granted', TYRE, 'alerts/gone', 5],
    ['not granted under another client id', IMPOSTOR, 'sensors/truck/gone', 5],
    ['on $SYS', FLEET, '$SYS/gone', 5],
    ['with a wildcard', FLEET, 'sensors/+/gone', 5],
  ])('a will %s is answered in the CONNACK', async (_what, login, topic, returnCode) => {
    await using test = await open();
    using client = await RawClient.connect(test.port, { ...login, will: { topic, payload: Buffer.from('x'), qos: 1 } });
    expect(client.returnCode).toBe(returnCode);
  });
});

describe('subscribing [B6]', () => {
  it.each<[string, ConnectOptions, string, number]>([
    ['tyre', TYRE, 'commands/tyre/set', 1],
    ['tyre', TYRE, 'commands/tyre/+', 1],
    ['tyre', TYRE, 'commands/tyre/#', 128],
    ['tyre', TYRE, 'commands/+/set', 128],
    ['tyre', TYRE, '#', 128],
    ['tyre', TYRE, 'sensors/tyre/pressure', 128],
    ['tyre under another client id', IMPOSTOR, 'commands/truck/set', 128],
    ['a user named +', PLUS, 'x/+/#', 128],
    ['fleet', FLEET, '#', 1],
    ['fleet', FLEET, '$SYS/#', 128],
    ['fleet', FLEET, '$SYS/+/new/clients', 128],
    ['fleet', FLEET, '$share/group/a', 128],
  ])('%s, %o, to %s is granted with %i', async (_who, login, topic, granted) => {
    await using test = await open();
    using client = await RawClient.connect(test.port, login);
    expect(await client.subscribe({ topic, qos: 1 })).toEqual([granted]);
  });

  it('is refused beyond the limit of the session, until another filter is given back [P3]', async () => {
    await using test = await openTestBroker({ limits: { maxSubscriptions: 2 } });
    const session = { clientId: 'many', clean: false };
    using client = await RawClient.connect(test.port, session);
    const subscribe = (topic: string) => client.subscribe({ topic, qos: 1 });
    expect([await subscribe('a'), await subscribe('b'), await subscribe('c')]).toEqual([[1], [1], [128]]);
    expect(await subscribe('a')).toEqual([1]);
    client.send({ cmd: 'unsubscribe', messageId: 9, unsubscriptions: ['b'] });
    await client.until(() => client.count('unsuback') > 0);
    expect(await subscribe('c')).toEqual([1]);
    client.send({ cmd: 'disconnect' });
    await client.until(() => client.isClosed);
    using again = await RawClient.connect(test.port, session);
    expect(await again.subscribe({ topic: 'd', qos: 1 })).toEqual([128]);
    expect(test.broker.status().refusals).toEqual({ tooManySubscriptions: 2 });
  });

  it('is refused where a filter is deeper than 32 levels, and the client stays', async () => {
    await using test = await openTestBroker();
    using client = await RawClient.connect(test.port);
    const deep = (name: string) => ({ topic: `${name}${'/+'.repeat(40)}`, qos: 1 as const });
    expect(await client.subscribe(deep('a'), { topic: 'sensors/#', qos: 1 }, deep('b'))).toEqual([128, 1, 128]);
    await client.ping();
    expect([client.isClosed, test.broker.status().refusals]).toEqual([false, { topicTooDeep: 2 }]);
  });

  it('one filter refused leaves the others granted', async () => {
    await using test = await open();
    using client = await RawClient.connect(test.port, TYRE);
    const granted = await client.subscribe(
      { topic: 'commands/tyre/a', qos: 1 },
      { topic: '#', qos: 1 },
      { topic: 'commands/tyre/b', qos: 2 },
    );
    expect(granted).toEqual([1, 128, 2]);
  });
});

describe('receiving [B6]', () => {
  it('# brings nothing of $SYS', async () => {
    await using test = await open();
    using client = await RawClient.connect(test.port, FLEET);
    await client.subscribe({ topic: '#', qos: 1 });
    using other = await RawClient.connect(test.port, TYRE);
    await other.ping();
    await client.ping();
    expect(client.payloads).toEqual([]);
  });

  it('a retained message comes under a granted filter only', async () => {
    await using test = await open();
    using fleet = await RawClient.connect(test.port, FLEET);
    fleet.send(
      publishPacket('commands/tyre/a', 'mine', 1, 1, true),
      publishPacket('commands/truck/a', 'not', 1, 2, true),
    );
    await fleet.until(() => fleet.acknowledged.length === 2);
    using client = await RawClient.connect(test.port, TYRE);
    await client.subscribe({ topic: 'commands/tyre/+', qos: 1 }, { topic: 'commands/#', qos: 1 });
    await client.until(() => client.payloads.length > 0);
    await client.ping();
    expect(client.payloads).toEqual(['mine']);
  });

  it('a session remembers no filter that was refused: nothing is queued for it', async () => {
    const session = { ...TYRE, clean: false };
    await using test = await openTestBroker({ users: USERS, anonymous: false, limits: { maxQueuedMessages: 1 } });
    using before = await RawClient.connect(test.port, session);
    await before.subscribe({ topic: 'commands/tyre/+', qos: 1 }, { topic: 'alerts/#', qos: 1 });
    before.send({ cmd: 'disconnect' });
    await before.until(() => before.isClosed);
    using fleet = await RawClient.connect(test.port, FLEET);
    fleet.send(publishPacket('alerts/impact', 'secret', 1, 1), publishPacket('commands/tyre/a', 'queued', 1, 2));
    await fleet.until(() => fleet.acknowledged.length === 2);
    using after = await RawClient.connect(test.port, session);
    await after.until(() => after.payloads.length > 0);
    await after.ping();
    expect([after.payloads, test.broker.status().refusals]).toEqual([['queued'], { notAuthorized: 1 }]);
  });
});
