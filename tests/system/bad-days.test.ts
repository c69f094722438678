import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Child, runToEnd } from '#tests/support/child.ts';
import { FakeDate, mustSkipDates } from '#tests/support/fake-date.ts';
import { runWaystation } from '#tests/support/gateway-process.ts';
import { expectWholeAndInOrder, isDrained, openScene, PATIENCE_MS } from '#tests/support/scene.ts';
import { openScratchFolder, type ScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

const DAY_MS = 86_400_000;

let cleanup: AsyncDisposableStack;
let folder: ScratchFolder;

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  folder = cleanup.use(await openScratchFolder());
});

afterEach(async () => {
  await cleanup.disposeAsync();
});

it('a port that is a folder, a FIFO or a file is said to be none, and everything else goes on [S3 P2]', async () => {
  const at = (name: string) => join(folder.path, name);
  await mkdir(at('dir'));
  await writeFile(at('file'), 'no port\n');
  expect((await runToEnd('mkfifo', [at('fifo')])).code).toBe(0);
  const gnss = (name: string) => ({ id: name, type: 'gnss', baud: 9600, path: at(name) });
  const can = (name: string) => ({ id: name, type: 'slcan', bitrate: 500_000, path: at(name) });
  const devices = [gnss('dir'), gnss('fifo'), can('file')];
  const { hub, configFile, start, status, publisher } = await openScene(cleanup, { folder: folder.path, devices });
  const gateway = await start();
  publisher.start();
  const { sources } = await status('all three are lost', (found) =>
    found.sources.every(({ state }) => state === 'lost'),
  );
  const remedy = 'Correct the path of the device; /dev/serial/by-id names the ports that are plugged in.';
  expect(sources.map(({ lastError }) => lastError)).toEqual([
    `port.notSerial: Opening the serial port ${at('dir')}: it is a folder. ${remedy}`,
    `port.notSerial: Opening the serial port ${at('fifo')}: it is a FIFO. ${remedy}`,
    `port.notSerial: Opening the serial port ${at('file')}: it is a file. ${remedy}`,
  ]);
  expect((await runWaystation('status', '-c', configFile)).stdout).toContain(`fifo: port.notSerial: `);
  await until('events pass', PATIENCE_MS, () => hub.distinctCount > 50);
  expect((await gateway.stop()).code).toBe(0);
});

it('a configuration edited to nonsense harms nothing that runs; `config check` and the restart say what is wrong [78]', async () => {
  const { hub, configFile, start, status, publisher } = await openScene(cleanup, { folder: folder.path });
  const gateway = await start();
  publisher.start();
  await until('events flow', PATIENCE_MS, () => hub.distinctCount > 20);
  const { pid } = (await status('it runs', () => true)).gateway;

  await writeFile(configFile, 'version: 1\ngateway: { id: truck }\nsinks: [\n  what was I doing\n');
  const before = hub.distinctCount;
  await until('events flow on', PATIENCE_MS, () => hub.distinctCount > before + 200);
  const check = await runWaystation('config', 'check', configFile);
  expect(check).toMatchObject({ code: 78, stdout: '' });
  expect(check.stderr).toMatch(
    /^error: Checking the configuration .*:\d+:\d+ .*\nremedy: Correct the lines named; .*\n$/s,
  );
  const asked = await runWaystation('status', '--json', '--data-dir', join(folder.path, 'data'));
  expect(JSON.parse(asked.stdout)).toMatchObject({ gateway: { pid } });

  expect((await gateway.stop()).code).toBe(0);
  const restart = await runWaystation('run', '-c', configFile);
  expect(restart).toMatchObject({ code: 78, stderr: check.stderr });
});

it.skipIf(mustSkipDates)(
  'a date set back a year, and on by two, changes neither order nor delivery, over a restart too (needs the package faketime) [J3 D1 D5]',
  async () => {
    const date = await FakeDate.open(folder.path);
    const { env } = date;
    const { hub, link, start, status, publisher } = await openScene(cleanup, { folder: folder.path, env });
    let gateway = await start();
    publisher.start();
    await until('events flow', PATIENCE_MS, () => hub.distinctCount > 50);

    link.cut();
    const atCut = publisher.acknowledgedCount;
    await until('there is a backlog', PATIENCE_MS, () => publisher.acknowledgedCount > atCut + 100);
    await status('the sink waits for its next attempt', ({ sinks }) => sinks[0]?.state === 'waiting');
    await date.shiftByDays(-365);
    link.restore();
    await until('what waited is delivered', PATIENCE_MS, () => hub.distinctCount > atCut + 100);
    // Else this test would prove nothing.
    expect(lastLogMs(gateway)).toBeLessThan(Date.now() - 364 * DAY_MS);

    await gateway.kill();
    gateway = await start();
    const atRestart = publisher.acknowledgedCount;
    await until('intake resumes', PATIENCE_MS, () => publisher.acknowledgedCount > atRestart + 100);

    await date.shiftByDays(365);
    const atLeap = hub.distinctCount;
    await until('events flow after the leap', PATIENCE_MS, () => hub.distinctCount > atLeap + 200);
    await publisher.finish(PATIENCE_MS);
    await status('the backlog is drained', isDrained);
    expectWholeAndInOrder(hub, publisher);
    expect((await gateway.stop()).code).toBe(0);
    expect(lastLogMs(gateway)).toBeGreaterThan(Date.now() + 364 * DAY_MS);
  },
);

function lastLogMs(gateway: Child): number {
  return Date.parse(String(gateway.messages.at(-1)?.['time']));
}
