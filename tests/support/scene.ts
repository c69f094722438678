import { expect } from 'vitest';
import type { GatewayStatus } from '#gateway/model/status.ts';
import type { Child } from './child.ts';
import { CountingHub } from './counting-hub.ts';
import { CountingPublisher, parseCounted } from './counting-publisher.ts';
import { FlakyLink } from './flaky-link.ts';
import { findFreePort } from './free-ports.ts';
import { PUBLISHER, startReadyGateway, testConfig, untilStatus, writeConfig } from './gateway-process.ts';

/** What a scene changes of the usual configuration and environment. */
export interface SceneChoices {
  readonly folder: string;
  readonly dataDir?: string;
  readonly devices?: readonly object[];
  readonly journal?: object;
  /** See `PublisherOptions`. */
  readonly paddingBytes?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** How long anything may take to show. */
export const PATIENCE_MS = 20_000;

/** A gateway that can be started, a hub behind a link, and a publisher that counts: the cast of every bad day. */
export async function openScene(cleanup: AsyncDisposableStack, choices: SceneChoices) {
  const { folder, dataDir = 'data', devices = [], env = {}, journal = {}, paddingBytes = 0 } = choices;
  const hub = cleanup.use(await CountingHub.open());
  const link = cleanup.use(await FlakyLink.open(hub.port));
  const brokerPort = await findFreePort();
  const listeners = [{ type: 'mqtt', host: '127.0.0.1', port: brokerPort }];
  const rights = { publish: ['#'], subscribe: ['#'] };
  const clients = [{ username: PUBLISHER.username, passwordFile: 'secrets/publisher', ...rights }];
  const config = testConfig({ brokerPort, hubPort: link.port, devices });
  const configFile = await writeConfig(folder, { ...config, dataDir, journal, broker: { listeners, clients } });
  const start = async (): Promise<Child> => {
    const gateway = cleanup.use(await startReadyGateway(configFile, brokerPort, env));
    // The listener answers before the sinks have made their cursors.
    await gateway.waitForLine(/"msg":"ready"/);
    return gateway;
  };
  const status = (what: string, condition: (status: GatewayStatus) => boolean) =>
    untilStatus(what, configFile, PATIENCE_MS, condition);
  const publisher = cleanup.use(
    new CountingPublisher({
      port: brokerPort,
      ...PUBLISHER,
      clientId: 'steady',
      topics: ['sensors/steady'],
      windowSize: 5,
      paddingBytes,
    }),
  );
  return { hub, link, brokerPort, configFile, start, status, publisher };
}

/** Whether the sinks have nothing left to send. */
export function isDrained({ sinks }: GatewayStatus): boolean {
  return sinks.every(({ lanes }) => lanes.every(({ backlogCount }) => backlogCount === 0));
}

/** Whether a publish is one of the publisher's, here or at the hub. */
export function isCounted({ topic }: { readonly topic: string }): boolean {
  return topic.endsWith('sensors/steady');
}

/** The counter in a payload of the publisher. */
export function counterIn(payload: Uint8Array): number {
  return parseCounted(Buffer.from(payload).toString()).counter;
}

/** 1, 2, 3 … */
export function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** Whatever was made is at the hub, in order, under dense sequences of one epoch [J3 D1 D2]. */
export function expectWholeAndInOrder(hub: CountingHub, publisher: CountingPublisher): void {
  const counters = hub.distinct.filter(isCounted).map(({ payload }) => counterIn(payload));
  expect([...new Set(counters)]).toEqual(upTo(publisher.madeCount));
  const ids = hub.distinct.filter(({ id }) => id.includes(' telemetry/')).map(({ id }) => id.split('/'));
  expect(new Set(ids.map((parts) => parts.at(-2))).size).toBe(1);
  expect(ids.map((parts) => Number(parts.at(-1)))).toEqual(upTo(ids.length));
  expect(hub.contradictions).toEqual([]);
}
