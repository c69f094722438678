import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { askGateway } from '#gateway/host/ask-gateway.ts';
import type { GatewayStatus, SourceStatus } from '#gateway/model/status.ts';
import { Child } from '#tests/support/child.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { runWaystation, startReadyGateway, testConfig, writeConfig } from '#tests/support/gateway-process.ts';
import { PacedReceiver } from '#tests/support/paced-receiver.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

const PATIENCE_MS = 30_000;

it('finds the rate of a receiver, remembers it over a restart, and finds another after a replug [S3]', async () => {
  await using folder = await openScratchFolder();
  const path = join(folder.path, 'serial/by-id/gps');
  const brokerPort = await findFreePort();
  const config = testConfig({ brokerPort, devices: [{ id: 'gps0', type: 'gnss', path }] });
  const configFile = await writeConfig(folder.path, config);
  // Asked by this process: a command for each look would take most of the time.
  const untilRead = (what: string, condition: (source: SourceStatus) => boolean) =>
    until(what, PATIENCE_MS, async () => {
      const status = await askGateway(join(folder.path, 'data'), 'status').catch(() => undefined);
      // As the command line takes it.
      const [source] = (status as GatewayStatus | undefined)?.sources ?? [];
      return source !== undefined && condition(source);
    });
  const remembered = async () => {
    const text = await readFile(join(folder.path, 'data/devices.json'), 'utf8').catch(() => '{}');
    return JSON.parse(text).devices?.gps0?.baud;
  };
  const untilRemembered = (baud: number) =>
    until(`${baud} baud are remembered`, PATIENCE_MS, async () => (await remembered()) === baud);
  {
    await using receiver = await PacedReceiver.open(path, 38_400);
    await using _gateway = await startReadyGateway(configFile, brokerPort);
    await untilRead('38400 baud are found', ({ baud, publishedCount }) => baud === 38_400 && publishedCount > 3);
    // A pseudo-terminal has a rate before anybody sets one.
    expect(receiver.rates.slice(-2)).toEqual([9600, 38_400]);
    await untilRemembered(38_400);

    const [probe, blind, list] = await Promise.all([
      runWaystation('devices', 'probe', 'gps0', '-c', configFile),
      runWaystation('devices', 'probe', path),
      runWaystation('devices', 'list', '--json', '-c', configFile),
    ]);
    expect(probe).toMatchObject({ code: 69, stderr: expect.stringContaining('the gateway reads it, as gps0') });
    // Without the configuration the port itself says who has it.
    expect(blind).toMatchObject({
      code: 69,
      stderr: expect.stringMatching(/the gateway reads it \(process \d+\)\nremedy: /),
    });
    expect(JSON.parse(list.stdout)).toContainEqual(expect.objectContaining({ device: 'gps0', state: 'open' }));
    const tail = ['gateway/main.ts', 'devices', 'tail', 'gps0', '--json', '-c', configFile];
    await using tailing = new Child(process.execPath, tail);
    await tailing.waitForLine(/"topic":"devices\/gps0\/position".*"latitude":48\.1173/);
    expect(receiver.written).toHaveLength(0);
  }
  await using receiver = await PacedReceiver.open(path, 38_400);
  await using _gateway = await startReadyGateway(configFile, brokerPort);
  await untilRead('the remembered rate is found again', ({ baud }) => baud === 38_400);
  expect(new Set(receiver.rates)).toEqual(new Set([38_400]));

  await receiver[Symbol.asyncDispose]();
  await untilRead('it is lost', ({ state }) => state === 'lost');
  await using other = await PacedReceiver.open(path, 9600);
  await untilRead('9600 baud are found', ({ baud }) => baud === 9600);
  expect(other.rates.slice(-2)).toEqual([38_400, 9600]);
  await untilRemembered(9600);
});
