/**
 * Makes a fresh checkout ready to run: installs the locked dependencies, Node 24 among them, and says so.
 * Runs under any Node, before `npm start` and `npm test`; does nothing when the lock file has not changed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

const REQUIRED_NODE_MAJOR = 24;
const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = `${root}node_modules/.waystation-lock-sha256`;
const lockHash = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .digest('hex');

if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== lockHash) {
  console.log('Waystation: installing the locked dependencies into node_modules (once; about half a minute) ...');
  // Node-RED brings an npm of its own into node_modules/.bin: only the npm that runs this script is the right one.
  const isOurs = (path) => path.startsWith(`${root}node_modules`);
  const npm = process.env['npm_execpath'];
  const [program, ...first] = npm === undefined || isOurs(npm) ? ['npm'] : [process.execPath, npm];
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !isOurs(folder));
  const install = spawnSync(program, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: { ...process.env, PATH: folders.join(delimiter) },
    stdio: 'inherit',
  });
  if (install.status !== 0) {
    console.error('Waystation: the installation failed. Check that the npm registry can be reached, then try again.');
    process.exit(install.status ?? 1);
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
