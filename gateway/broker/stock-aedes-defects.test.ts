/**
 * What stock Aedes 1.2 does wrong and this broker does not, by the numbers D1 to D9 that the measurements gave them. Each test
 * shows the defect in stock Aedes first, so that it cannot pass for want of a cause.
 */
import { once } from 'node:events';
import type { IPublishPacket, Packet } from 'mqtt-packet';
import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';
import { openStockAedes, type StockAedesOptions } from './testing/open-stock-aedes.ts';
import { openTestBroker } from './testing/open-test-broker.ts';
import { publishPacket, RawClient } from './testing/raw-client.ts';

type Packets = readonly IPublishPacket[];

/** A broker under test. */
interface Subject {
  readonly port: number;
  /** Publishes that have gone all the way. */
  readonly publishedCount: number;
}

/** Asks stock Aedes and this broker the same question. @returns both answers */
async function compare<T>(
  ask: (subject: Subject) => Promise<T>,
  stockOptions: StockAedesOptions = {},
): Promise<Answers<T>> {
  await using stock = await openStockAedes(stockOptions);
  const inStock = await ask(stock);
  await using test = await openTestBroker();
  const inOurs = await ask({
    port: test.port,
    get publishedCount() {
      return test.broker.status().publishedCount;
    },
  });
  return { inStock, inOurs };
}

interface Answers<T> {
  readonly inStock: T;
  readonly inOurs: T;
}

/** Names of publishers, and first levels of their topics; the subscriber wants all of these and nothing else. */
const WANTED = ['a', 'b', 'c', 'd', 'r'];

/**
 * Each publisher sends its packets in one chunk, the next one as soon as the broker has read them.
 *
 * @returns a question: how many of the wanted ones does a live subscriber not get?
 */
function lossesOf(...publishers: readonly Packets[]): (subject: Subject) => Promise<number> {
  return async (subject) => {
    using subscriber = await RawClient.connect(subject.port);
    await subscriber.subscribe(...WANTED.map((name) => ({ topic: `${name}/#`, qos: 1 }) as const));
    using stack = new DisposableStack();
    const clients = await Promise.all(publishers.map(async () => stack.use(await RawClient.connect(subject.port))));
    for (const [index, client] of clients.entries()) {
      client.send(...(publishers[index] ?? []));
      await client.ping();
    }
    const made = publishers.flat();
    await vi.waitFor(() => expect(subject.publishedCount).toBe(made.length), { timeout: 20_000, interval: 10 });
    await Promise.all(clients.map((client) => client.ping()));
    const pubackCount = clients.reduce((sum, client) => sum + client.count('puback'), 0);
    expect(pubackCount).toBe(made.filter(({ qos }) => qos === 1).length);
    await answerUntilQuiet(subscriber);
    const wantedCount = made.filter(({ topic }) => WANTED.includes(topic.slice(0, 1))).length;
    return wantedCount - new Set(subscriber.payloads).size;
  };
}

/** Acknowledges what has come until two round trips bring nothing more. */
async function answerUntilQuiet(client: RawClient): Promise<void> {
  for (let seenCount = -1, quietCount = 0; quietCount < 2; ) {
    const news: readonly Packet[] = client.received.slice(Math.max(seenCount, 0));
    seenCount = client.received.length;
    quietCount = news.some(({ cmd }) => cmd !== 'pingresp') ? 0 : quietCount + 1;
    for (const packet of news) {
      const { messageId = 0 } = packet;
      if (packet.cmd === 'publish' && packet.qos === 1) client.send({ cmd: 'puback', messageId });
      if (packet.cmd === 'publish' && packet.qos === 2) client.send({ cmd: 'pubrec', messageId });
      if (packet.cmd === 'pubrel') client.send({ cmd: 'pubcomp', messageId });
    }
    await client.ping();
  }
}

/** Messages of one publisher, numbered; `qosOf` decides the quality of each. */
function messages(name: string, count: number, qosOf: (index: number) => 0 | 1): Packets {
  return Array.from({ length: count }, (_, index) =>
    publishPacket(`${name}/t`, `${name} ${index}`, qosOf(index), qosOf(index) === 1 ? index + 1 : undefined),
  );
}

/** 1 to 4 ms in a fixed sequence that has no rhythm: a linear congruential generator. */
function varyingDelayMs(): () => number {
  let state = 20_261_120;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return 1 + (state / 2 ** 32) * 3;
  };
}

/** A persistent session of QoS 1 on a topic, left behind. */
async function leaveSession(port: number, clientId: string, topic: string): Promise<void> {
  using client = await RawClient.connect(port, { clientId, clean: false });
  await client.subscribe({ topic, qos: 1 });
  client.send({ cmd: 'disconnect' });
  await client.until(() => client.isClosed);
}

/** Publishes with QoS 1, numbered, and waits for all answers. */
async function publishAll(port: number, topic: string, count: number): Promise<void> {
  using publisher = await RawClient.connect(port);
  for (let first = 0; first < count; first += 500) {
    const batch = Array.from({ length: Math.min(500, count - first) }, (_, index) =>
      publishPacket(topic, String(first + index), 1, index + 1),
    );
    publisher.send(...batch);
    await publisher.until(() => publisher.acknowledged.length >= first + batch.length);
  }
}

describe('messages that overtake each other inside the broker [B3]', () => {
  it('D1: retained and plain QoS 0 in one chunk are lost by stock Aedes', async () => {
    const retainedAndPlain = Array.from({ length: 2000 }, (_, index) =>
      publishPacket(`r/${index % 10}`, `m ${index}`, 0, undefined, index % 2 === 0),
    );
    expect(await compare(lossesOf(retainedAndPlain))).toEqual({ inStock: 1000, inOurs: 0 });
  });

  it('D1: so are those behind messages that nobody wants', async () => {
    const besideUnwanted = Array.from({ length: 300 }, (_, index) => {
      if (index % 3 === 0) return publishPacket('nobody/t', `n ${index}`, 1, index + 1);
      return publishPacket(`r/${index}`, `m ${index}`, 0, undefined, index % 3 === 1);
    });
    const { inStock, inOurs } = await compare(lossesOf(besideUnwanted));
    expect([inStock > 0, inOurs]).toEqual([true, 0]);
  });

  it('D2: QoS 1 beside QoS 0 is lost by stock Aedes over a store of 5 ms', async () => {
    const ask = lossesOf(
      messages('a', 150, () => 1),
      messages('b', 150, () => 0),
    );
    const { inStock, inOurs } = await compare(ask, { storeDelayMs: () => 5 });
    expect([inStock > 0, inOurs]).toEqual([true, 0]);
  });

  it('D3: QoS 1 alone is lost by stock Aedes over a store of 1 to 4 ms', async () => {
    const ask = lossesOf(messages('a', 200, () => 1));
    const { inStock, inOurs } = await compare(ask, { storeDelayMs: varyingDelayMs() });
    expect([inStock > 0, inOurs]).toEqual([true, 0]);
  });

  it('D4: four publishers of mixed QoS lose on stock Aedes over a disk-like store', async () => {
    const ask = lossesOf(
      ...['a', 'b', 'c', 'd'].map((name) => messages(name, 50, (index) => (index % 2 === 0 ? 1 : 0))),
    );
    const { inStock, inOurs } = await compare(ask, { storeDelayMs: varyingDelayMs() });
    expect([inStock > 0, inOurs]).toEqual([true, 0]);
  });

  it('30 messages of mixed QoS in one chunk lose their order in stock Aedes [B2]', async () => {
    const mixed = Array.from({ length: 30 }, (_, index) => {
      const qos = ([0, 1, 2] as const)[index % 3] ?? 0;
      return publishPacket('a/t', String(index), qos, qos === 0 ? undefined : index + 1);
    });
    const { inStock, inOurs } = await compare(async ({ port }) => {
      using subscriber = await RawClient.connect(port);
      await subscriber.subscribe({ topic: 'a/t', qos: 2 });
      using publisher = await RawClient.connect(port);
      publisher.send(...mixed);
      await publisher.until(() => publisher.count('pubrec') === 10 && publisher.count('puback') === 10);
      await answerUntilQuiet(subscriber);
      return subscriber.payloads;
    });
    const sent = mixed.map(({ payload }) => payload);
    expect(inStock).not.toEqual(sent);
    expect(inOurs).toEqual(sent);
  });
});

describe('one client that harms the others [B4]', () => {
  it('D5: a frozen subscriber stalls everyone in stock Aedes', async () => {
    const fill = Array.from({ length: 400 }, () => publishPacket('flood', 'x'.repeat(20_000)));
    const flood = Array.from({ length: 1000 }, () => publishPacket('flood', 'x'.repeat(200)));
    const { inStock, inOurs } = await compare(async ({ port }) => {
      using frozen = await RawClient.connect(port);
      await frozen.subscribe({ topic: 'flood', qos: 0 });
      frozen.socket.pause();
      using honest = await RawClient.connect(port);
      await honest.subscribe({ topic: 'honest', qos: 0 });
      using publisher = await RawClient.connect(port);
      using stack = new DisposableStack();
      const startFlood = async (packets: Packets) => {
        const flooder = stack.use(await RawClient.connect(port));
        flooder.send(...packets, { cmd: 'pingreq' });
        return flooder;
      };
      // The first fills the socket of the frozen one, and may get stuck at that, which is no failure; the others the places of the emitter.
      const filler = await startFlood(fill);
      await vi.waitFor(() => expect(filler.count('pingresp')).toBe(1), { timeout: 1500 }).catch(() => {});
      const flooders = [filler, ...(await Promise.all([flood, flood, flood, flood].map(startFlood)))];
      for (let quietCount = 0; quietCount < 5; ) {
        const isFloodOver = flooders.every((flooder) => flooder.count('pingresp') > 0);
        const seenCount = honest.payloads.length;
        publisher.send(publishPacket('honest', 'x'));
        await new Promise((resolve) => setTimeout(resolve, 100));
        quietCount = honest.payloads.length === seenCount ? quietCount + 1 : 0;
        if (isFloodOver && quietCount === 0) return 'served';
      }
      return 'stalled';
    });
    expect({ inStock, inOurs }).toEqual({ inStock: 'stalled', inOurs: 'served' });
  });

  it('D8: a CONNECT of 200 MB is taken in by stock Aedes, and refused at its fixed header by ours [B5]', async () => {
    const header = Buffer.from('1080a8d65f', 'hex');
    const flood = Buffer.alloc(4 * 2 ** 20, 7);
    await using stock = await openStockAedes();
    using swallowed = await RawClient.open(stock.port);
    swallowed.sendBytes(header);
    swallowed.sendBytes(flood);
    await once(swallowed.socket, 'drain');
    expect([swallowed.isClosed, swallowed.socket.bytesWritten]).toEqual([false, header.length + flood.length]);
    await using test = await openTestBroker();
    using refused = await RawClient.open(test.port);
    refused.sendBytes(header);
    await refused.until(() => refused.isClosed);
    expect(test.broker.status().refusals).toEqual({ packetTooLarge: 1 });
  });
});

describe('the queue of a session [B3]', () => {
  it('D6: what is published while it drains overtakes it in stock Aedes', async () => {
    const { inStock, inOurs } = await compare(async ({ port }) => {
      await leaveSession(port, 'away', 'q');
      await publishAll(port, 'q', 300);
      using publisher = await RawClient.connect(port);
      using client = await RawClient.connect(port, { clientId: 'away', clean: false });
      publisher.send(publishPacket('q', '300', 1, 1));
      while (new Set(client.payloads).size < 301) await answerUntilQuiet(client);
      return [...new Set(client.payloads)].indexOf('300');
    });
    expect(inOurs).toBe(300);
    expect(inStock).toBeLessThan(300);
  });

  it('D6: what is sent again comes without its DUP flag from stock Aedes', async () => {
    const { inStock, inOurs } = await compare(async ({ port }) => {
      await leaveSession(port, 'away', 'q');
      await publishAll(port, 'q', 1);
      {
        using client = await RawClient.connect(port, { clientId: 'away', clean: false });
        await client.until(() => client.payloads.length === 1);
      }
      using client = await RawClient.connect(port, { clientId: 'away', clean: false });
      await client.until(() => client.payloads.length === 1);
      return client.received.some((packet) => packet.cmd === 'publish' && packet.dup);
    });
    expect({ inStock, inOurs }).toEqual({ inStock: false, inOurs: true });
  });

  it('D7: all of it is in flight at once in stock Aedes, whether the client answers or not', async () => {
    const count = 2000;
    const { inStock, inOurs } = await compare(async ({ port }) => {
      await leaveSession(port, 'away', 'q');
      await publishAll(port, 'q', count);
      using client = await RawClient.connect(port, { clientId: 'away', clean: false });
      await client.until(() => client.payloads.length > 0);
      for (let seenCount = 0; seenCount < client.payloads.length; ) {
        seenCount = client.payloads.length;
        await client.ping();
      }
      const inFlightCount = client.payloads.length;
      await answerUntilQuiet(client);
      return [inFlightCount, client.payloads.length];
    });
    expect({ inStock, inOurs }).toEqual({ inStock: [count, count], inOurs: [DEFAULT_LIMITS.maxInflight, count] });
  });
});

it('D9: a QoS 2 message and its repetition in one chunk are published twice by stock Aedes', async () => {
  const original = publishPacket('t', 'once', 2, 1);
  const { inStock, inOurs } = await compare(async ({ port }) => {
    using subscriber = await RawClient.connect(port);
    await subscriber.subscribe({ topic: 't', qos: 0 });
    using publisher = await RawClient.connect(port);
    publisher.send(original, { ...original, dup: true });
    await publisher.until(() => publisher.count('pubrec') === 2);
    await answerUntilQuiet(subscriber);
    return subscriber.payloads.length;
  });
  expect({ inStock, inOurs }).toEqual({ inStock: 2, inOurs: 1 });
});
