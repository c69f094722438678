import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { expect, it } from 'vitest';
import type { CaptureStatus, GatewayStatus } from '#gateway/model/status.ts';
import { CHECKOUT } from '#tests/support/checkout.ts';
import { Child } from '#tests/support/child.ts';
import { CountingHub } from '#tests/support/counting-hub.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import {
  PUBLISHER,
  runWaystation,
  startReadyGateway,
  testConfig,
  untilStatus,
  writeConfig,
} from '#tests/support/gateway-process.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

const PATIENCE_MS = 20_000;

function captureOf({ sources }: GatewayStatus): CaptureStatus | undefined {
  return sources[0]?.can?.capture;
}

it('raw frames are written to a file when a client or a person asks for it, and the hub is told', async () => {
  await using folder = await openScratchFolder();
  await using hub = await CountingHub.open();
  const brokerPort = await findFreePort();
  const dbc = join(CHECKOUT, 'firmware-sim/dbc/demo-vehicle.dbc');
  const port = join(folder.path, 'sim/serial/by-id/usb-Waystation_Simulated_SLCAN-if00');
  const capture = { beforeMs: 60_000, afterMs: 300 };
  const can = { id: 'can0', type: 'slcan', bitrate: 500_000, path: port, dbc: [dbc], capture };
  const configFile = await writeConfig(folder.path, testConfig({ brokerPort, hubPort: hub.port, devices: [can] }));
  await using _gateway = await startReadyGateway(configFile, brokerPort);
  await using _vehicle = new Child(process.execPath, [
    ...['firmware-sim/main.ts', 'vehicle', '--dir', join(folder.path, 'sim')],
    ...['--broker', `mqtt://127.0.0.1:${brokerPort}`, '--sensor-username', PUBLISHER.username],
    ...['--sensor-password-file', join(folder.path, 'secrets/publisher')],
  ]);
  const untilCapture = (what: string, condition: (status: CaptureStatus) => boolean) =>
    untilStatus(what, configFile, PATIENCE_MS, (status) => {
      const found = captureOf(status);
      return found !== undefined && condition(found);
    });
  await untilCapture('frames are kept', ({ bufferedFrameCount }) => bufferedFrameCount > 20);

  const client = await connectAsync(`mqtt://127.0.0.1:${brokerPort}`, { ...PUBLISHER, clientId: 'by-hand' });
  await client.publishAsync('commands/can0/freezeCapture', '{"reason":"a test"}', { qos: 1 });
  await client.endAsync();
  await untilCapture('a client had a file written', ({ fileCount }) => fileCount === 1);
  const asked = await runWaystation('devices', 'freeze', 'can0', '--reason', 'a person', '-c', configFile);
  expect(asked).toMatchObject({ code: 0, stdout: 'can0: a capture is being written; it ends 0.3 s from now\n' });
  await untilCapture('a person had a file written', ({ fileCount }) => fileCount === 2);

  const told = await until('the hub is told', PATIENCE_MS, () => {
    const events = hub.distinct.filter(({ topic }) => topic === 'fleet/test-truck/devices/can0/capture');
    return events.length === 2 ? events : undefined;
  });
  const data = told.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()).data);
  expect(data).toMatchObject([{ reason: 'a test' }, { reason: 'a person' }]);
  const captures = join(folder.path, 'data/captures');
  expect((await readdir(captures)).sort()).toEqual(data.map(({ file }) => file));
  for (const { file, frames } of data) {
    const log = join(captures, file);
    expect((await readFile(log, 'utf8')).split('\n')).toHaveLength(frames + 1);
    const decoded = await runWaystation('decode', 'can', log, '--dbc', dbc);
    expect(decoded.stdout.trimEnd().split('\n')).toHaveLength(frames);
  }
});
