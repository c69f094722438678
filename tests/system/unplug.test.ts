import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { GatewayStatus, SourceStatus } from '#gateway/model/status.ts';
import { Child } from '#tests/support/child.ts';
import { CountingHub } from '#tests/support/counting-hub.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { PUBLISHER, startReadyGateway, testConfig, untilStatus, writeConfig } from '#tests/support/gateway-process.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';

const PATIENCE_MS = 30_000;

function sourceOf(status: GatewayStatus, id: string): SourceStatus | undefined {
  return status.sources.find((source) => source.id === id);
}

it('a receiver that is unplugged is lost, says so, and is read again when it returns; the bus goes on meanwhile [S3]', async () => {
  await using folder = await openScratchFolder();
  await using hub = await CountingHub.open();
  const brokerPort = await findFreePort();
  const byId = join(folder.path, 'sim/serial/by-id');
  const gnss = { id: 'gps0', type: 'gnss', baud: 38_400, path: join(byId, 'usb-Waystation_Simulated_GNSS-if00') };
  const can = {
    id: 'can0',
    type: 'slcan',
    bitrate: 500_000,
    path: join(byId, 'usb-Waystation_Simulated_SLCAN-if00'),
    dbc: [join(import.meta.dirname, '../../firmware-sim/dbc/demo-vehicle.dbc')],
  };
  const config = testConfig({ brokerPort, hubPort: hub.port, devices: [gnss, can] });
  const configFile = await writeConfig(folder.path, config);
  await using _gateway = await startReadyGateway(configFile, brokerPort);
  const until = (what: string, condition: (status: GatewayStatus) => boolean) =>
    untilStatus(what, configFile, PATIENCE_MS, condition);
  await until('missing ports are said to be lost', (status) => sourceOf(status, 'gps0')?.state === 'lost');

  await using vehicle = new Child(process.execPath, [
    ...['firmware-sim/main.ts', 'vehicle', '--dir', join(folder.path, 'sim')],
    ...['--broker', `mqtt://127.0.0.1:${brokerPort}`, '--sensor-username', PUBLISHER.username],
    ...['--sensor-password-file', join(folder.path, 'secrets/publisher')],
  ]);
  const plugged = await until('both are read', (status) =>
    status.sources.every(({ state, publishedCount }) => state === 'open' && publishedCount > 3),
  );

  vehicle.send('{"do":"unplug","port":"gnss"}');
  const unplugged = await until('the receiver is lost', (status) => sourceOf(status, 'gps0')?.state === 'lost');
  expect(sourceOf(unplugged, 'gps0')?.lastError).toMatch(/^port\./);
  const frameCount = sourceOf(unplugged, 'can0')?.publishedCount ?? 0;
  await until('the bus goes on', (status) => (sourceOf(status, 'can0')?.publishedCount ?? 0) > frameCount + 20);

  vehicle.send('{"do":"replug","port":"gnss"}');
  const epochCount = sourceOf(unplugged, 'gps0')?.publishedCount ?? 0;
  const replugged = await until('the receiver is read again', (status) => {
    const source = sourceOf(status, 'gps0');
    return source?.state === 'open' && source.publishedCount > epochCount + 3;
  });
  const reopens = (status: GatewayStatus) => sourceOf(status, 'gps0')?.reopenCount ?? 0;
  expect(reopens(replugged)).toBeGreaterThan(reopens(plugged));
  expect(sourceOf(replugged, 'can0')?.state).toBe('open');
});
