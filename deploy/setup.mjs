/**
 * Makes a fresh checkout ready to run: installs the locked dependencies, Node 24 among them, and says so.
 * Runs under any Node, before `npm start` and `npm test`; does nothing when the lock file has not changed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

const REQUIRED_NODE_MAJOR = 24;
const INTERRUPTED_EXIT_CODE = 130;
const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = `${root}node_modules/.waystation-lock-sha256`;
const lockHash = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .digest('hex');

if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== lockHash) {
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

const version = spawnSync('node', ['--version'], { cwd: root, encoding: 'utf8' }).stdout ?? '';
if (Number.parseInt(version.slice(1), 10) < REQUIRED_NODE_MAJOR) {
  console.error(
    `Waystation needs Node ${REQUIRED_NODE_MAJOR} or newer; found ${version.trim() || 'none'}. ` +
      'The lock file brings it on Linux (x64, arm64); elsewhere install it from nodejs.org.',
  );
  process.exit(1);
}

/** Runs `npm ci`, and waits for it even when it is interrupted: two installations at once would ruin the folder. */
function install() {
  // Node-RED brings an npm of its own into node_modules/.bin: only the npm that runs this script is the right one.
  const isOurs = (path) => path.startsWith(`${root}node_modules`);
  const npm = process.env['npm_execpath'];
  const [program, ...first] = npm === undefined || isOurs(npm) ? ['npm'] : [process.execPath, npm];
  const args = [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !isOurs(folder));
  const env = { ...process.env, PATH: folders.join(delimiter) };
  const child = spawn(program, args, { cwd: root, env, stdio: 'inherit' });
  let isInterrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      isInterrupted = true;
      // A terminal tells the whole group of a Ctrl-C; a second signal does npm no harm.
      child.kill(signal);
    });
  }
  return new Promise((resolve) => {
    child.once('error', () => resolve({ exitCode: 1, isInterrupted }));
    child.once('exit', (code) => resolve({ exitCode: code ?? 1, isInterrupted }));
  });
}
