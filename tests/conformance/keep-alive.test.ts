import { describe, expect, it } from 'vitest';
import { brokerUnderTest } from './broker-under-test.ts';
import { PINGREQ, publish, subscribe } from './client-packets.ts';

const broker = brokerUnderTest();

/** Real time: Aedes counts it by itself. */
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs until the broker ends the connection. @returns how long that took */
async function closedAfterMs(closed: Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await closed;
  return performance.now() - startedMs;
}

describe.concurrent('the keep-alive time', () => {
  it('ends the connection of a silent client after one and a half of it, and publishes its will [MQTT-3.1.2-24]', async () => {
    const topic = broker.name();
    using watcher = await broker.connect();
    await watcher.exchange(subscribe(1, [topic, 0]), 'SUBACK 1: 0');
    using client = await broker.connect({ keepAliveSeconds: 1, will: { topic, payload: 'silent' } });
    const tookMs = await closedAfterMs(client.closed());
    // On a busy machine it may be noticed later, never earlier.
    expect(tookMs).toBeGreaterThan(1400);
    expect(await watcher.line()).toBe(`${topic}=silent q0`);
  });

  it.each([
    ['PINGREQ', PINGREQ],
    ['PUBLISH of QoS 0', publish('keep-alive', 'x')],
  ])('begins anew with every packet: %s', async (_name, bytes) => {
    using client = await broker.connect({ keepAliveSeconds: 1 });
    for (const _time of [1, 2]) {
      await wait(900);
      client.send(bytes);
    }
    expect(client.isClosed).toBe(false);
  });

  it('begins anew with nothing that the broker sends', async () => {
    const topic = broker.name();
    using publisher = await broker.connect();
    using client = await broker.connect({ keepAliveSeconds: 1 });
    await client.exchange(subscribe(1, [topic, 0]), 'SUBACK 1: 0');
    const sending = setInterval(() => publisher.send(publish(topic, 'x')), 200);
    const tookMs = await closedAfterMs(client.closed());
    clearInterval(sending);
    expect(tookMs).toBeGreaterThan(1400);
  });

  it('of 0 lets a client be silent', async () => {
    using client = await broker.connect({ keepAliveSeconds: 0 });
    await wait(1800);
    expect(await client.rest()).toEqual([]);
  });
});

it('PINGREQ is answered with PINGRESP, each [MQTT-3.12.4-1]', async () => {
  using client = await broker.connect();
  client.send(PINGREQ, PINGREQ, PINGREQ);
  expect([await client.line(), await client.line(), await client.line()]).toEqual(Array(3).fill('PINGRESP'));
});
