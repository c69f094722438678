import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openPseudoTerminal } from '#firmware-sim/serial/pseudo-terminal.ts';
import { Child, runToEnd } from '#tests/support/child.ts';
import { keepFixing } from '#tests/support/fix-at.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { startReadyGateway, testConfig, untilStatus, writeConfig } from '#tests/support/gateway-process.ts';
import { isOnPath } from '#tests/support/is-on-path.ts';
import { openScratchFolder, type ScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

const PATIENCE_MS = 20_000;
/** Under CI no program may be missing. */
const mustSkip = process.env['CI'] === undefined && !['chronyd', 'chronyc', 'socat', 'gpspipe'].every(isOnPath);

let cleanup: AsyncDisposableStack;
let folder: ScratchFolder;

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  folder = cleanup.use(await openScratchFolder());
});

afterEach(async () => {
  await cleanup.disposeAsync();
});

it.skipIf(mustSkip)(
  'a real chronyd takes the time of a receiver, and a real client of gpsd its position (needs the packages chrony, socat, gpsd-clients) [S5]',
  async () => {
    const socket = join(folder.path, 'waystation.sock');
    const chrony = await startChrony(socket);
    const receiver = openPseudoTerminal();
    cleanup.defer(() => receiver.close());
    const [brokerPort, gpsdPort] = [await findFreePort(), await findFreePort()];
    const devices = [{ id: 'gps0', type: 'gnss', baud: 38_400, path: receiver.path }];
    const time = { chrony: { socket }, gpsd: { port: gpsdPort } };
    const configFile = await writeConfig(folder.path, { ...testConfig({ brokerPort, devices }), time });
    const gateway = cleanup.use(await startReadyGateway(configFile, brokerPort));
    await gateway.waitForLine(/The device is open/);
    cleanup.use(keepFixing((bytes) => receiver.write(bytes)));

    const heard = await runToEnd('gpspipe', ['-w', '-n', '9', `127.0.0.1:${gpsdPort}`]);
    const messages: Record<string, unknown>[] = heard.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(messages.slice(0, 3).map((message) => message['class'])).toEqual(['VERSION', 'DEVICES', 'WATCH']);
    const fix = messages.find((message) => message['class'] === 'TPV');
    expect(fix).toMatchObject({ device: receiver.path, mode: 2, lat: 48 + 7.038 / 60, lon: 11 + 31 / 60, speed: 0 });
    expect(Math.abs(Date.parse(String(fix?.['time'])) - Date.now())).toBeLessThan(PATIENCE_MS);
    expect(messages.map((message) => message['class'])).toContain('TOFF');

    const offsetS = await until('chronyd has samples', PATIENCE_MS, async () => chrony.offsetS());
    // The host and the receiver have one clock here.
    expect(Math.abs(offsetS)).toBeLessThan(0.1);
    const { handover } = await untilStatus('it says so', configFile, PATIENCE_MS, ({ handover: { chrony: feed } }) => {
      return feed?.state === 'sending' && feed.sampleCount > 5;
    });
    expect(handover).toMatchObject({ chrony: { device: 'gps0', socket }, gpsd: { port: gpsdPort, isListening: true } });
    expect((await gateway.stop()).code).toBe(0);
  },
);

/** A chronyd of the test's own that touches no clock, takes no port, and has one reference clock. */
async function startChrony(socket: string) {
  const directory = join(folder.path, 'chrony');
  const commands = join(directory, 'chronyd.sock');
  await mkdir(directory);
  // chronyd makes no command socket where others may look in.
  await chmod(directory, 0o700);
  const lines = [
    `refclock SOCK ${socket} refid GNSS poll 0 filter 4 delay 0.2`,
    ...['port 0', 'cmdport 0', `bindcmdaddress ${commands}`, `pidfile ${join(directory, 'chronyd.pid')}`],
  ];
  const configFile = join(directory, 'chrony.conf');
  await writeFile(configFile, `${lines.join('\n')}\n`);
  const daemon = cleanup.use(new Child('chronyd', ['-x', '-d', '-U', '-u', userInfo().username, '-f', configFile]));
  await daemon.waitForLine(/Disabled control of system clock/);
  return {
    /** By how much chronyd takes the host to be ahead of the receiver, seconds; undefined while it has no sample. */
    async offsetS(): Promise<number | undefined> {
      const { stdout } = await runToEnd('chronyc', ['-h', commands, '-c', 'sources']);
      // Mode, state, name, stratum, poll, reach (octal), seconds since the last sample, adjusted offset, measured offset, error.
      const [, , name, , , reach, , , offset] = stdout.trim().split(',');
      return name === 'GNSS' && reach !== '0' ? Number(offset) : undefined;
    },
  };
}
