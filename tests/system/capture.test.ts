import { readdir, readFile, writeFile } from 'node:fs/promises';
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

const PATIENCE_MS = 60_000;
const BEFORE_MS = 1000;

/** What was on the bus, without its times: the simulator has its own clock. */
function framesIn(log: string): readonly string[] {
  return log
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ')[2] ?? '');
}

function timesIn(log: string): readonly number[] {
  return [...log.matchAll(/^\((\d+\.\d+)\)/gm)].map(([, seconds]) => 1000 * Number(seconds));
}

function captureOf({ sources }: GatewayStatus): CaptureStatus | undefined {
  return sources[0]?.can?.capture;
}

it('raw frames are written to a file when a client or a person asks for it, and the hub is told', async () => {
  await using folder = await openScratchFolder();
  await using hub = await CountingHub.open();
  const brokerPort = await findFreePort();
  const dbc = join(CHECKOUT, 'firmware-sim/dbc/demo-vehicle.dbc');
  const [scenario, busLog] = [join(folder.path, 'scenario.json'), join(folder.path, 'bus.log')];
  await writeFile(scenario, JSON.stringify({ can: [{ name: 'bus', adapter: 'canable', bus: 'truck' }], steps: [] }));
  const args = ['firmware-sim/main.ts', 'sim', scenario, '--dir', folder.path, '--log', busLog, '--json'];
  await using sim = new Child(process.execPath, args);
  await sim.waitForLine(/"ready"/, PATIENCE_MS);
  const ports = sim.messages[0]?.['ports'] as Readonly<Record<string, string>>;
  const capture = { beforeMs: BEFORE_MS, afterMs: 300 };
  const can = { id: 'can0', type: 'slcan', bitrate: 250_000, path: ports['bus'], dbc: [dbc], capture };
  const configFile = await writeConfig(folder.path, testConfig({ brokerPort, hubPort: hub.port, devices: [can] }));
  await using _gateway = await startReadyGateway(configFile, brokerPort);
  const untilCapture = (what: string, condition: (status: CaptureStatus) => boolean) =>
    untilStatus(what, configFile, PATIENCE_MS, (status) => {
      const found = captureOf(status);
      return found !== undefined && condition(found);
    });
  await untilCapture('frames are kept', ({ bufferedFrameCount }) => bufferedFrameCount > 400);

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
  await sim.stop();
  const onBus = framesIn(await readFile(busLog, 'utf8')).join('\n');
  for (const { file, frames } of data) {
    const log = await readFile(join(captures, file), 'utf8');
    const captured = framesIn(log);
    expect(captured).toHaveLength(frames);
    // Nothing is missing between the first and the last, and nothing came twice.
    expect(onBus).toContain(captured.join('\n'));
    const times = timesIn(log);
    const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
    expect(spanMs).toBeGreaterThan(BEFORE_MS / 2);
    expect(spanMs).toBeLessThan(BEFORE_MS + 500);
  }
  const [{ file = '', frames = 0 } = {}] = data;
  const decoded = await runWaystation('decode', 'can', join(captures, file), '--dbc', dbc);
  expect(decoded.stdout.trimEnd().split('\n').length).toBeGreaterThan(0);
  expect(frames).toBeGreaterThan(0);
});
