import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const UNIT_FILE = fileURLToPath(new URL('waystation.service', import.meta.url));
const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
/** In tenths, as `systemd-analyze` wants it; a unit that says nothing scores 92, this one 18 with systemd 252. */
const MAX_EXPOSURE = 20;
const ANALYZER = 'systemd-analyze';
const unit = readFileSync(UNIT_FILE, 'utf8');
const isMissing = spawnSync(ANALYZER, ['--version']).error !== undefined && process.env['CI'] === undefined;

describe('waystation.service', () => {
  it('starts what docs/install.md installs', () => {
    const page = readFileSync(join(CHECKOUT, 'docs/install.md'), 'utf8');
    const [, folder = '-', program = '-', configFile = '-'] =
      unit.match(/^ExecStart=(\S+)\/node_modules\/\.bin\/node \1\/(\S+) run -c (\S+)$/m) ?? [];
    expect(readFileSync(join(CHECKOUT, 'deploy/waystation'), 'utf8')).toContain(program);
    const named = [`git clone --depth 1 REPOSITORY ${folder}\n`, `${folder}/deploy/waystation`, configFile];
    for (const text of [...named, '/var/lib/waystation', 'deploy/systemd/waystation.service'])
      expect(page).toContain(text);
    expect(unit).toContain('StateDirectory=waystation\n');
  });

  it('leaves V8 its writable code pages', () => {
    expect(unit).not.toMatch(/^MemoryDenyWriteExecute=/m);
  });
});

describe.skipIf(isMissing)('systemd-analyze (needs the package systemd)', () => {
  let folder: string;
  let file: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'waystation-unit-'));
    file = join(folder, 'waystation.service');
    // That the program is there is part of what it verifies.
    writeFileSync(file, unit.replaceAll('/opt/waystation', CHECKOUT));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function analyze(...args: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(ANALYZER, [...args, file], { encoding: 'utf8' });
    return { status, output: `${stdout}${stderr}` };
  }

  it('finds no fault in the unit', () => {
    expect(analyze('verify', '--man=no')).toEqual({ status: 0, output: '' });
  });

  it(`scores its exposure at most ${MAX_EXPOSURE / 10} of 10`, () => {
    const { status, output } = analyze('security', '--no-pager', '--offline=true', `--threshold=${MAX_EXPOSURE}`);
    expect(output).toContain('Overall exposure level');
    expect(status, output).toBe(0);
  });
});
