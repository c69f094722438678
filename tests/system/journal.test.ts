import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { expect, it } from 'vitest';
import { Child, runToEnd } from '#tests/support/child.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import {
  PUBLISHER,
  runWaystation,
  startReadyGateway,
  testConfig,
  writeConfig,
} from '#tests/support/gateway-process.ts';
import { HAS_MOSQUITTO, Mosquitto, NEEDS_MOSQUITTO } from '#tests/support/mosquitto.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

const journal = (command: string, ...args: readonly string[]) => runWaystation('journal', command, ...args);
const SEGMENT = 'journal/streams/telemetry/0000000000000001.segment';

/** A gateway that has taken `count` events, each acknowledged before the next. */
async function startWithEvents(folder: string, count: number) {
  const brokerPort = await findFreePort();
  const configFile = await writeConfig(folder, testConfig({ brokerPort }));
  const gateway = await startReadyGateway(configFile, brokerPort);
  await publish(brokerPort, 1, count);
  return { gateway, brokerPort, configFile, dataDir: join(folder, 'data') };
}

async function publish(port: number, first: number, last: number): Promise<void> {
  const client = await connectAsync({ host: '127.0.0.1', port, ...PUBLISHER });
  for (let n = first; n <= last; n++) await client.publishAsync('sensors/front', JSON.stringify({ n }), { qos: 1 });
  await client.endAsync();
}

it('shows the same of a running gateway and of a copy of its folder, and leaves the copy as it is', async () => {
  await using folder = await openScratchFolder();
  const { gateway, configFile, dataDir } = await startWithEvents(folder.path, 20);
  await using _ = gateway;
  const live = await journal('cat', '--json', '-c', configFile);
  const copy = join(folder.path, 'copy');
  await cp(join(dataDir, 'journal'), copy, { recursive: true });
  const before = await readFile(join(copy, SEGMENT.slice('journal/'.length)));
  expect(await journal('cat', '--json', '-d', copy)).toEqual(live);
  expect(live.stdout.split('\n').filter((line) => line.includes('"topic":"sensors/front"'))).toHaveLength(20);
  for (const place of [dataDir, copy]) {
    expect(await journal('verify', '-d', place)).toMatchObject({ code: 0, stdout: '' });
    const { stdout } = await journal('stat', '--json', '-d', place);
    const { streams, isLive } = JSON.parse(stdout);
    expect({ isLive, streams }).toMatchObject({
      isLive: place === dataDir,
      streams: expect.arrayContaining([expect.objectContaining({ id: 'telemetry', syncedSequence: 20 })]),
    });
  }
  expect(before.equals(await readFile(join(copy, SEGMENT.slice('journal/'.length))))).toBe(true);
  expect(await journal('repair', '-d', dataDir)).toMatchObject({
    code: 73,
    stderr: expect.stringContaining('remedy:'),
  });
}, 120_000);

it('follows a gateway over its restart', async () => {
  await using folder = await openScratchFolder();
  const { gateway, brokerPort, configFile } = await startWithEvents(folder.path, 3);
  const args = ['gateway/main.ts', 'journal', 'tail', '-n', '1', '--follow', '-t', 'sensors/#', '-c', configFile];
  await using tail = new Child(process.execPath, args);
  await tail.waitForLine(/telemetry 3 sensors\/front \{"n":3\}$/);
  await publish(brokerPort, 4, 4);
  await tail.waitForLine(/\{"n":4\}$/);
  await gateway.kill();
  await tail.waitForLine(/waiting for it$/);
  await using _ = await startReadyGateway(configFile, brokerPort);
  await publish(brokerPort, 5, 5);
  await tail.waitForLine(/\{"n":5\}$/);
  expect(tail.lines).toHaveLength(3);
}, 120_000);

it('writes a table that is whole, ends quietly with its reader, and lists what is damaged', async () => {
  await using folder = await openScratchFolder();
  const { gateway, dataDir } = await startWithEvents(folder.path, 20);
  await gateway.kill();
  const file = join(folder.path, 'night.csv');
  expect(await journal('export', '--format', 'csv', '-d', dataDir, '-o', file)).toMatchObject({
    code: 0,
    stderr: '20 records\n',
  });
  expect((await readFile(file, 'utf8')).trimEnd().split('\r\n')).toHaveLength(21);
  expect((await readdir(folder.path)).filter((name) => name.endsWith('.part'))).toEqual([]);
  const script = `"${process.execPath}" gateway/main.ts journal cat -d "${dataDir}" | head -n 1`;
  expect(await runToEnd('bash', ['-o', 'pipefail', '-c', script])).toMatchObject({ code: 0, stderr: '' });
  const segment = await readFile(join(dataDir, SEGMENT));
  segment.writeUInt8(segment.readUInt8(4700) ^ 0xff, 4700);
  await writeFile(join(dataDir, SEGMENT), segment);
  const damaged = await journal('verify', '-d', dataDir);
  expect(damaged).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(
      /^streams\/telemetry\/0{15}1\.segment: bytes 4608 to \d+, telemetry 1 to \d+ lost, wrong-checksum\n$/,
    ),
  });
}, 120_000);

it.skipIf(!HAS_MOSQUITTO)(
  `replays to a Mosquitto at the recorded pace, and stops when told${NEEDS_MOSQUITTO}`,
  async () => {
    await using folder = await openScratchFolder();
    const { gateway, dataDir } = await startWithEvents(folder.path, 50);
    await gateway.kill();
    const login = { username: 'replay', password: 'a password for replays' };
    await using mosquitto = await Mosquitto.start(folder.path, login);
    const passwordFile = join(folder.path, 'secrets', 'replay');
    await writeFile(passwordFile, login.password);
    const received: string[] = [];
    const subscriber = await connectAsync(mosquitto.url, login);
    subscriber.on('message', (topic, payload) => received.push(`${topic} ${payload}`));
    await subscriber.subscribeAsync('again/#', { qos: 1 });
    const args = ['-d', dataDir, '--to', mosquitto.url, '--prefix', 'again', '--username', login.username];
    expect(await journal('replay', ...args)).toMatchObject({ code: 1, stderr: expect.stringContaining('remedy:') });
    const all = await journal('replay', ...args, '--password-file', passwordFile, '--speed', '100');
    expect(all).toMatchObject({ code: 0, stderr: `50 records published to ${mosquitto.url}\n` });
    await until('all have arrived', 10_000, () => received.length === 50);
    expect(received).toEqual(Array.from({ length: 50 }, (_, index) => `again/sensors/front {"n":${index + 1}}`));
    const slow = [
      'gateway/main.ts',
      'journal',
      'replay',
      ...args,
      '--password-file',
      passwordFile,
      '--speed',
      '0.0001',
    ];
    await using replay = new Child(process.execPath, slow);
    await until('the first has arrived again', 20_000, () => received.length > 50);
    replay.signal('SIGINT');
    expect(await replay.ended).toMatchObject({ code: 0 });
    expect(replay.stderr).toMatch(/^stopped: 1 records published to .*; the last was telemetry 1, of /);
    await subscriber.endAsync();
  },
  120_000,
);
