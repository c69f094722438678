import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { connect } from 'mqtt';
import { askGateway } from '#gateway/host/ask-gateway.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';
import { CountingPublisher } from '#tests/support/counting-publisher.ts';
import { FlakyLink } from '#tests/support/flaky-link.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { hubSink, PUBLISHER, startReadyGateway, testConfig, writeConfig } from '#tests/support/gateway-process.ts';
import { INSPECTED, openLiveHeap } from '#tests/support/live-heap.ts';
import { Mosquitto } from '#tests/support/mosquitto.ts';
import { readUsage } from '#tests/support/process-usage.ts';
import { until } from '#tests/support/until.ts';

/** How the sink of a drain is configured, beside its address. */
export type DrainSink = Readonly<Record<string, unknown>>;

/** What came of a drain. */
export interface DrainResult {
  readonly eventsPerSecond: number;
  /** From the first event that the hub took to the first of a new alert, and of a new position. */
  readonly alertMs: number;
  readonly positionMs: number;
  /** The most resident memory of the gateway while it drained. */
  readonly rssBytes: number;
  readonly carriedBytes: number;
}

/** As `hubSink` has it. */
const LOGIN = { username: 'test-truck', password: 'hub password for tests' };
const CLIENTS = ['red', 'green', 'blue'];
/** A tenth of the slowest rate that is worth waiting for. */
const LEAST_PER_SECOND = 500;

/** The memory of a gateway that has buffered so many events. */
export interface OutageMemory {
  readonly count: number;
  readonly rssBytes: number;
  /** What a forced collection leaves. */
  readonly liveBytes: number;
}

/** How often memory is looked at on the way. */
const PARTS = 4;

/**
 * Fills a journal in `folder` while the hub cannot be reached.
 *
 * @returns what memory there was at each quarter of the way
 */
export async function bufferEvents(folder: string, eventCount: number): Promise<readonly OutageMemory[]> {
  const brokerPort = await findFreePort();
  // Nobody listens there.
  const config = configFor(brokerPort, await findFreePort(), {});
  await using gateway = await startReadyGateway(await writeConfig(folder, config), brokerPort, INSPECTED);
  using heap = await openLiveHeap(gateway);
  await using cleanup = new AsyncDisposableStack();
  const publishers = CLIENTS.map((clientId) => {
    const topics = [`sensors/${clientId}`];
    return cleanup.use(
      new CountingPublisher({
        port: brokerPort,
        ...PUBLISHER,
        clientId,
        topics,
        windowSize: 100,
        paddingBytes: 48,
      }),
    );
  });
  for (const publisher of publishers) {
    publisher.limit = Math.ceil(eventCount / CLIENTS.length);
    publisher.start();
  }
  const acknowledged = () => publishers.reduce((sum, { acknowledgedCount }) => sum + acknowledgedCount, 0);
  const limitMs = (eventCount / LEAST_PER_SECOND) * 1000;
  const memory: OutageMemory[] = [];
  for (let part = 1; part <= PARTS; part++) {
    const wanted = Math.floor((eventCount * part) / PARTS);
    await until(`${wanted} events are buffered`, limitMs, () => acknowledged() >= wanted);
    const count = acknowledged();
    const { rssBytes } = readUsage(gateway.pid);
    memory.push({ count, rssBytes, liveBytes: await heap.measure() });
  }
  await gateway.stop();
  return memory;
}

/** Lets a gateway with a copy of that journal reach a Mosquitto, and measures until nothing waits any more. */
export async function drainBacklog(
  source: string,
  folder: string,
  eventCount: number,
  sink: DrainSink,
): Promise<DrainResult> {
  await using cleanup = new AsyncDisposableStack();
  await cp(join(source, 'data'), join(folder, 'data'), { recursive: true });
  const lines = ['set_tcp_nodelay true', 'max_inflight_messages 1000', 'max_queued_messages 0'];
  const hub = cleanup.use(await Mosquitto.start(folder, LOGIN, lines));
  const link = cleanup.use(await FlakyLink.open(hub.port));
  link.cut();
  const brokerPort = await findFreePort();
  const configFile = await writeConfig(folder, configFor(brokerPort, link.port, sink));
  const gateway = cleanup.use(await startReadyGateway(configFile, brokerPort));
  const status = async () =>
    (await askGateway(join(folder, 'data'), 'status').catch(() => undefined)) as GatewayStatus | undefined;
  await using late = new LateEvents(hub.url);
  await late.subscribe();
  link.restore();
  let rssBytes = 0;
  let firstMs = 0;
  let drainedMs = 0;
  let publishing: Promise<void> | undefined;
  await until('everything is delivered', (eventCount / LEAST_PER_SECOND) * 1000, async () => {
    const sinks = (await status())?.sinks ?? [];
    rssBytes = Math.max(rssBytes, readUsage(gateway.pid).rssBytes);
    const [{ acknowledgedCount, lanes } = { acknowledgedCount: 0, lanes: [] }] = sinks;
    if (firstMs === 0 && acknowledgedCount > 0) {
      firstMs = performance.now();
      publishing = late.publish(brokerPort);
    }
    // The late ones may wait for company in a batch.
    if (drainedMs === 0 && acknowledgedCount >= eventCount) drainedMs = performance.now();
    return firstMs > 0 && lanes.every(({ backlogCount }) => backlogCount === 0);
  });
  await publishing;
  const seconds = (drainedMs - firstMs) / 1000;
  await until('the late events have come', 10_000, () => late.alertMs > 0 && late.positionMs > 0);
  const { alertMs, positionMs } = late;
  return { eventsPerSecond: eventCount / seconds, alertMs, positionMs, rssBytes, carriedBytes: link.carriedBytes };
}

/** An alert and a position that are published while the backlog drains, and when they come to the hub. */
class LateEvents implements AsyncDisposable {
  alertMs = 0;
  positionMs = 0;
  #publishedMs = 0;
  readonly #subscriber;

  constructor(hubUrl: string) {
    this.#subscriber = connect(hubUrl, { ...LOGIN, reconnectPeriod: 0 });
    this.#subscriber.on('message', (topic, payload) => {
      const ms = performance.now() - this.#publishedMs;
      const text = topic.includes('/batch/') ? zstdDecompressSync(payload).toString() : topic;
      if (text.includes('alerts/late')) this.alertMs ||= ms;
      if (text.includes('sensors/late')) this.positionMs ||= ms;
    });
  }

  async subscribe(): Promise<void> {
    await this.#subscriber.subscribeAsync(['fleet/+/alerts/late', 'fleet/+/sensors/late', 'fleet/+/batch/+']);
  }

  async publish(brokerPort: number): Promise<void> {
    const url = `mqtt://127.0.0.1:${brokerPort}`;
    const publisher = connect(url, { ...PUBLISHER, clientId: 'late', reconnectPeriod: 0 });
    this.#publishedMs = performance.now();
    await publisher.publishAsync('alerts/late', '{"late":true}', { qos: 1 });
    await publisher.publishAsync('sensors/late', '{"late":true}', { qos: 1 });
    await publisher.endAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#subscriber.endAsync(true);
  }
}

function configFor(brokerPort: number, hubPort: number, sink: DrainSink) {
  const config = testConfig({ brokerPort });
  const window = { maxEvents: 100, maxBytes: '256KiB', ackTimeoutMs: 10_000 };
  const retention = { maxAgeHours: 336, maxBytes: '4GiB' };
  const streams = [
    { id: 'alerts', topics: ['alerts/#'], retention },
    { id: 'telemetry', topics: ['sensors/#'], retention },
  ];
  return { ...config, streams, journal: { maxBytes: '8GiB' }, sinks: [{ ...hubSink(hubPort), window, ...sink }] };
}
