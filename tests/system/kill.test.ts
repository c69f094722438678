import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Child } from '#tests/support/child.ts';
import { CountingHub, type HubEvent } from '#tests/support/counting-hub.ts';
import { CountingPublisher, parseCounted } from '#tests/support/counting-publisher.ts';
import { FlakyLink } from '#tests/support/flaky-link.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { PUBLISHER, startReadyGateway, testConfig, untilStatus, writeConfig } from '#tests/support/gateway-process.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { openSeededRandom } from '#tests/support/seeded-random.ts';
import { until } from '#tests/support/until.ts';

/** Kills that must each hit at least one unacknowledged publish. */
const KILL_COUNT = 20;
const MAX_ACKS_BETWEEN_KILLS = 300;

let cleanup: AsyncDisposableStack;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});

afterEach(async () => {
  await cleanup.disposeAsync();
});

/** A hub behind a link that can be cut, a configured gateway, and three publishers that begin at once. */
async function openBench() {
  const folder = cleanup.use(await openScratchFolder());
  const hub = cleanup.use(await CountingHub.open());
  const link = cleanup.use(await FlakyLink.open(hub.port));
  const brokerPort = await findFreePort();
  const configFile = await writeConfig(folder.path, testConfig({ brokerPort, hubPort: link.port }));
  let gateway: Child | undefined;
  cleanup.defer(async () => {
    await gateway?.kill();
  });
  const start = async () => {
    gateway = await startReadyGateway(configFile, brokerPort);
    return gateway;
  };
  const publishers = ['red', 'green', 'blue'].map((clientId) => {
    const topics = [`sensors/${clientId}/pressure`, `alerts/${clientId}`, `sensors/${clientId}/temperature`];
    return cleanup.use(new CountingPublisher({ port: brokerPort, ...PUBLISHER, clientId, topics, windowSize: 20 }));
  });
  return { hub, link, configFile, publishers, start };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Lanes are served by priority, so order holds for each client within each stream. */
function laneOf(event: HubEvent): string {
  const { client } = parseCounted(Buffer.from(event.payload).toString());
  return `${client} ${event.topic.includes('/alerts/') ? 'alerts' : 'telemetry'}`;
}

describe.each(['reachable', 'cut'] as const)('a gateway killed again and again with the hub %s', (hubState) => {
  it('delivers every acknowledged publish, in order, and repeats only what was unacknowledged [J1 J2 J3 D1 D2 B1 B2]', async () => {
    const random = openSeededRandom();
    const { hub, link, configFile, publishers, start } = await openBench();
    let gateway = await start();
    for (const publisher of publishers) publisher.start();
    const acknowledged = () => sum(publishers.map((publisher) => publisher.acknowledgedCount));
    const pending = () => sum(publishers.map((publisher) => publisher.pendingCount));
    await until('the first events are at the hub', 10_000, () => hub.distinctCount > 10);
    if (hubState === 'cut') link.cut();

    const hits: number[] = [];
    let killCount = 0;
    while (hits.length < KILL_COUNT) {
      const target = acknowledged() + random.integer(1, MAX_ACKS_BETWEEN_KILLS);
      await until('enough is acknowledged for the next kill', 15_000, () => acknowledged() >= target);
      await gateway.kill();
      killCount++;
      await until('every publisher has noticed', 5_000, () => publishers.every((publisher) => !publisher.isOnline));
      if (pending() > 0) hits.push(pending());
      gateway = await start();
    }
    link.restore();
    await Promise.all(publishers.map((publisher) => publisher.finish(20_000)));
    await untilStatus('the backlog is drained', configFile, 40_000, ({ sinks }) =>
      sinks.every(({ lanes }) => lanes.every(({ backlogCount }) => backlogCount === 0)),
    );

    const idsByCounter = new Map<string, Set<string>>();
    const orderByLane = new Map<string, number[]>();
    for (const event of hub.distinct) {
      const { client, counter } = parseCounted(Buffer.from(event.payload).toString());
      const ids = idsByCounter.get(`${client} ${counter}`) ?? new Set();
      if (ids.size === 0) orderByLane.set(laneOf(event), [...(orderByLane.get(laneOf(event)) ?? []), counter]);
      idsByCounter.set(`${client} ${counter}`, ids.add(event.id));
    }
    const missing = publishers.flatMap(({ clientId, madeCount }) =>
      counters(madeCount).filter((counter) => !idsByCounter.has(`${clientId} ${counter}`)),
    );
    const republished = [...idsByCounter].filter(([, ids]) => ids.size > 1).map(([counter]) => counter);
    const unexcused = republished.filter((name) => {
      const [client, counter] = name.split(' ');
      const publisher = publishers.find(({ clientId }) => clientId === client);
      return publisher?.interruptedCounters.has(Number(counter)) !== true;
    });
    console.log(
      `hub ${hubState}: seed ${random.seed}, ${killCount} kills, ${hits.length} hit unacknowledged publishes (${hits.join(' ')}), ` +
        `${acknowledged()} acknowledged, ${hub.distinctCount} ids at the hub, ${hub.events.length - hub.distinctCount} repeats of an id, ` +
        `${republished.length} counters published again, ${missing.length} missing`,
    );
    expect({ missing, unexcused, contradictions: hub.contradictions }).toEqual({
      missing: [],
      unexcused: [],
      contradictions: [],
    });
    for (const order of orderByLane.values()) expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(idsByCounter.size).toBe(sum(publishers.map((publisher) => publisher.madeCount)));
    expect((await gateway.stop()).code).toBe(0);
  });
});

function counters(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
