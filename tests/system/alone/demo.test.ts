import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKOUT } from '#tests/support/checkout.ts';
import { Child, runToEnd } from '#tests/support/child.ts';
import { findChildPids, isAlive } from '#tests/support/child-pids.ts';
import { findFreePorts } from '#tests/support/free-ports.ts';
import { openScratchFolder, type ScratchFolder } from '#tests/support/scratch-folder.ts';
import { Terminal } from '#tests/support/terminal.ts';
import { until } from '#tests/support/until.ts';

let scratch: ScratchFolder;
let clone: string;
let ports: readonly number[];
/** What the first run made: the second goes on from there. */
let madeBefore = 0;

beforeAll(async () => {
  scratch = await openScratchFolder();
  clone = join(scratch.path, 'clone');
  const { code, stderr } = await runToEnd('git', ['clone', '--quiet', CHECKOUT, clone]);
  if (code !== 0) throw new Error(`git clone failed: ${stderr}`);
  await linkPackages(join(CHECKOUT, 'node_modules'), join(clone, 'node_modules'));
  ports = await findFreePorts(5);
});

afterAll(async () => {
  await scratch[Symbol.asyncDispose]();
});

/** Package by package: an installation in the clone would then replace links, and not empty the folder behind one. */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) await symlink(join(from, name), join(to, name));
}

/** `npm start --`, with the npm that runs these tests if one does; never with the one that Node-RED brings into `node_modules`. */
function npmStart(): readonly string[] {
  const npm = process.env['npm_execpath'];
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const found = folders.map((folder) => join(folder, 'npm')).find((file) => existsSync(file));
  return [...(npm === undefined ? [found ?? 'npm'] : [process.execPath, npm]), 'start', '--'];
}

const demoOptions = (...more: readonly string[]) => [
  '--broker-port',
  String(ports[0]),
  '--hub-port',
  String(ports[1]),
  '--influxdb-port',
  String(ports[2]),
  '--rules-port',
  String(ports[3]),
  '--console-port',
  String(ports[4]),
  ...more,
];
const demoArgs = (...more: readonly string[]) => ['deploy/demo.ts', ...demoOptions(...more)];

/** The figures of the last line that the demo prints about its audit, which a terminal may wrap. */
function readSummary(output: string): Readonly<Record<string, number>> {
  const summary = [...output.matchAll(/^made \d+ · (?:missing|not yet)[\s\S]*?restarts \d+/gm)].at(-1)?.[0];
  const figures = [...(summary ?? '').replaceAll('\n', ' ').matchAll(/([a-z ]+) (\d+)/g)];
  return Object.fromEntries(figures.map(([, name = '', count]) => [name.trim(), Number(count)]));
}

const COMPLETE = { missing: 0, extra: 0, 'out of order': 0, 'wrong values': 0 };

/** Whether a process is left is read from `/proc`. */
const onLinux = it.skipIf(process.platform !== 'linux');

describe('the demo on a fresh clone', () => {
  it('loses nothing to a cut link and a killed gateway, each source in order [J1 J2 D1 D2 S3]', async () => {
    const launchedAtMs = performance.now();
    await using demo = new Terminal([...npmStart(), ...demoOptions()], clone);
    await demo.until('the processes are up', 20_000, () => {
      return /gateway +running/.test(demo.text) && /link +up/.test(demo.text);
    });
    await demo.until('the first event is at the hub', 10_000, () => (demo.latest('received') ?? 0) > 0);
    const firstEventMs = Math.round(performance.now() - launchedAtMs);
    await demo.until('events flow', 15_000, () => (demo.latest('received') ?? 0) > 50);

    await demo.until('the rules run', 15_000, () => /rules +running/.test(demo.text));

    demo.press('c');
    await demo.until('the link is cut', 10_000, () => /link +cut/.test(demo.text));
    const receivedAtCut = demo.latest('received') ?? 0;
    await demo.until('the journal keeps what cannot be sent', 30_000, () => (demo.latest('backlog') ?? 0) > 100);
    demo.press('c');
    await demo.until('the backlog has been sent', 30_000, () => {
      return (demo.latest('backlog') ?? 0) < 20 && (demo.latest('received') ?? 0) > receivedAtCut + 100;
    });

    demo.press('k');
    await demo.until('the gateway is started again', 20_000, () => demo.latest('restarts') === 1);
    const receivedAtKill = demo.latest('received') ?? 0;
    await demo.until('events flow again', 30_000, () => (demo.latest('received') ?? 0) > receivedAtKill + 50);
    await demo.until('the vehicle was too fast, and the hub knows it', 90_000, () => {
      return (demo.latest('alerts at the hub') ?? 0) > 0;
    });

    demo.press('q');
    const exitCode = await demo.ended;
    const summary = readSummary(demo.text);
    console.log(
      `demo: first event at the hub ${firstEventMs} ms after the launch; made ${summary['made']}, missing ${summary['missing']}, ` +
        `extra ${summary['extra']}, repeated ${summary['repeated']}, unheard ${summary['unheard']}`,
    );
    expect({ exitCode, ...summary }).toMatchObject({ exitCode: 0, ...COMPLETE, restarts: 1 });
    madeBefore = summary['made'] ?? 0;
    expect(madeBefore).toBeGreaterThan(150);
    expect(demo.text).toMatch(/Everything that (?:was made|the gateway heard) is at the hub, each source in order[.;]/);
  });

  it('keeps what a cut link could not carry for the next run [J2 D1]', async () => {
    await using demo = new Terminal([process.execPath, ...demoArgs()], clone);
    await demo.until('events flow', 30_000, () => (demo.latest('received') ?? 0) > madeBefore);
    demo.press('c');
    await demo.until('the journal keeps what cannot be sent', 30_000, () => (demo.latest('backlog') ?? 0) > 30);
    demo.press('q');
    expect(await demo.ended).toBe(0);
    expect(demo.text).toMatch(/The link is cut: [1-9]\d* events stay in the journal, and the next run sends them\./);
    const summary = readSummary(demo.text);
    expect(summary['not yet at the hub']).toBeGreaterThan(0);
    expect(summary['missing']).toBeUndefined();
    madeBefore = summary['made'] ?? 0;
  });

  it('goes on with the journal of the runs before, a line per second without a terminal, until SIGTERM', async () => {
    await using demo = new Child(process.execPath, demoArgs(), { cwd: clone });
    await demo.waitForLine(/^Goes on with the journal/);
    await demo.waitForLine(/gateway running .* backlog 0 .* received [1-9]\d{2,}/, 30_000);
    demo.signal('SIGTERM');
    expect(await demo.ended).toEqual({ code: 0, signal: null });
    const summary = readSummary(demo.stdout);
    expect(summary).toMatchObject(COMPLETE);
    expect(summary['made']).toBeGreaterThan(madeBefore);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: nothing but plain text may be in a log.
    expect(demo.output).not.toMatch(/\x1b/);
  });

  it('begins anew when asked to', async () => {
    await using demo = new Child(process.execPath, demoArgs('--fresh'), { cwd: clone });
    const line = await demo.waitForLine(/received [1-9]/, 30_000);
    expect(Number(/received (\d+)/.exec(line)?.[1])).toBeLessThan(200);
    demo.signal('SIGINT');
    expect(await demo.ended).toEqual({ code: 0, signal: null });
    expect(readSummary(demo.stdout)).toMatchObject({ ...COMPLETE, repeated: 0, unheard: 0 });
  });

  it('names a port in use with the option to change, and starts nothing', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen({ port: ports[1], host: '127.0.0.1' }, resolve));
    const dir = join(scratch.path, 'unused');
    const { code, stderr } = await runToEnd(process.execPath, demoArgs('--dir', dir), { cwd: clone });
    await new Promise((resolve) => taken.close(resolve));
    expect(code).toBe(69);
    expect(stderr).toContain(`Port ${ports[1]}`);
    expect(stderr).toContain('--hub-port');
    expect(existsSync(dir)).toBe(false);
  });

  it('ends with the reason when the gateway refuses its configuration, and does not start it again', async () => {
    const dbc = join(scratch.path, 'no.dbc');
    const recording = join(scratch.path, 'candump.log');
    await writeFile(dbc, 'hello');
    await writeFile(recording, '(1700000000.000000) can0 123#00\n');
    const args = demoArgs('--dir', join(scratch.path, 'refused'), '--can', recording, '--dbc', dbc);
    const { code, stdout } = await runToEnd(process.execPath, args, { cwd: clone });
    expect(code).toBe(1);
    expect(stdout.split(dbc)).toHaveLength(2);
    expect(stdout).toContain('The gateway cannot start (exit code 78):');
    expect(stdout).not.toMatch(/restarts [1-9]|events stay in the journal/);
  });

  onLinux('ends at once when asked twice, and leaves no process behind', async () => {
    await using demo = new Terminal([process.execPath, ...demoArgs()], clone);
    await demo.until('events flow', 30_000, () => (demo.latest('received') ?? 0) > 0);
    const children = await findChildPids(demo.pid);
    demo.press('q');
    await demo.until('it is quitting', 5_000, () => demo.text.includes('Quitting'));
    demo.press('q');
    expect(await demo.ended).toBe(1);
    await untilGone(children);
  });

  onLinux('leaves no process behind when it is killed itself', async () => {
    await using demo = new Child(process.execPath, demoArgs(), { cwd: clone });
    await demo.waitForLine(/gateway running .* received [1-9]/, 30_000);
    const children = await findChildPids(demo.pid);
    expect(children.length).toBeGreaterThanOrEqual(4);
    await demo.kill();
    await untilGone(children);
  });
});

async function untilGone(pids: readonly number[]): Promise<void> {
  await until('every process of the demo has ended', 20_000, async () => {
    const alive = await Promise.all(pids.map(isAlive));
    return !alive.includes(true);
  });
}
