import type { IPublishPacket } from 'mqtt-packet';
import { describe, expect, it, vi } from 'vitest';
import { openStockAedes } from './testing/open-stock-aedes.ts';
import { openTestBroker } from './testing/open-test-broker.ts';
import { publishPacket, RawClient } from './testing/raw-client.ts';

type Packets = readonly IPublishPacket[];

/** A broker under test. */
interface Subject {
  readonly port: number;
  readonly publishedCount: () => number;
}

/** Names of publishers, and first levels of their topics; the subscriber wants all of these and nothing else. */
const WANTED = ['a', 'b', 'c', 'd', 'r'];

/**
 * Each publisher sends its packets in one chunk, the next one as soon as the broker has read them.
 *
 * @returns how many of the wanted ones a live subscriber did not get
 */
async function countLosses(subject: Subject, publishers: readonly Packets[]): Promise<number> {
  using subscriber = await RawClient.connect(subject.port);
  await subscriber.subscribe(...WANTED.map((name) => ({ topic: `${name}/#`, qos: 1 }) as const));
  using stack = new DisposableStack();
  const clients = await Promise.all(publishers.map(async () => stack.use(await RawClient.connect(subject.port))));
  for (const [index, client] of clients.entries()) {
    client.send(...(publishers[index] ?? []));
    await client.ping();
  }
  const madeCount = publishers.flat().length;
  await vi.waitFor(() => expect(subject.publishedCount()).toBe(madeCount), { timeout: 20_000, interval: 10 });
  const qos1Count = publishers.flat().filter(({ qos }) => qos === 1).length;
  await Promise.all(clients.map((client) => client.ping()));
  expect(clients.reduce((sum, client) => sum + client.count('puback'), 0)).toBe(qos1Count);
  await subscriber.ping();
  const wantedCount = publishers.flat().filter(({ topic }) => WANTED.includes(topic.slice(0, 1))).length;
  return wantedCount - new Set(subscriber.payloads).size;
}

async function stockLosses(publishers: readonly Packets[], storeDelayMs?: () => number): Promise<number> {
  await using aedes = await openStockAedes({ ...(storeDelayMs && { storeDelayMs }) });
  return await countLosses({ port: aedes.port, publishedCount: () => aedes.publishedCount }, publishers);
}

async function serialisedLosses(publishers: readonly Packets[], storeDelayMs?: () => number): Promise<number> {
  await using aedes = await openStockAedes({ isSerialised: true, ...(storeDelayMs && { storeDelayMs }) });
  return await countLosses({ port: aedes.port, publishedCount: () => aedes.publishedCount }, publishers);
}

async function ourLosses(publishers: readonly Packets[]): Promise<number> {
  await using test = await openTestBroker();
  const publishedCount = () => test.broker.status().publishedCount;
  return await countLosses({ port: test.port, publishedCount }, publishers);
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

describe('messages that overtake each other inside the broker [B3]', () => {
  const retainedAndPlain = [
    Array.from({ length: 2000 }, (_, index) =>
      publishPacket(`r/${index % 10}`, `m ${index}`, 0, undefined, index % 2 === 0),
    ),
  ];
  const twoQualities = [messages('a', 150, () => 1), messages('b', 150, () => 0)];
  const oneQuality = [messages('a', 200, () => 1)];
  const fourMixed = ['a', 'b', 'c', 'd'].map((name) => messages(name, 50, (index) => (index % 2 === 0 ? 1 : 0)));

  it('D1: retained and plain QoS 0 in one chunk are lost by stock Aedes, none by ours', async () => {
    expect(await stockLosses(retainedAndPlain)).toBe(1000);
    expect(await ourLosses(retainedAndPlain)).toBe(0);
  });

  it('messages that nobody wants let none overtake: stock Aedes loses behind them, ours does not', async () => {
    const besideUnwanted = [
      Array.from({ length: 300 }, (_, index) => {
        if (index % 3 === 0) return publishPacket('nobody/t', `n ${index}`, 1, index + 1);
        return publishPacket(`r/${index}`, `m ${index}`, 0, undefined, index % 3 === 1);
      }),
    ];
    expect(await stockLosses(besideUnwanted)).toBeGreaterThan(50);
    expect(await serialisedLosses(besideUnwanted)).toBe(0);
    expect(await ourLosses(besideUnwanted)).toBe(0);
  });

  it('D2: QoS 1 beside QoS 0 is lost by stock Aedes over a store of 2 ms, none when serialised, none by ours', async () => {
    expect(await stockLosses(twoQualities, () => 2)).toBeGreaterThan(50);
    expect(await serialisedLosses(twoQualities, () => 2)).toBe(0);
    expect(await ourLosses(twoQualities)).toBe(0);
  });

  it('D3: QoS 1 alone is lost by stock Aedes over a store of 1 to 4 ms, none when serialised, none by ours', async () => {
    expect(await stockLosses(oneQuality, varyingDelayMs())).toBeGreaterThan(20);
    expect(await serialisedLosses(oneQuality, varyingDelayMs())).toBe(0);
    expect(await ourLosses(oneQuality)).toBe(0);
  });

  it('D4: four publishers of mixed QoS lose on stock Aedes over a disk-like store, none when serialised, none by ours', async () => {
    expect(await stockLosses(fourMixed, varyingDelayMs())).toBeGreaterThan(20);
    expect(await serialisedLosses(fourMixed, varyingDelayMs())).toBe(0);
    expect(await ourLosses(fourMixed)).toBe(0);
  });
});
