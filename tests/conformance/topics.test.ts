import { describe, expect, it } from 'vitest';
import { Secret } from '#gateway/model/secret.ts';
import { MAX_TOPIC_LEVELS } from '#gateway/model/topic-filter.ts';
import { brokerUnderTest } from './broker-under-test.ts';
import { publish, subscribe } from './client-packets.ts';

const broker = brokerUnderTest({
  sysIntervalSeconds: 10,
  users: [{ username: 'admin', password: new Secret('of the system'), publish: [], subscribe: ['#'], admin: true }],
});

/** Which of the topics a subscription to the filter brings. */
async function matched(filter: string, topics: readonly string[]): Promise<string[]> {
  using client = await broker.connect();
  await client.exchange(subscribe(1, [filter, 0]), 'SUBACK 1: 0');
  using publisher = await broker.connect();
  publisher.send(...topics.map((topic) => publish(topic)));
  await publisher.rest();
  return (await client.rest()).map((line) => line.slice(0, line.lastIndexOf('= q0')));
}

async function expectClosed(bytes: Buffer): Promise<void> {
  using client = await broker.connect();
  client.send(bytes);
  expect(await client.closed()).toEqual([]);
}

describe('wildcards', () => {
  it('are for filters; a topic with one ends the connection [MQTT-4.7.1-1]', async () => {
    for (const topic of ['a/+', 'a/#', 'a+', '#']) await expectClosed(publish(topic, 'x'));
  });

  it.each(['a/#/b', 'a#', '#a', 'a/b#', '##', '#/', 'a/#b'])(
    '%s: # stands at the end and alone in its level [MQTT-4.7.1-2]',
    async (filter) => {
      await expectClosed(subscribe(1, [filter, 0]));
    },
  );

  it.each(['a+', '+a', 'a/b+', 'a/+b/c', '++', '+a/b', 'a/++'])(
    '%s: + fills a level [MQTT-4.7.1-3]',
    async (filter) => {
      await expectClosed(subscribe(1, [filter, 0]));
    },
  );

  it.each([
    ['sport/#', ['sport', 'sport/', 'sport/a', 'sport/a/b'], ['sports', 'Sport/a', '/sport/a']],
    ['sport/+', ['sport/a', 'sport/'], ['sport', 'sport/a/b', 'sport/a/']],
    ['+/+', ['/finance', 'sport/a'], ['finance', 'a/b/c']],
    ['/+', ['/finance', '/'], ['finance', '/a/b']],
    ['+', ['finance', 'a'], ['/finance', 'a/b']],
    ['+/a/#', ['x/a', 'x/a/b', '/a'], ['a', 'x/b/a']],
    ['a/+/b', ['a/x/b', 'a//b'], ['a/b', 'a/x/y/b']],
    ['//', ['//'], ['/', '///']],
    ['#', ['a', '/', 'a/b/c', '//'], []],
    ['+/#', ['a', '/', 'a/b'], []],
    ['a//#', ['a//', 'a//b', 'a/'], ['a', 'a/b']],
  ])('in %s match what they must and nothing else', async (filter, matching, others) => {
    expect(await matched(filter, [...matching, ...others])).toEqual(matching);
  });
});

describe('topics that begin with $', () => {
  it.each(['#', '+/+', '+/#', '+/broker/+'])('are not matched by %s [MQTT-4.7.2-1]', async (filter) => {
    using admin = await broker.connect({ clientId: broker.name(), username: 'admin', password: 'of the system' });
    await admin.exchange(subscribe(1, ['$SYS/broker/#', 0]), 'SUBACK 1: 0');
    using other = await broker.connect({ clientId: broker.name(), username: 'admin', password: 'of the system' });
    await other.exchange(subscribe(1, [filter, 0]), 'SUBACK 1: 0');
    await broker.test.clock.advance(60_000);
    expect((await admin.rest()).length).toBeGreaterThan(0);
    expect((await other.rest()).filter((line) => line.startsWith('$'))).toEqual([]);
  });

  it('are not for clients to exchange messages: a publish is acknowledged and reaches nobody', async () => {
    using client = await broker.connect();
    client.send(subscribe(1, ['$a/#', 0], ['$a/b', 0], ['#', 0], ['+/+', 0]));
    expect(await client.line()).toBe('SUBACK 1: 128 128 0 0');
    for (const qos of [1, 2] as const) await client.deliver(publish('$a/b', 'x', { qos, id: qos }), qos, qos);
    client.send(publish('$a/b', 'x', { isRetained: true }));
    expect(await client.rest()).toEqual([]);
  });

  it('are like any others where the $ stands further behind', async () => {
    expect(await matched('a/+', ['a/$b'])).toEqual(['a/$b']);
    expect(await matched('#', ['a$', 'a/$SYS'])).toEqual(['a$', 'a/$SYS']);
  });

  it('and with $SYS are the own of the broker: a publish ends the connection', async () => {
    await expectClosed(publish('$SYS/broker/version', 'x'));
  });
});

describe('topic names and filters', () => {
  it('have one character at least: an empty one ends the connection [MQTT-4.7.3-1]', async () => {
    await expectClosed(publish('', 'x'));
    await expectClosed(subscribe(1, ['a', 0], ['', 0]));
    expect(await matched('#', ['/', ' '])).toEqual(['/', ' ']);
  });

  it('may be as long as the field, and are refused in form where they are longer than is taken [MQTT-4.7.3-3]', async () => {
    const longest = 'x'.repeat(65_535);
    using client = await broker.connect();
    client.send(subscribe(1, [longest, 0], ['a', 0]));
    expect(await client.line()).toMatch(/^SUBACK 1: (0|128) 0$/);
    using publisher = await broker.connect();
    publisher.send(publish(longest, 'x', { qos: 1, id: 1 }));
    const answer = await publisher.line();
    expect(['PUBACK 1', 'closed']).toContain(answer);
  });

  it(`may have ${MAX_TOPIC_LEVELS} levels, and deeper ones are refused in form`, async () => {
    const deepest = Array(MAX_TOPIC_LEVELS).fill('a').join('/');
    using client = await broker.connect();
    await client.exchange(subscribe(1, [deepest, 0], [`${deepest}/a`, 0]), 'SUBACK 1: 0 128');
    client.send(publish(deepest, 'x'));
    expect(await client.rest()).toEqual([`${deepest}=x q0`]);
    await expectClosed(publish(`${deepest}/a`, 'x'));
  });

  it.each([
    ['case', 'Aa', ['Aa'], ['aa', 'AA', 'aA']],
    ['spaces', 'a b ', ['a b '], ['a b', 'ab', ' a b']],
    ['a slash in front', '/a', ['/a'], ['a', '//a']],
    ['a slash behind', 'a/', ['a/'], ['a', 'a//']],
    ['composed and decomposed letters', '\u00e9', ['\u00e9'], ['e\u0301']],
    ['invisible characters', 'a\u200b', ['a\u200b'], ['a']],
    ['dots and percent signs', 'a/../%41', ['a/../%41'], ['%41', 'a/../A']],
    ['names that objects have', '__proto__/constructor', ['__proto__/constructor'], ['__proto__']],
  ])('are compared as they are: %s [MQTT-4.7.3-4]', async (_what, filter, matching, others) => {
    expect(await matched(filter, [...matching, ...others])).toEqual(matching);
  });
});
