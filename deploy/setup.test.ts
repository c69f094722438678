import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

/** Stands in for npm: says who it is, then does what the test wants. */
const NPM = `
const { spawn } = require('node:child_process');
const { appendFileSync, existsSync, mkdirSync, writeFileSync } = require('node:fs');
process.on('SIGINT', () => {});
const worker = process.env.NPM_DOES === 'hang' ? spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']) : undefined;
appendFileSync('npm-runs', process.pid + ' ' + (worker?.pid ?? 0) + '\\n');
if (worker !== undefined) setInterval(() => {}, 1000);
else if (process.env.NPM_DOES === 'stumble' && existsSync('node_modules')) {
  console.error('npm error ENOTEMPTY: directory not empty');
  process.exit(1);
} else {
  mkdirSync('node_modules/vite/bin', { recursive: true });
  writeFileSync('node_modules/vite/bin/vite.js', "require('node:fs').mkdirSync('gateway/console/web/dist', { recursive: true })");
}
`;

const PATIENCE = { timeout: 10_000, interval: 20 };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waystation-setup-'));
  for (const part of ['deploy', 'gateway/console/web', 'gateway/model'])
    await mkdir(join(folder, part), { recursive: true });
  await cp(fileURLToPath(new URL('setup.mjs', import.meta.url)), join(folder, 'deploy/setup.mjs'));
  const files = ['package-lock.json', 'gateway/console/vite.config.ts', 'gateway/console/sink-counts.ts'];
  for (const file of [...files, 'gateway/model/errors.ts']) await writeFile(join(folder, file), '{}');
  await writeFile(join(folder, 'npm.cjs'), NPM);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function runSetup(npmDoes: string) {
  const env = { ...process.env, npm_execpath: join(folder, 'npm.cjs'), NPM_DOES: npmDoes };
  return spawn(process.execPath, [join(folder, 'deploy/setup.mjs')], { env, stdio: 'ignore' });
}

async function npmPids(): Promise<readonly number[]> {
  const text = await readFile(join(folder, 'npm-runs'), 'utf8').catch(() => '');
  return text.split(/\s+/).filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it.each(['SIGINT', 'SIGKILL'] as const)(
  'leaves no npm behind when it ends by %s, and the next run installs cleanly',
  async (signal) => {
    const first = runSetup('hang');
    const ended = once(first, 'exit');
    await vi.waitFor(async () => expect(await npmPids()).toHaveLength(2), PATIENCE);
    first.kill(signal);
    const [code] = await ended;
    expect(code).toBe(signal === 'SIGINT' ? 130 : null);
    const [again] = await once(runSetup('install'), 'exit');
    expect(again).toBe(0);
    const [npm = 0, worker = 0] = await npmPids();
    await vi.waitFor(() => expect([isAlive(npm), isAlive(worker)]).toEqual([false, false]), PATIENCE);
  },
);

it('begins once more from an empty folder where something else wrote to node_modules', async () => {
  await mkdir(join(folder, 'node_modules/left'), { recursive: true });
  const [code] = await once(runSetup('stumble'), 'exit');
  expect([code, (await npmPids()).length]).toEqual([0, 4]);
});
