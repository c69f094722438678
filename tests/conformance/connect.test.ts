import { describe, expect, it } from 'vitest';
import { brokerUnderTest } from './broker-under-test.ts';
import { connect, field, PINGREQ, packet, publish, subscribe, uint16 } from './client-packets.ts';

const broker = brokerUnderTest();

/** What the broker says to a first packet before it closes the connection. */
async function answerBeforeEnd(...bytes: readonly Buffer[]): Promise<string[]> {
  using client = await broker.open();
  client.send(...bytes);
  return await client.closed();
}

/** A CONNECT of free make: its flags, then the fields of its payload. */
function handMade(flags: number, ...payload: readonly Buffer[]): Buffer {
  return packet(0x10, field('MQTT'), Buffer.from([4, flags]), uint16(0), ...payload);
}

describe('the first packet', () => {
  it.each([
    ['PINGREQ', PINGREQ],
    ['PUBLISH', publish('a', 'x')],
    ['SUBSCRIBE', subscribe(1, ['a', 0])],
    ['DISCONNECT', packet(0xe0)],
  ])('is CONNECT: %s ends the connection [MQTT-3.1.0-1]', async (_name, bytes) => {
    expect(await answerBeforeEnd(bytes)).toEqual([]);
  });

  it('is CONNECT, and the only one: a second ends the connection [MQTT-3.1.0-2]', async () => {
    const clientId = broker.name();
    using client = await broker.connect({ clientId });
    client.send(connect({ clientId }));
    expect(await client.closed()).toEqual([]);
  });

  it('is CONNECT, and the only one, also in the same chunk', async () => {
    const bytes = connect({ clientId: broker.name() });
    using client = await broker.open();
    client.send(bytes, bytes);
    expect(await client.closed()).toEqual(['CONNACK 0']);
  });
});

describe('protocol name and level', () => {
  it.each(['mqtt', 'MQTT ', 'MQTTT', 'MQT', '', 'HTTP', 'MQIsdq'])(
    'of %j are not those of MQTT 3.1.1: the connection ends [MQTT-3.1.2-1]',
    async (protocolName) => {
      expect(await answerBeforeEnd(connect({ protocolName, clientId: broker.name() }))).toEqual([]);
    },
  );

  it.each([0, 1, 2, 6, 7, 100, 127])(
    'of level %i are answered with 1 and the end [MQTT-3.1.2-2]',
    async (protocolLevel) => {
      expect(await answerBeforeEnd(connect({ protocolLevel, clientId: broker.name() }))).toEqual(['CONNACK 1']);
    },
  );

  it('of MQTT 5 are answered with 1 in the form of 3.1.1', async () => {
    const bytes = packet(0x10, field('MQTT'), Buffer.from([5, 2]), uint16(0), Buffer.from([0]), field('five'));
    expect(await answerBeforeEnd(bytes)).toEqual(['CONNACK 1']);
  });
});

describe('the flags of CONNECT', () => {
  it('have a reserved bit, which ends the connection if it is set [MQTT-3.1.2-3]', async () => {
    expect(await answerBeforeEnd(handMade(0x03, field(broker.name())))).toEqual([]);
  });

  it('with a will ask for its topic and its message [MQTT-3.1.2-9]', async () => {
    expect(await answerBeforeEnd(handMade(0x06, field(broker.name())))).toEqual([]);
    expect(await answerBeforeEnd(handMade(0x06, field(broker.name()), field('topic')))).toEqual([]);
  });

  it('without a will leave no room for its fields [MQTT-3.1.2-11]', async () => {
    expect(await answerBeforeEnd(handMade(0x02, field(broker.name()), field('topic'), field('message')))).toEqual([]);
  });

  it.each([0x0a, 0x12, 0x1a])('without a will have QoS 0 for it, not %i [MQTT-3.1.2-13]', async (flags) => {
    expect(await answerBeforeEnd(handMade(flags, field(broker.name())))).toEqual([]);
  });

  it('have no QoS 3 for a will [MQTT-3.1.2-14]', async () => {
    const will = { topic: broker.name(), payload: 'x', qos: 3 } as const;
    expect(await answerBeforeEnd(connect({ clientId: broker.name(), will }))).toEqual([]);
  });

  it('without a will have no retain flag for it [MQTT-3.1.2-15]', async () => {
    expect(await answerBeforeEnd(handMade(0x22, field(broker.name())))).toEqual([]);
  });

  it('without a user name leave no room for one [MQTT-3.1.2-18]', async () => {
    expect(await answerBeforeEnd(handMade(0x02, field(broker.name()), field('user')))).toEqual([]);
  });

  it('with a user name ask for it [MQTT-3.1.2-19]', async () => {
    expect(await answerBeforeEnd(handMade(0x82, field(broker.name())))).toEqual([]);
  });

  it('without a password leave no room for one [MQTT-3.1.2-20]', async () => {
    expect(await answerBeforeEnd(handMade(0x82, field(broker.name()), field('user'), field('password')))).toEqual([]);
  });

  it('with a password ask for it [MQTT-3.1.2-21]', async () => {
    expect(await answerBeforeEnd(handMade(0xc2, field(broker.name()), field('user')))).toEqual([]);
  });

  it('have no password without a user name [MQTT-3.1.2-22]', async () => {
    expect(await answerBeforeEnd(handMade(0x42, field(broker.name()), field('password')))).toEqual([]);
  });
});

describe('the payload of CONNECT', () => {
  it('has client id, will topic, will message, user name and password in this order [MQTT-3.1.3-1]', async () => {
    const topic = broker.name();
    using watcher = await broker.connect();
    await watcher.exchange(subscribe(1, [topic, 0]), 'SUBACK 1: 0');
    using known = await broker.connect({ clientId: broker.name(), will: { topic, payload: 'message' } });
    known[Symbol.dispose]();
    expect(await watcher.line()).toBe(`${topic}=message q0`);
    // Read in another order, the login would not be one at all.
    const fields = { clientId: broker.name(), will: { topic, payload: 'x' }, username: 'nobody', password: 'secret' };
    expect(await answerBeforeEnd(connect(fields))).toEqual(['CONNACK 4']);
  });

  it('begins with a client id: there is none where the payload is empty [MQTT-3.1.3-3]', async () => {
    expect(await answerBeforeEnd(handMade(0x02))).toEqual([]);
  });

  it.each([
    ['a field longer than the packet', handMade(0x02, Buffer.from([0, 9]), Buffer.from('abc'))],
    ['a byte behind the last field', handMade(0x02, field('abc'), Buffer.from([0]))],
    ['a header cut short', packet(0x10, field('MQTT'), Buffer.from([4]))],
    ['no keep-alive time', packet(0x10, field('MQTT'), Buffer.from([4, 2]))],
    ['nothing at all', packet(0x10)],
    ['a will cut short', handMade(0x06, field('abc'), field('topic'), Buffer.from([0, 9]))],
  ])('that is not as it must be ends the connection without a CONNACK: %s [MQTT-3.1.4-1]', async (_what, bytes) => {
    expect(await answerBeforeEnd(bytes)).toEqual([]);
  });
});

describe('client ids', () => {
  it.each(['a', 'Z', '0', 'abcdefghijklmnopqrstuvw', 'ABCDEFGHIJKLMNOPQRSTUVW', 'xyzXYZ0123456789'])(
    'of 1 to 23 letters and digits are accepted: %s [MQTT-3.1.3-5]',
    async (clientId) => {
      using client = await broker.open();
      client.send(connect({ clientId }));
      expect(await client.line()).toBe('CONNACK 0');
    },
  );

  it.each(['with space', 'ä-ö', 'a/b', '#', '+', 'constructor', '__proto__', 'x'.repeat(200)])(
    'of other characters are accepted too: %s',
    async (clientId) => {
      using client = await broker.open();
      client.send(connect({ clientId, isClean: false }));
      expect(await client.line()).toBe('CONNACK 0');
    },
  );

  it('that are empty get one of their own, each another [MQTT-3.1.3-6]', async () => {
    using first = await broker.connect({ clientId: '' });
    using second = await broker.connect({ clientId: '' });
    const topic = broker.name();
    await first.exchange(subscribe(1, [topic, 1]), 'SUBACK 1: 1');
    await second.exchange(subscribe(1, [topic, 0]), 'SUBACK 1: 0');
    second.send(publish(topic, 'x'));
    expect([await second.rest(), await first.rest()]).toEqual([[`${topic}=x q0`], [`${topic}=x q0`]]);
  });

  it('that are empty beside clean session 0 are answered with 2 and the end [MQTT-3.1.3-8]', async () => {
    expect(await answerBeforeEnd(connect({ clientId: '', isClean: false }))).toEqual(['CONNACK 2']);
  });

  it('that are refused are answered with 2 and the end [MQTT-3.1.3-9]', async () => {
    for (const clientId of ['@gateway', 'x'.repeat(257)]) {
      expect(await answerBeforeEnd(connect({ clientId }))).toEqual(['CONNACK 2']);
    }
  });

  it('in use go over to the new client, and the one before is disconnected [MQTT-3.1.4-2]', async () => {
    for (const isClean of [true, false]) {
      const clientId = broker.name();
      using first = await broker.connect({ clientId, isClean });
      using second = await broker.connect({ clientId, isClean });
      expect(await first.closed()).toEqual([]);
      expect([await second.rest(), second.isClosed]).toEqual([[], false]);
    }
  });

  it('in use go over to the last of many that come at once', async () => {
    const clientId = broker.name();
    const clients = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const client = await broker.open();
        client.send(connect({ clientId, isClean: false }));
        await client.line();
        return client;
      }),
    );
    using _stack = disposeAll(clients);
    await Promise.all(clients.map((client) => client.rest().catch(() => [])));
    expect(clients.filter(({ isClosed }) => !isClosed)).toHaveLength(1);
  });
});

describe('CONNACK', () => {
  it('comes with return code 0 to a CONNECT that is accepted [MQTT-3.1.4-4]', async () => {
    using client = await broker.open();
    client.send(connect({ clientId: broker.name() }));
    expect(await client.line()).toBe('CONNACK 0');
  });

  it('comes first: before answers and before messages that waited [MQTT-3.2.0-1]', async () => {
    const [clientId, topic] = [broker.name(), broker.name()];
    using publisher = await broker.connect();
    await publisher.deliver(publish(topic, 'kept', { qos: 1, id: 1, isRetained: true }), 1, 1);
    {
      using client = await broker.connect({ clientId, isClean: false });
      await client.exchange(subscribe(1, [topic, 1]), 'SUBACK 1: 1');
    }
    await publisher.deliver(publish(topic, 'missed', { qos: 1, id: 2 }), 1, 2);
    using client = await broker.open();
    client.send(connect({ clientId, isClean: false }), PINGREQ, subscribe(2, [topic, 1]));
    expect(await client.line()).toBe('CONNACK 0 present');
  });

  it('says that no session is present beside a code that refuses, and the connection ends [MQTT-3.2.2-4]', async () => {
    const clientId = broker.name();
    using client = await broker.connect({ clientId, isClean: false });
    await client.exchange(subscribe(1, ['a', 1]), 'SUBACK 1: 1');
    const refused = { clientId, isClean: false, username: 'nobody', password: 'x' };
    expect(await answerBeforeEnd(connect(refused))).toEqual(['CONNACK 4']);
    expect(await client.rest()).toEqual([]);
  });

  it.each([
    ['1', connect({ protocolLevel: 9 })],
    ['2', connect({ clientId: '', isClean: false })],
    ['4', connect({ clientId: 'a', username: 'nobody', password: 'x' })],
    ['5', connect({ clientId: 'a', will: { topic: '$SYS/broker/uptime' } })],
  ])('with code %s is the last packet of the connection [MQTT-3.2.2-5]', async (code, bytes) => {
    expect(await answerBeforeEnd(bytes, PINGREQ)).toEqual([`CONNACK ${code}`]);
  });

  it('does not come where no code fits [MQTT-3.2.2-6]', async () => {
    expect(await answerBeforeEnd(connect({ protocolName: 'AMQP', protocolLevel: 9 }))).toEqual([]);
  });

  it('that refuses is all: what the client sent behind its CONNECT is not looked at [MQTT-3.1.4-5]', async () => {
    const topic = broker.name();
    using watcher = await broker.connect();
    await watcher.exchange(subscribe(1, [topic, 0]), 'SUBACK 1: 0');
    const refused = connect({ clientId: broker.name(), username: 'nobody', password: 'x' });
    expect(await answerBeforeEnd(refused, publish(topic, 'x'), PINGREQ)).toEqual(['CONNACK 4']);
    expect(await watcher.rest()).toEqual([]);
  });

  it('need not be waited for: packets behind the CONNECT are taken in their order', async () => {
    const topic = broker.name();
    using client = await broker.open();
    client.send(connect({ clientId: broker.name() }), subscribe(1, [topic, 1]), publish(topic, 'x', { qos: 1, id: 2 }));
    const lines = [await client.line(), await client.line(), await client.line(), await client.line()];
    expect(lines.slice(0, 2)).toEqual(['CONNACK 0', 'SUBACK 1: 1']);
    expect(lines.slice(2).sort()).toEqual(['PUBACK 2', `${topic}=x q1`]);
  });
});

function disposeAll(clients: readonly Disposable[]): Disposable {
  const stack = new DisposableStack();
  for (const client of clients) stack.use(client);
  return stack;
}
