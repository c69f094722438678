import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { Secret } from '#gateway/model/secret.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { NodeDrive } from './file/node-drive.ts';
import { openTestTarget } from './file/open-test-target.ts';
import { InfluxdbTarget } from './influxdb/influxdb-target.ts';
import { MqttHub } from './mqtt-hub/mqtt-hub.ts';
import { CountingHub } from './testing/counting-hub.ts';
import { InfluxServer } from './testing/influx-server.ts';
import { describeTarget } from './testing/target-contract.ts';
import { WebhookTarget } from './webhook/webhook-target.ts';

/** Nobody listens there. */
const CLOSED_PORT = 1;
/** Of the files on a drive; it is full with one that holds nothing. */
const MAX_TOTAL_BYTES = 2 ** 20;

describeTarget('an MQTT hub', async () => {
  const hub = await CountingHub.open();
  const open = (port: number) =>
    new MqttHub({
      url: `mqtt://127.0.0.1:${port}`,
      clientId: 'uid-hub',
      format: { prefix: 'fleet', gatewayId: 'truck-7', gatewayUid: 'uid', protocol: '3.1.1', envelope: 'structured' },
      clock: systemClock,
      connectTimeoutMs: 1000,
      maxPacketBytes: 65_536,
    });
  return {
    open: () => open(hub.port),
    openUnreachable: () => open(CLOSED_PORT),
    setRefusing: (isRefusing) => {
      hub.password = isRefusing ? 'another' : undefined;
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
});

describe.each(['package', 'native'] as const)('with the writer %s', (writer) => {
  describeTarget('an InfluxDB', async () => {
    const server = await InfluxServer.open();
    const open = (url: string) =>
      new InfluxdbTarget({
        endpoint: { version: 1, url, database: 'telemetry', requestTimeoutMs: 1000 },
        writer,
        format: { gatewayId: 'truck-7', integers: new Map() },
        batch: { maxEvents: 5000, maxBytes: 2 ** 20 },
      });
    return {
      open: () => open(server.url),
      openUnreachable: () => open(`http://127.0.0.1:${CLOSED_PORT}`),
      setRefusing: (isRefusing) => {
        server.answer = () => ({ status: isRefusing ? 401 : 204 });
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  });
});

describeTarget('a web hook', async () => {
  const server = await InfluxServer.open();
  const open = (url: string) =>
    new WebhookTarget({
      ...{ url, gatewayUid: 'uid', secret: new Secret('s3cret'), requestTimeoutMs: 1000, clock: systemClock },
      batch: { maxEvents: 100, maxBytes: 2 ** 20 },
    });
  return {
    open: () => open(server.url),
    openUnreachable: () => open(`http://127.0.0.1:${CLOSED_PORT}`),
    setRefusing: (isRefusing) => {
      server.answer = () => ({ status: isRefusing ? 401 : 204 });
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});

describeTarget('a drive', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ws-'));
  const old = join(folder, 'truck-7-all-20261120T150405Z-000000001.ndjson');
  const missing = new NodeDrive({ directory: join(folder, 'missing'), requireMount: true });
  return {
    open: () => openTestTarget(folder, { maxTotalBytes: MAX_TOTAL_BYTES }),
    openUnreachable: () => openTestTarget(folder, { drive: missing }),
    setRefusing(isRefusing) {
      rmSync(old, { force: true });
      if (!isRefusing) return;
      writeFileSync(old, '');
      truncateSync(old, MAX_TOTAL_BYTES);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
});
