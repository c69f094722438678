import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'mqtt';
import { TestCertificates } from '#gateway/broker/listeners/testing/test-certificates.ts';
import { askGateway } from '#gateway/host/ask-gateway.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';
import { CHECKOUT } from '#tests/support/checkout.ts';
import { Child, runToEnd } from '#tests/support/child.ts';
import { FlakyLink } from '#tests/support/flaky-link.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { hubSink, startReadyGateway, testConfig, writeConfig } from '#tests/support/gateway-process.ts';
import { Mosquitto } from '#tests/support/mosquitto.ts';
import { until } from '#tests/support/until.ts';

/** How the events travel: keys of the sink. */
export type WireSink = Readonly<Record<string, unknown>>;

/** What events cost on the wire, handshakes, acknowledgements and TLS included, TCP and IP not. */
export interface WireCost {
  readonly bytesPerEvent: number;
  readonly carriedBytes: number;
  readonly seconds: number;
}

/** As `hubSink` has it. */
const LOGIN = { username: 'test-truck', password: 'hub password for tests' };
const CAR_DBC = join(CHECKOUT, 'firmware-sim/dbc/passenger-car.dbc');
const PORT_NAMES = ['gnss', 'can'] as const;
const COLLECT_LIMIT_MS = 600_000;
const SEND_LIMIT_MS = 120_000;
const POLL_MS = 100;

/** Lets a gateway listen to the simulated car until its journal holds so many events, or a few more. @returns how many */
export async function collectEvents(folder: string, eventCount: number): Promise<number> {
  const brokerPort = await findFreePort();
  const [gnss, can] = PORT_NAMES.map((name) =>
    join(folder, 'serial/by-id', `usb-Waystation_Simulated_${name.toUpperCase()}-if00`),
  );
  const devices = [
    { id: 'gps0', type: 'gnss', path: gnss, baud: 38_400 },
    { id: 'can0', type: 'slcan', path: can, bitrate: 500_000, listenOnly: true, dbc: [CAR_DBC] },
  ];
  await using sim = new Child(process.execPath, [
    'firmware-sim/main.ts',
    'sim',
    'passenger-car',
    '--dir',
    folder,
    '--json',
  ]);
  await sim.waitForLine(/"ready"/, 60_000);
  const configFile = await writeConfig(folder, testConfig({ brokerPort, devices }));
  await using gateway = await startReadyGateway(configFile, brokerPort);
  let count = 0;
  await until(`there are ${eventCount} events`, COLLECT_LIMIT_MS, async () => {
    count = (await status(folder))?.journal.appendedCount ?? 0;
    return count >= eventCount;
  });
  await gateway.stop();
  await sim.stop();
  return count;
}

/** Sends the events of a journal through a link to a Mosquitto that speaks TLS 1.3, as a sink that is configured so. */
export async function measureSink(source: string, folder: string, sink: WireSink): Promise<WireCost> {
  await using cleanup = new AsyncDisposableStack();
  await cp(join(source, 'data'), join(folder, 'data'), { recursive: true });
  const { link, ca } = await openSecureHub(cleanup, folder);
  const brokerPort = await findFreePort();
  const config = testConfig({ brokerPort });
  const url = `mqtts://127.0.0.1:${link.port}`;
  const sinks = [{ ...hubSink(link.port), url, window: { ackTimeoutMs: 10_000 }, ...sink }];
  const configFile = await writeConfig(folder, { ...config, sinks });
  const startedMs = performance.now();
  const gateway = cleanup.use(await startReadyGateway(configFile, brokerPort, { NODE_EXTRA_CA_CERTS: ca }));
  let sentCount = 0;
  await until('everything is delivered', SEND_LIMIT_MS, async () => {
    const [found] = (await status(folder))?.sinks ?? [];
    sentCount = found?.acknowledgedCount ?? 0;
    return sentCount > 0 && found?.lanes.every(({ backlogCount }) => backlogCount === 0) === true;
  });
  await gateway.stop();
  return costOf(link, sentCount, startedMs);
}

/** Sends the same events through Mosquitto's own bridge. */
export async function measureBridge(source: string, folder: string): Promise<WireCost> {
  await using cleanup = new AsyncDisposableStack();
  const { link, ca } = await openSecureHub(cleanup, folder);
  const bridge = [
    ...['connection up', `address 127.0.0.1:${link.port}`, 'topic # out 1 "" fleet/test-truck/', `bridge_cafile ${ca}`],
    ...[`remote_username ${LOGIN.username}`, `remote_password ${LOGIN.password}`, 'bridge_protocol_version mqttv50'],
    ...[
      'cleansession false',
      'notifications false',
      'try_private false',
      'max_queued_messages 0',
      'bridge_tls_version tlsv1.3',
    ],
  ];
  const events = await readEvents(source);
  const local = cleanup.use(await Mosquitto.start(join(folder, 'local'), LOGIN, bridge));
  const startedMs = performance.now();
  const counted = await countArrivals(cleanup, folder);
  const publisher = connect(local.url, { ...LOGIN, protocolVersion: 5, reconnectPeriod: 0 });
  await Promise.all(events.map(({ topic, payload }) => publisher.publishAsync(topic, payload, { qos: 1 })));
  await until('everything is at the hub', SEND_LIMIT_MS, () => counted() >= events.length);
  await publisher.endAsync();
  return costOf(link, events.length, startedMs);
}

function costOf(link: FlakyLink, eventCount: number, startedMs: number): WireCost {
  const { carriedBytes } = link;
  return { carriedBytes, bytesPerEvent: carriedBytes / eventCount, seconds: (performance.now() - startedMs) / 1000 };
}

async function openSecureHub(cleanup: AsyncDisposableStack, folder: string) {
  const certificates = cleanup.use(await TestCertificates.make());
  const { cert, key } = await certificates.issue('hub');
  const plainPort = await findFreePort();
  const hub = cleanup.use(
    await Mosquitto.start(join(folder, 'hub'), LOGIN, [
      ...['set_tcp_nodelay true', 'max_queued_messages 0', 'max_inflight_messages 1000'],
      ...[`certfile ${cert}`, `keyfile ${key}`, 'tls_version tlsv1.3'],
      `listener ${plainPort} 127.0.0.1`,
    ]),
  );
  await writeFile(join(folder, 'plain-port'), String(plainPort));
  const link = cleanup.use(await FlakyLink.open(hub.port));
  return { link, ca: certificates.ca };
}

/** Counts at the hub itself, so that nothing of it is on the link. */
async function countArrivals(cleanup: AsyncDisposableStack, folder: string): Promise<() => number> {
  const port = Number(await readFile(join(folder, 'plain-port'), 'utf8'));
  const subscriber = connect(`mqtt://127.0.0.1:${port}`, { ...LOGIN, reconnectPeriod: 0 });
  cleanup.defer(() => subscriber.endAsync(true));
  let count = 0;
  subscriber.on('message', () => {
    count++;
  });
  await subscriber.subscribeAsync('fleet/#', { qos: 1 });
  return () => count;
}

interface LocalEvent {
  readonly topic: string;
  readonly payload: string;
}

async function readEvents(source: string): Promise<readonly LocalEvent[]> {
  const args = ['gateway/main.ts', 'journal', 'cat', '-d', join(source, 'data'), '--json'];
  const { stdout } = await runToEnd(process.execPath, args);
  // Printed by the command line, in this shape.
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as LocalEvent]));
}

/** @returns undefined while the gateway is not there yet */
async function status(folder: string): Promise<GatewayStatus | undefined> {
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  // The answer is this type by the contract of the control socket.
  return (await askGateway(join(folder, 'data'), 'status').catch(() => undefined)) as GatewayStatus | undefined;
}
