/**
 * Makes a fresh checkout ready to run: installs the locked dependencies, Node 24 among them, builds the console's page, and says so.
 * Runs under Node 20 or newer, before `npm start` and `npm test`; does nothing when neither the lock file nor the page has changed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

// This file may be run by an older Node: everything below is done with the Node that the lock file brings.
const REQUIRED_NODE_MAJOR = 24;
const INTERRUPTED_EXIT_CODE = 130;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
// How long npm may take to end by itself.
const END_PATIENCE_MS = 1000;
const END_STEP_MS = 50;
const root = fileURLToPath(new URL('..', import.meta.url));
// Outside of node_modules, which npm empties first.
const installingFile = `${root}.waystation-installing`;
const stampFile = `${root}node_modules/.waystation-lock-sha256`;
const lockHash = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .digest('hex');

const page = `${root}gateway/console/web`;
const pageStamp = `${page}/dist/.sources-sha256`;
const vite = `${root}node_modules/vite/bin/vite.js`;
const pageHash = hashPage();
const isPageBuilt = existsSync(pageStamp) && readFileSync(pageStamp, 'utf8') === pageHash;
const isInstalled = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lockHash;

// After `npm prune --omit=dev` there is no Vite: it comes back when there is a page to build, and only then.
if (!isInstalled || !(isPageBuilt || existsSync(vite))) {
  console.log('Waystation: installing the locked dependencies into node_modules (once; about half a minute) ...');
  const { exitCode, isInterrupted } = await install();
  if (isInterrupted) {
    console.error('Waystation: the installation was interrupted. Run the command again to begin it anew.');
    process.exit(INTERRUPTED_EXIT_CODE);
  }
  if (exitCode !== 0) {
    console.error(
      'Waystation: the installation failed; what npm says stands above. Check that the npm registry can be reached and that no ' +
        'other installation runs in this folder, then run the command again.',
    );
    process.exit(exitCode);
  }
  writeFileSync(stampFile, lockHash);
}

const lockedNode = `${root}node_modules/.bin/node`;
const node = existsSync(lockedNode) ? lockedNode : process.execPath;
const version = spawnSync(node, ['--version'], { cwd: root, encoding: 'utf8' }).stdout ?? '';
if (Number.parseInt(version.slice(1), 10) < REQUIRED_NODE_MAJOR) {
  console.error(
    `Waystation needs Node ${REQUIRED_NODE_MAJOR} or newer; found ${version.trim() || 'none'}. ` +
      'The lock file brings it on Linux (x64, arm64); elsewhere install it from nodejs.org.',
  );
  process.exit(1);
}

if (!isPageBuilt) {
  console.log("Waystation: building the console's page (once; a few seconds) ...");
  const build = spawnSync(node, [vite, 'build', '--config', `${root}gateway/console/vite.config.ts`], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (build.status !== 0) {
    console.error("Waystation: the console's page could not be built; the messages above say why.");
    process.exit(build.status ?? 1);
  }
  writeFileSync(pageStamp, pageHash);
}

/** Everything that the page is made from: its own files, what it shares with the gateway, and the versions of its packages. */
function hashPage() {
  const sources = (folder, suffixes) =>
    readdirSync(`${root}${folder}`)
      .filter((name) => suffixes.test(name) && !name.endsWith('.test.ts'))
      .sort()
      .map((name) => `${folder}/${name}`);
  const own = sources('gateway/console/web', /\.(ts|tsx|css|html|svg)$/);
  const shared = [...sources('gateway/console', /\.ts$/), ...sources('gateway/model', /\.ts$/)];
  const hash = createHash('sha256').update(lockHash);
  for (const file of [...own, ...shared]) hash.update(readFileSync(`${root}${file}`));
  return hash.digest('hex');
}

/**
 * Runs `npm ci` in a process group of its own, and ends all of it when this script is interrupted: what went on behind the back of
 * whoever begins again would fill the folder that the next one empties.
 */
async function install() {
  await endEarlier();
  const first = await runNpm();
  if (first.exitCode === 0 || first.isInterrupted || !first.isObstructed) return first;
  console.error('Waystation: something else wrote to node_modules meanwhile; once more, from an empty folder ...');
  rmSync(`${root}node_modules`, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  return runNpm();
}

async function runNpm() {
  // Node-RED brings an npm of its own into node_modules/.bin: only the npm that runs this script is the right one.
  const isOurs = (path) => path.startsWith(`${root}node_modules`);
  const npm = process.env['npm_execpath'];
  const [program, ...first] = npm === undefined || isOurs(npm) ? ['npm'] : [process.execPath, npm];
  const args = [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !isOurs(folder));
  const env = { ...process.env, PATH: folders.join(delimiter) };
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'pipe'], detached: true });
  if (child.pid !== undefined) writeFileSync(installingFile, String(child.pid));
  let isInterrupted = false;
  const interrupt = () => {
    if (!isInterrupted) setTimeout(() => endGroup(child.pid, 'SIGKILL'), END_PATIENCE_MS).unref();
    isInterrupted = true;
    endGroup(child.pid, 'SIGTERM');
  };
  // Whatever else ends this script.
  const endAtExit = () => endGroup(child.pid, 'SIGKILL');
  for (const signal of SIGNALS) process.on(signal, interrupt);
  process.on('exit', endAtExit);
  let isObstructed = false;
  child.stderr?.on('data', (chunk) => {
    process.stderr.write(chunk);
    isObstructed ||= /ENOTEMPTY|EEXIST/.test(String(chunk));
  });
  const exitCode = await new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
  // Also what npm has started and left.
  endGroup(child.pid, 'SIGKILL');
  for (const signal of SIGNALS) process.off(signal, interrupt);
  process.off('exit', endAtExit);
  rmSync(installingFile, { force: true });
  return { exitCode, isInterrupted, isObstructed };
}

/** An installation whose script was killed may still run. */
async function endEarlier() {
  const pid = existsSync(installingFile) ? Number.parseInt(readFileSync(installingFile, 'utf8'), 10) : 0;
  if (!(pid > 1) || !isNpm(pid)) return;
  console.error(`Waystation: ending an earlier installation that still runs (process ${pid}) ...`);
  endGroup(pid, 'SIGTERM');
  const startedMs = performance.now();
  while (isNpm(pid)) {
    await new Promise((resolve) => setTimeout(resolve, END_STEP_MS));
    if (performance.now() - startedMs > END_PATIENCE_MS) endGroup(pid, 'SIGKILL');
  }
}

/** Process ids are used again: another process must not be taken for it. */
function isNpm(pid) {
  try {
    return /\bci\b/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' '));
  } catch {
    return false;
  }
}

function endGroup(pid, signal) {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}
