import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHECKOUT } from '#tests/support/checkout.ts';
import { Child, runToEnd } from '#tests/support/child.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { runWaystation, startReadyGateway, testConfig, writeConfig } from '#tests/support/gateway-process.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';

const LAUNCHER = join(CHECKOUT, 'deploy/waystation');
const launch = (...args: readonly string[]) => runToEnd(LAUNCHER, args);

it('is at hand as deploy/waystation in a checkout, also by a link from elsewhere', async () => {
  await using folder = await openScratchFolder();
  const link = join(folder.path, 'waystation');
  await symlink(LAUNCHER, link);
  const { version } = JSON.parse(await readFile(join(CHECKOUT, 'package.json'), 'utf8'));
  const { code, stdout, stderr } = await runToEnd(link, ['--version'], { cwd: folder.path });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

it.each(['config schema', '--help'])('says in a line that its output finds no room: %s', async (command) => {
  const { code, stderr } = await runToEnd('bash', ['-c', `"${LAUNCHER}" ${command} > /dev/full`]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: Writing to standard output: ENOSPC.*\nremedy: .*\n$/);
});

it('decodes a capture to one JSON line per epoch', async () => {
  await using folder = await openScratchFolder();
  const capture = join(folder.path, 'capture.nmea');
  const lines = [
    '$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A',
    '$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47',
  ];
  await writeFile(capture, lines.map((line) => `${line}\r\n`).join(''));
  const { code, stdout } = await launch('decode', 'gnss', capture);
  expect(code).toBe(0);
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    {
      t: '1994-03-23T12:35:19.000Z',
      lat: expect.closeTo(48.1173, 4),
      lon: expect.closeTo(11.51667, 4),
      satsUsed: 8,
      hdop: 0.9,
    },
  ]);
});

it('shows the status of a running gateway to people and to programs', async () => {
  await using folder = await openScratchFolder();
  const brokerPort = await findFreePort();
  const configFile = await writeConfig(folder.path, testConfig({ brokerPort }));
  await using gateway = await startReadyGateway(configFile, brokerPort);
  const json = await runWaystation('status', '--json', '-c', configFile);
  expect(JSON.parse(json.stdout)).toMatchObject({
    gateway: { id: 'test-truck', pid: gateway.pid },
    journal: { state: 'ok' },
    broker: { listeners: [{ host: '127.0.0.1', port: brokerPort }] },
  });
  const text = await runWaystation('status', '-c', configFile);
  expect(text).toMatchObject({ code: 0, stdout: expect.stringContaining('test-truck') });
});

it('watches a gateway that goes away', async () => {
  await using folder = await openScratchFolder();
  const brokerPort = await findFreePort();
  const configFile = await writeConfig(folder.path, testConfig({ brokerPort }));
  await using gateway = await startReadyGateway(configFile, brokerPort);
  const args = ['gateway/main.ts', 'status', '--json', '--watch', '--interval', '1', '-c', configFile];
  await using watch = new Child(process.execPath, args);
  await watch.waitForLine(new RegExp(`"pid":${gateway.pid}\\b`));
  await gateway.kill();
  await watch.waitForLine(/^\{"error":/);
  expect(watch.isRunning).toBe(true);
});
