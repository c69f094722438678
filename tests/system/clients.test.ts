import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runToEnd } from '#tests/support/child.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { runWaystation, startReadyGateway, testConfig, writeConfig } from '#tests/support/gateway-process.ts';
import { isOnPath } from '#tests/support/is-on-path.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';

it.skipIf(!isOnPath('mosquitto_pub'))(
  'accounts are made, renewed and ended while the gateway runs and while it does not, as mosquitto_pub sees it (Debian: mosquitto-clients) [B6]',
  async () => {
    await using folder = await openScratchFolder();
    const port = await findFreePort();
    const configFile = await writeConfig(folder.path, testConfig({ brokerPort: port }));
    const waystation = async (...args: string[]) => {
      const { code, stdout, stderr } = await runWaystation(...args, '-c', configFile);
      return { code, stdout: stdout.trim(), stderr };
    };
    const publish = async (token: string) => {
      const login = ['-p', String(port), '-u', 'pump', '-P', token, '-i', 'pump'];
      return (await runToEnd('mosquitto_pub', [...login, '-q', '1', '-t', 'sensors/pump/a', '-m', 'x'])).code;
    };

    let renewed = '';
    {
      await using gateway = await startReadyGateway(configFile, port);
      const added = await waystation(
        'clients',
        'add',
        'pump',
        '--publish',
        `sensors/\${clientId}/#`,
        '--subscribe',
        'sensors/#',
      );
      expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^wst_[\w-]{43}$/) });
      const [again, published, refused] = await Promise.all([
        waystation('clients', 'add', 'pump'),
        publish(added.stdout),
        publish('wst_guess'),
      ]);
      expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('`waystation clients rotate NAME`') });
      expect([published, refused === 0]).toEqual([0, false]);
      renewed = JSON.parse((await waystation('clients', 'rotate', 'pump', '--json')).stdout).token;
      expect([await publish(added.stdout), await publish(renewed)].map((code) => code === 0)).toEqual([false, true]);
      expect(gateway.output).not.toContain(renewed);
      const login = ['-p', String(port), '-u', 'pump', '-P', renewed, '-i', 'pump', '-c', '-q', '1'];
      await runToEnd('mosquitto_sub', [...login, '-t', 'sensors/pump/#', '-E']);
      const [kept, unknown, unasked] = await Promise.all([
        waystation('clients', 'sessions', '--json'),
        waystation('clients', 'end', 'pumb', '--yes'),
        waystation('clients', 'end', 'pump'),
      ]);
      expect(JSON.parse(kept.stdout)).toMatchObject([
        { client: 'pump', user: 'pump', isConnected: false, subscriptionCount: 1 },
      ]);
      expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('did you mean "pump"?')]);
      expect([unasked.code, unasked.stderr]).toEqual([1, expect.stringContaining('nobody has agreed to that')]);
      expect(await waystation('clients', 'end', 'pump', '--yes')).toMatchObject({ code: 0 });
      expect((await waystation('clients', 'sessions', '--json')).stdout).toBe('[]');
    }
    const [list, taken] = await Promise.all([
      waystation('clients', 'list', '--json'),
      waystation('clients', 'add', 'publisher'),
    ]);
    expect(JSON.parse(list.stdout)).toMatchObject([
      { username: 'publisher', origin: 'configuration' },
      { username: 'pump', origin: 'made' },
    ]);
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining('stands in the configuration') });
    expect(await waystation('clients', 'revoke', 'pump')).toMatchObject({ code: 0 });
    const verified = await waystation('audit', 'verify', '--json');
    expect(JSON.parse(verified.stdout)).toMatchObject({ isSound: true, entryCount: 6 });
    const dataDir = join(folder.path, 'data');
    for (const name of await readdir(join(dataDir, 'audit'))) {
      const path = join(dataDir, 'audit', name);
      expect([(await stat(path)).mode & 0o077, (await readFile(path, 'utf8')).includes(renewed)]).toEqual([0, false]);
    }
    await using _ = await startReadyGateway(configFile, port);
    expect(await publish(renewed)).not.toBe(0);
  },
);
