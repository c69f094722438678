import { open, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Child, runToEnd } from '#tests/support/child.ts';
import { CountingHub } from '#tests/support/counting-hub.ts';
import { CountingPublisher } from '#tests/support/counting-publisher.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import {
  type ConfigFile,
  PUBLISHER,
  readStatus,
  runWaystation,
  startGateway,
  startReadyGateway,
  testConfig,
  untilStatus,
  writeConfig,
} from '#tests/support/gateway-process.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

/** Runs a gateway that is expected to refuse to start. */
async function runRefused(config: (folder: string) => ConfigFile | string) {
  await using folder = await openScratchFolder();
  const configFile = await writeConfig(folder.path, config(folder.path));
  const { code, stdout, stderr } = await runWaystation('run', '-c', configFile);
  return { code, output: `${stdout}${stderr}`, configFile };
}

function publisherFor(brokerPort: number, clientId = 'steady'): CountingPublisher {
  return new CountingPublisher({
    port: brokerPort,
    ...PUBLISHER,
    clientId,
    topics: [`sensors/${clientId}`],
    windowSize: 5,
  });
}

const GNSS_PORT = { id: 'gps0', type: 'gnss', baud: 38_400, path: 'no/such/port' };

describe.concurrent('a configuration that cannot be used', () => {
  it('names every unknown key and wrong type with line and column, and ends with 78', async () => {
    const { code, output, configFile } = await runRefused(() =>
      [
        'version: 1',
        'gateway: { id: truck }',
        'brokre: {}',
        'broker:',
        '  listeners:',
        '    - { type: mqtt, port: "high" }',
      ].join('\n'),
    );
    expect(code).toBe(78);
    expect(output).toContain(`${configFile}:3:1 brokre unknown key; did you mean broker?`);
    expect(output).toMatch(
      /:6:\d+ broker\.listeners\[0\]\.port expected a whole number|:6:\d+ .*found the text "high"/,
    );
  });

  it('says which file is missing, and ends with 78', async () => {
    const { code, stderr, stdout } = await runWaystation('run', '-c', '/nonexistent/waystation.yaml');
    expect(code).toBe(78);
    expect(`${stdout}${stderr}`).toContain('/nonexistent/waystation.yaml');
  });

  it('refuses a file that is no DBC, or a DBC that is not there, with 78', async () => {
    const missing = await runRefused(() => ({
      ...testConfig({ brokerPort: 0 }),
      devices: [{ id: 'can0', type: 'slcan', bitrate: 500_000, path: 'no/such/port', dbc: ['missing.dbc'] }],
    }));
    expect(missing).toMatchObject({ code: 78, output: expect.stringContaining('missing.dbc') });
    const wrong = await runRefused(() => ({
      ...testConfig({ brokerPort: 0 }),
      devices: [{ id: 'can0', type: 'slcan', bitrate: 500_000, path: 'no/such/port', dbc: ['waystation.yaml'] }],
    }));
    expect(wrong).toMatchObject({ code: 78, output: expect.stringContaining('waystation.yaml') });
  });

  it('refuses a password file that is not there with 78, and never prints a secret', async () => {
    const { code, output } = await runRefused(() => ({
      ...testConfig({ brokerPort: 0 }),
      broker: { clients: [{ username: 'sensor', passwordFile: 'secrets/missing' }] },
    }));
    expect(code).toBe(78);
    expect(output).toContain('secrets/missing');
    expect(output).not.toContain(PUBLISHER.password);
  });
});

describe.concurrent('a place that cannot be had', () => {
  it('refuses a second gateway on one dataDir with 73, and leaves the first alone', async () => {
    await using folder = await openScratchFolder();
    const brokerPort = await findFreePort();
    const configFile = await writeConfig(folder.path, testConfig({ brokerPort }));
    await using first = await startReadyGateway(configFile, brokerPort);
    const second = await runWaystation('run', '-c', configFile);
    expect(second.code).toBe(73);
    expect(`${second.stdout}${second.stderr}`).toContain(join(folder.path, 'data'));
    expect((await readStatus(configFile))?.gateway.pid).toBe(first.pid);
    expect((await first.stop()).code).toBe(0);
  });

  it('refuses a dataDir that cannot be written with 73', async () => {
    const { code, output } = await runRefused(() => ({
      ...testConfig({ brokerPort: 0 }),
      dataDir: 'waystation.yaml/data',
    }));
    expect(code).toBe(73);
    expect(output).toContain('waystation.yaml/data');
  });

  it('refuses a dataDir where the system takes no folder with 73', async () => {
    const { code, output } = await runRefused(() => ({ ...testConfig({ brokerPort: 0 }), dataDir: '/proc/nope' }));
    expect(code).toBe(73);
    expect(output).toContain('Opening the dataDir /proc/nope: ENOENT');
  });

  it('ends at once by SIGTERM while the start waits for a file that never comes [P1]', async () => {
    await using folder = await openScratchFolder();
    const pipe = join(folder.path, 'pipe');
    expect((await runToEnd('mkfifo', [pipe])).code).toBe(0);
    const config = testConfig({ brokerPort: 0 });
    const clients = [{ username: 'sensor', passwordFile: 'pipe' }];
    const configFile = await writeConfig(folder.path, { ...config, broker: { clients }, log: { level: 'debug' } });
    await using gateway = startGateway(configFile);
    // Opening a pipe to write answers when it is opened to read: then the gateway has come that far.
    const writer = await open(pipe, 'w');
    gateway.signal('SIGTERM');
    expect(await gateway.ended).toEqual({ code: null, signal: 'SIGTERM' });
    await writer.close();
  });

  it('refuses a listener port that is taken with 69, and says which', async () => {
    const taken = createServer();
    const brokerPort = await findFreePort();
    await new Promise<void>((resolve) => taken.listen({ port: brokerPort, host: '127.0.0.1' }, resolve));
    const { code, output } = await runRefused(() => testConfig({ brokerPort }));
    await new Promise((resolve) => taken.close(resolve));
    expect(code).toBe(69);
    expect(output).toContain(String(brokerPort));
  });
});

describe.concurrent('what may be missing or wrong while the gateway runs', () => {
  it('runs on without a serial port, says so, and forwards the rest [S3 P2]', async () => {
    await using folder = await openScratchFolder();
    await using hub = await CountingHub.open();
    const brokerPort = await findFreePort();
    const config = testConfig({ brokerPort, hubPort: hub.port, devices: [GNSS_PORT] });
    const configFile = await writeConfig(folder.path, config);
    await using gateway = await startReadyGateway(configFile, brokerPort);
    await using publisher = publisherFor(brokerPort);
    publisher.start();
    await until('events pass beside the missing port', 10_000, () => hub.distinctCount > 20);
    const status = await untilStatus(
      'the port is reported',
      configFile,
      10_000,
      ({ sources }) => sources[0]?.lastError !== undefined,
    );
    expect(status.sources).toMatchObject([
      {
        id: 'gps0',
        state: expect.stringMatching(/^(?:opening|lost)$/),
        lastError: expect.stringContaining('no/such/port'),
      },
    ]);
    await publisher.finish(5_000);
    expect((await gateway.stop()).code).toBe(0);
  });

  it('keeps what a hub does not take because it refuses the login, and delivers it once it does [D3 D6]', async () => {
    await using folder = await openScratchFolder();
    await using hub = await CountingHub.open();
    hub.isOpen = false;
    const brokerPort = await findFreePort();
    const configFile = await writeConfig(folder.path, testConfig({ brokerPort, hubPort: hub.port }));
    await using gateway = await startReadyGateway(configFile, brokerPort);
    await using publisher = publisherFor(brokerPort);
    publisher.start();
    const paused = await untilStatus(
      'the sink is paused',
      configFile,
      15_000,
      ({ sinks }) => sinks[0]?.state === 'paused',
    );
    expect(paused.sinks[0]?.lastError).toMatch(/hub\.refused.*credentials/s);
    const before = publisher.acknowledgedCount;
    await until('intake goes on', 10_000, () => publisher.acknowledgedCount > before + 100);
    await publisher.finish(5_000);
    expect(hub.distinctCount).toBe(0);

    hub.isOpen = true;
    // The sink asks again within a minute by itself.
    const alarms = () => hub.distinct.filter(({ topic }) => topic.endsWith('/alerts/sink.paused')).length;
    await until('everything is at the hub', 75_000, () => hub.distinctCount - alarms() >= publisher.madeCount);
    expect([hub.distinctCount - alarms(), alarms()]).toEqual([publisher.madeCount, 1]);
    // Whoever refuses a login is not asked all the time.
    expect(hub.refusedLoginCount).toBeLessThanOrEqual(3);
    await expectSecretsUnprinted(gateway);
  });

  it('refuses a publisher with a wrong password, and counts it [B6]', async () => {
    await using folder = await openScratchFolder();
    const brokerPort = await findFreePort();
    const configFile = await writeConfig(folder.path, testConfig({ brokerPort }));
    await using _gateway = await startReadyGateway(configFile, brokerPort);
    await using intruder = new CountingPublisher({
      port: brokerPort,
      username: PUBLISHER.username,
      password: 'guessed',
      clientId: 'intruder',
      topics: ['sensors/intruder'],
      windowSize: 1,
    });
    intruder.start();
    const status = await untilStatus('the refusal is counted', configFile, 20_000, ({ broker }) =>
      Object.values(broker.refusals).some((count) => count > 0),
    );
    expect(status.broker.refusals['badLogin']).toBeGreaterThan(0);
    expect(intruder.acknowledgedCount).toBe(0);
  });

  it('stops with 0 on SIGTERM, and again with what it kept [P1 J2]', async () => {
    await using folder = await openScratchFolder();
    const brokerPort = await findFreePort();
    const configFile = await writeConfig(folder.path, testConfig({ brokerPort }));
    await using publisher = publisherFor(brokerPort);
    {
      await using gateway = await startReadyGateway(configFile, brokerPort);
      publisher.start();
      await until('events are acknowledged', 10_000, () => publisher.acknowledgedCount > 20);
      await publisher.finish(5_000);
      expect(await gateway.stop()).toEqual({ code: 0, signal: null });
    }
    await using gateway = await startReadyGateway(configFile, brokerPort);
    const status = await untilStatus('the journal is read again', configFile, 20_000, () => true);
    const events = status.journal.streams.filter(({ isBuiltIn }) => !isBuiltIn);
    const kept = events.reduce((total, stream) => total + stream.syncedSequence, 0);
    expect(kept).toBe(publisher.madeCount);
    gateway.signal('SIGINT');
    expect(await gateway.ended).toEqual({ code: 0, signal: null });
  });
});

describe.concurrent('the command line', () => {
  it.each([
    ['an unknown command', ['rnu']],
    ['an unknown option', ['run', '--confg', 'x']],
    ['a missing option', ['journal', 'replay']],
    ['a missing operand', ['decode', 'gnss']],
  ])('answers %s with the usage and 2', async (_, args) => {
    const { code, stdout, stderr } = await runWaystation(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toBe('');
  });

  it('answers a file that is not there with 69', async () => {
    const gnss = await runWaystation('decode', 'gnss', '/nonexistent.log');
    expect(gnss).toMatchObject({ code: 69, stdout: '', stderr: expect.stringContaining('/nonexistent.log') });
  });

  it('answers a status that nobody can give with 69', async () => {
    await using folder = await openScratchFolder();
    const configFile = await writeConfig(folder.path, testConfig({ brokerPort: 0 }));
    const { code, stderr } = await runWaystation('status', '-c', configFile);
    expect(code).toBe(69);
    expect(stderr).toContain('waystation run');
  });

  it('checks a configuration without running it', async () => {
    await using folder = await openScratchFolder();
    const configFile = await writeConfig(folder.path, testConfig({ brokerPort: 1883 }));
    expect((await runWaystation('config', 'check', configFile)).code).toBe(0);
    await writeFile(configFile, `${await readFile(configFile, 'utf8')}\nversion: 2\n`);
    expect((await runWaystation('config', 'check', configFile)).code).toBe(78);
  });
});

/** No secret may be in the log, whatever went wrong. */
async function expectSecretsUnprinted(gateway: Child): Promise<void> {
  await gateway.stop();
  expect(gateway.output).not.toContain(PUBLISHER.password);
  expect(gateway.output).not.toContain('hub password for tests');
}
