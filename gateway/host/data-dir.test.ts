import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDir } from './data-dir.ts';
import { lockFolder } from './folder-lock.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'waystation-host-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const hexOf = (digit: string) => (digitCount: number) => digit.repeat(digitCount);

/** Another process that opens the folder, and says so. */
async function startHolder(folder: string): Promise<ChildProcess> {
  const code = `
    import { openDataDir } from '#gateway/host/data-dir.ts';
    await openDataDir(process.argv[1], (digits) => 'b'.repeat(digits));
    console.log('open');
    process.stdin.resume();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

describe('openDataDir', () => {
  it('creates the folder for the gateway user alone, with an identity', async () => {
    const folder = join(root, 'a', 'b');
    await using dataDir = await openDataDir(folder, hexOf('a'));
    expect(dataDir).toMatchObject({ path: folder, gatewayUid: 'a'.repeat(32) });
    expect(await readFile(join(folder, 'gateway-uid'), 'utf8')).toBe(`${'a'.repeat(32)}\n`);
    expect(await readdir(folder)).toEqual(['gateway-uid', 'lock.sock']);
  });

  it.runIf(process.platform === 'linux')('ends where the system takes no folder', async () => {
    await expect(openDataDir('/proc/nope', hexOf('a'))).rejects.toMatchObject({
      code: 'dataDir.unwritable',
      exitCode: 73,
    });
  });

  it('keeps the identity for ever', async () => {
    await (await openDataDir(root, hexOf('a')))[Symbol.asyncDispose]();
    await using again = await openDataDir(root, hexOf('c'));
    expect(again.gatewayUid).toBe('a'.repeat(32));
  });

  it('makes the identity again when the power failed before it had its name', async () => {
    await writeFile(join(root, 'gateway-uid.new'), 'abc');
    await using dataDir = await openDataDir(root, hexOf('d'));
    expect(dataDir.gatewayUid).toBe('d'.repeat(32));
  });

  it.each(['', 'truck-7', 'A'.repeat(32), 'a'.repeat(33)])('never replaces a damaged identity: %j', async (text) => {
    await writeFile(join(root, 'gateway-uid'), text);
    await expect(openDataDir(root, hexOf('a'))).rejects.toMatchObject({ code: 'dataDir.damaged', exitCode: 73 });
    expect(await readFile(join(root, 'gateway-uid'), 'utf8')).toBe(text);
    // What failed let go of the lock.
    await rm(join(root, 'gateway-uid'));
    await using _ = await openDataDir(root, hexOf('a'));
  });

  it.each<[string, (path: string) => unknown]>([
    ['a pipe', (path) => execFileSync('mkfifo', [path])],
    ['a folder', (path) => mkdir(path)],
    ['a link', (path) => symlink('/dev/zero', path)],
  ])('never waits for what is no identity: %s', async (_, make) => {
    const path = join(root, 'gateway-uid');
    await make(path);
    const open = openDataDir(root, hexOf('a'));
    await expect(open).rejects.toMatchObject({ code: 'dataDir.obstructed', exitCode: 73 });
    await expect(open).rejects.toThrow(path);
  });

  it('says why a folder cannot be used', async () => {
    await writeFile(join(root, 'file'), '');
    const open = openDataDir(join(root, 'file', 'data'), hexOf('a'));
    await expect(open).rejects.toMatchObject({ code: 'dataDir.unwritable', exitCode: 73, message: /ENOTDIR/ });
  });

  it('refuses a second process and names the first, until that one is killed', async () => {
    const holder = await startHolder(root);
    const link = join(root, '..', `${root.split('/').pop()}-link`);
    await symlink(root, link);
    try {
      for (const path of [root, link])
        await expect(openDataDir(path, hexOf('a'))).rejects.toMatchObject({
          code: 'dataDir.inUse',
          exitCode: 73,
          message: expect.stringContaining(`process ${holder.pid} uses it`),
        });
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
      await rm(link);
    }
    await using dataDir = await openDataDir(root, hexOf('a'));
    expect(dataDir.gatewayUid).toBe('b'.repeat(32));
  });

  it('works where the path is too long for a socket', async () => {
    const folder = join(root, 'x'.repeat(120));
    await using _ = await openDataDir(folder, hexOf('a'));
    await expect(openDataDir(folder, hexOf('a'))).rejects.toMatchObject({ code: 'dataDir.inUse' });
  });
});

describe.each(['linux', 'darwin'] as const)('lockFolder as on %s', (platform) => {
  it('lets one in at a time', async () => {
    const first = await lockFolder(root, platform);
    await expect(lockFolder(root, platform)).rejects.toMatchObject({ code: 'dataDir.inUse' });
    await first[Symbol.asyncDispose]();
    await using _ = await lockFolder(root, platform);
  });

  it('takes over what a crash left behind', async () => {
    const holder = await startHolder(root);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(await readdir(root)).toContain('lock.sock');
    await using _ = await lockFolder(root, platform);
  });

  it('names the command of the holder, and nothing behind it that may be secret', async () => {
    const { argv } = process;
    process.argv = ['node', 'main.ts', 'dead-letters', 'drop', 'hub/telemetry/00000000000000aa/1', '--yes'];
    try {
      await using _ = await lockFolder(root, platform);
      await expect(lockFolder(root, platform)).rejects.toMatchObject({
        message: expect.stringMatching(`: process ${process.pid} \\(waystation dead-letters drop\\) uses it$`),
      });
    } finally {
      process.argv = argv;
    }
  });

  it('may be let go of twice', async () => {
    const lock = await lockFolder(root, platform);
    await lock[Symbol.asyncDispose]();
    await lock[Symbol.asyncDispose]();
    expect(await readdir(root)).toEqual([]);
  });
});

it.runIf(process.platform === 'linux')(
  'the lock holds although someone tidied the folder up: on Linux it lies in the kernel',
  async () => {
    await using _ = await lockFolder(root, 'linux');
    await rm(join(root, 'lock.sock'));
    await expect(lockFolder(root, 'linux')).rejects.toMatchObject({ code: 'dataDir.inUse' });
  },
);

it('the socket in the folder alone keeps others out: it is what another container sees', async () => {
  await mkdir(join(root, 'data'));
  await using _ = await lockFolder(join(root, 'data'), 'darwin');
  await expect(lockFolder(join(root, 'data'), 'linux')).rejects.toMatchObject({ code: 'dataDir.inUse' });
});
